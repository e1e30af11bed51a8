import { describe, expect, it } from "vitest";
import { ServeError } from "../../../src/model/serve-error.ts";
import { parseTimeoutMs } from "../../../src/transport/call-context.ts";
import { classifyFirstBytes } from "../../../src/transport/detect-protocol.ts";
import { findRoute } from "../../../src/transport/http1/routes.ts";

describe("classifyFirstBytes", () => {
  const classify = (text: string) => classifyFirstBytes(Buffer.from(text, "latin1"));
  const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

  it("waits for the whole preface, byte by byte", () => {
    for (let length = 0; length < preface.length; length++) {
      expect(classify(preface.slice(0, length))).toBeUndefined();
    }
    expect(classify(preface)).toBe("http2");
    expect(classify(`${preface}\0\0\x12\x04`)).toBe("http2");
  });

  it("knows HTTP/1.1 by its method, as soon as it is complete", () => {
    for (const method of ["GET", "POST", "PUT", "PATCH", "PROPFIND", "DELETE", "OPTIONS", "M-SEARCH"]) {
      for (let length = 0; length <= method.length; length++) expect(classify(method.slice(0, length))).toBeUndefined();
      expect(classify(`${method} `)).toBe("http1");
    }
    expect(classify("\r\nGET /")).toBe("http1");
  });

  it.each([
    ["a TLS hello", "\x16\x03\x01\x02\x00"],
    ["lower case", "get / HTTP/1.1"],
    ["a broken preface", "PRI * HTTP/2.0\r\n\r\nXX"],
    ["another use of PRI", "PRI /x"],
    ["no method", " GET"],
    ["an endless word", "A".repeat(30)],
    ["zeros", "\0\0\0\0"],
    ["SSH", "SSH-2.0-OpenSSH"],
  ])("rejects %s", (_name, text) => {
    expect(classify(text)).toBe("unknown");
  });
});

describe("parseTimeoutMs", () => {
  it("reads decimals; nothing means no limit", () => {
    expect(parseTimeoutMs("25")).toBe(25);
    expect(parseTimeoutMs("7.5")).toBe(7.5);
    expect(parseTimeoutMs(undefined)).toBe(Number.POSITIVE_INFINITY);
  });

  it.each(["-1", "1e3", "10ms", " 10", "0x10", "NaN", "Infinity", "1, 2", "9".repeat(20)])("refuses %j", (text) => {
    expect(() => parseTimeoutMs(text)).toThrow(ServeError);
  });
});

describe("findRoute", () => {
  it.each([
    ["POST", "/get-online-features", "features"],
    ["POST", "//get-online-features?x=1", "features"],
    ["POST", "http://127.0.0.1:6566//get-online-features/", "features"],
    ["GET", "/health", "health"],
    ["GET", "/get-online-features", "method_not_allowed"],
    ["HEAD", "/health", "method_not_allowed"],
    ["POST", "/push", "elsewhere"],
    ["GET", "/push", "method_not_allowed"],
    ["POST", "/write-to-online-store", "elsewhere"],
    ["POST", "/materialize", "elsewhere"],
    ["POST", "/materialize-incremental", "elsewhere"],
    ["POST", "/search", "elsewhere"],
    ["POST", "/retrieve-online-documents", "elsewhere"],
    ["GET", "/v1/vector_stores", "elsewhere"],
    ["GET", "/v1/vector_stores/vs_1", "elsewhere"],
    ["POST", "/v1/vector_stores/vs_1/search", "elsewhere"],
    ["GET", "/chat", "elsewhere"],
    ["GET", "/docs", "elsewhere"],
    ["GET", "/openapi.json", "elsewhere"],
    ["GET", "/", "not_found"],
    ["GET", "*", "not_found"],
    ["GET", "", "not_found"],
  ])("%s %s", (method, target, kind) => {
    expect(findRoute(method, target).kind).toBe(kind);
  });
});
