import { status } from "@grpc/grpc-js";
import { describe, expect, it } from "vitest";
import { ServeError } from "../../../src/model/serve-error.ts";
import { cutMessage, percentEncode, toGrpcStatus } from "../../../src/transport/grpc/grpc-status.ts";
import { toHttpAnswer } from "../../../src/transport/http1/error-body.ts";

const shed = new ServeError("RESOURCE_EXHAUSTED", "busy", { reason: "shed" });

describe("toGrpcStatus", () => {
  it.each([
    ["INVALID_ARGUMENT", 3],
    ["NOT_FOUND", 5],
    ["FAILED_PRECONDITION", 9],
    ["UNIMPLEMENTED", 12],
    ["UNAVAILABLE", 14],
    ["DEADLINE_EXCEEDED", 4],
    ["RESOURCE_EXHAUSTED", 8],
    ["CANCELLED", 1],
    ["INTERNAL", 13],
  ] as const)("%s is %d", (code, number) => {
    expect(toGrpcStatus(new ServeError(code, "why"), () => 0)).toMatchObject({ code: number, details: "why" });
    expect(status[number]).toBe(code);
  });

  it("asks clients to wait 50 to 200 ms where trying again can help", () => {
    for (const error of [new ServeError("UNAVAILABLE", ""), new ServeError("DEADLINE_EXCEEDED", ""), shed]) {
      expect(toGrpcStatus(error, () => 0).pushbackMs).toBe(50);
      expect(toGrpcStatus(error, () => 0.999999).pushbackMs).toBe(200);
    }
    expect(toGrpcStatus(shed, () => 0.5).pushbackMs).toBe(125);
  });

  it("does not where it cannot", () => {
    const never = [
      new ServeError("INVALID_ARGUMENT", "", { reason: "limit" }),
      new ServeError("RESOURCE_EXHAUSTED", "", { reason: "request_bytes" }),
      new ServeError("INTERNAL", ""),
    ];
    for (const error of never) expect(toGrpcStatus(error, () => 0).pushbackMs).toBeUndefined();
  });

  it("cuts long texts at a character and mends lone surrogates", () => {
    expect(cutMessage("x".repeat(1024))).toBe("x".repeat(1024));
    const cut = cutMessage(`x${"é".repeat(1000)}`);
    expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(1024);
    expect(cut).toMatch(/^xé+…$/);
    expect(() => encodeURI(cutMessage("\ud800"))).not.toThrow();
  });
});

describe("percentEncode", () => {
  it.each([
    ["plain text, 'quotes' & all", "plain text, 'quotes' & all"],
    ["100 %", "100 %25"],
    ["é\n", "%C3%A9%0A"],
    ["\u007f~", "%7F~"],
    ["", ""],
  ])("%j is %j", (text, encoded) => {
    expect(percentEncode(text)).toBe(encoded);
    expect(decodeURIComponent(encoded)).toBe(text);
  });
});

describe("toHttpAnswer", () => {
  it("writes Feast's classes as a JSON document inside a JSON string", () => {
    const error = new ServeError("NOT_FOUND", 'Feature view "é" does not exist', {
      feastClass: "FeatureViewNotFoundException",
    });
    const answer = toHttpAnswer(error, "feast");
    expect(answer.status).toBe(404);
    // json.dumps({"module": …}) inside json.dumps(…, ensure_ascii=False)
    expect(JSON.parse(answer.body)).toBe(
      '{"module": "feast.errors", "class": "FeatureViewNotFoundException", "message": "Feature view \\"\\u00e9\\" does not exist"}',
    );
  });

  it("writes other exceptions as their text", () => {
    const error = new ServeError("NOT_FOUND", "'Feature é not found in projection v'");
    expect(toHttpAnswer(error, "feast")).toEqual({ status: 500, body: `"'Feature é not found in projection v'"` });
  });

  it.each([
    ["UNAVAILABLE", {}, 503, 503, 1],
    ["DEADLINE_EXCEEDED", {}, 504, 504, 1],
    ["RESOURCE_EXHAUSTED", { reason: "shed" }, 429, 429, 1],
    ["RESOURCE_EXHAUSTED", { reason: "request_bytes" }, 413, 413, undefined],
    ["INVALID_ARGUMENT", { reason: "limit" }, 400, 400, undefined],
    ["INVALID_ARGUMENT", {}, 500, 400, undefined],
    ["FAILED_PRECONDITION", {}, 500, 400, undefined],
    ["UNIMPLEMENTED", {}, 501, 501, undefined],
    ["INTERNAL", {}, 500, 500, undefined],
    ["INVALID_ARGUMENT", { feastClass: "FeatureNameCollisionError" }, 500, 400, undefined],
    ["UNIMPLEMENTED", { feastClass: "VersionedOnlineReadNotSupported" }, 500, 400, undefined],
    ["INVALID_ARGUMENT", { feastClass: "RequestDataNotFoundInEntityRowsException" }, 404, 404, undefined],
    ["NOT_FOUND", { feastClass: "FeatureServiceNotFoundException" }, 404, 404, undefined],
    ["NOT_FOUND", { feastClass: "FeatureViewVersionNotFound" }, 404, 404, undefined],
    ["NOT_FOUND", { feastClass: "EntityNotFoundException" }, 404, 404, undefined],
  ] as const)("%s %o is %d, strictly %d", (code, detail, feast, strict, retryAfter) => {
    const error = new ServeError(code, "why", detail);
    expect(toHttpAnswer(error, "feast").status).toBe(feast);
    const answer = toHttpAnswer(error, "strict4xx");
    expect(answer.status).toBe(strict);
    expect(answer.retryAfterSeconds).toBe(retryAfter);
    expect(typeof JSON.parse(answer.body)).toBe("string");
  });
});
