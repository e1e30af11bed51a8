/** Clients that send garbage, too much or too little: each gets an answer or a closed connection, and the server goes on. */

import { linkSync, renameSync, statSync, writeFileSync } from "node:fs";
import { connect as connectHttp2 } from "node:http2";
import { createServer } from "node:net";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { status } from "@grpc/grpc-js";
import { describe, expect, it } from "vitest";
import { DEFAULT_LIMITS, DEFAULT_TIMEOUTS } from "../../src/transport/options.ts";
import {
  ask,
  atEnd,
  type Data,
  featuresRequest,
  grpcClient,
  listenError,
  open,
  received,
  SERVING,
  startData,
  talk,
  tempDir,
  until,
} from "./transport-kit.ts";

async function stillServes(data: Data): Promise<void> {
  expect((await fetch(`http://${data.target}/health`)).status).toBe(200);
  expect((await ask(grpcClient(data.target), SERVING)).code).toBe(status.OK);
}

async function post(
  data: Data,
  body: string | Buffer,
  headers: Record<string, string> = {},
): Promise<[number, unknown]> {
  const response = await fetch(`http://${data.target}/get-online-features`, { method: "POST", body, headers });
  return [response.status, await response.json()];
}

const shortTimeouts = { ...DEFAULT_TIMEOUTS, firstBytesMs: 150, headersMs: 200, requestMs: 300, keepAliveMs: 200 };
const smallLimits = { ...DEFAULT_LIMITS, maxRequestBytes: 10_000 };

describe("first bytes", () => {
  it("answers 400 to what is neither protocol", async () => {
    const data = await startData();
    for (const garbage of [
      "\x16\x03\x01\x02\x00\x01\xfc\x03\x03",
      "\0\0\0\0",
      "PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n",
      "hello\r\n",
      "A".repeat(64),
    ]) {
      expect(await talk(data.port, Buffer.from(garbage, "latin1"))).toMatch(
        /^HTTP\/1\.1 400 Bad Request\r\nConnection: close/,
      );
    }
    await stillServes(data);
  });

  it("closes connections that say nothing, too little, or leave", async () => {
    const data = await startData({ timeouts: shortTimeouts });
    const startMs = performance.now();
    expect(await talk(data.port)).toBe("");
    expect(await talk(data.port, "PRI * HT")).toBe("");
    expect(await talk(data.port, "POS")).toBe("");
    expect(performance.now() - startMs).toBeLessThan(3_000);
    const leaver = await open(data.port);
    leaver.end("GE");
    await received(leaver);
    const resetter = await open(data.port);
    resetter.write("GE");
    resetter.resetAndDestroy();
    await until(() => data.server.openConnections() === 0, "no connection left");
    await stillServes(data);
  });
});

describe("HTTP/1.1", () => {
  it("cuts slow headers, slow bodies and idle connections", async () => {
    const data = await startData({ timeouts: shortTimeouts });
    expect(await talk(data.port, "GET /health HTTP/1.1\r\nHost: x\r\nX-Slow: ")).toMatch(/^HTTP\/1\.1 408 /);
    expect(
      await talk(data.port, "POST /get-online-features HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"),
    ).toMatch(/^HTTP\/1\.1 408 /);
    expect(await talk(data.port, "GET /health HTTP/1.1\r\nHost: x\r\n\r\n")).toMatch(/^HTTP\/1\.1 200 /);
    await stillServes(data);
  });

  it("drops a client that does not read its answer", async () => {
    const answer = Buffer.alloc(50_000_000, 0x20);
    const data = await startData({ timeouts: { ...DEFAULT_TIMEOUTS, stalledMs: 200 }, serve: async () => answer });
    const socket = await open(data.port);
    const body = '{"features":["a:b"],"entities":{}}';
    socket.pause();
    socket.write(`POST /get-online-features HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    await until(() => data.outcomes.length === 1, "the answer to be written");
    expect(data.server.openConnections()).toBe(1);
    await until(() => data.server.openConnections() === 0, "the connection to be dropped");
    expect((await fetch(`http://${data.target}/health`)).status).toBe(200);
  });

  it("answers broken and oversized HTTP", async () => {
    const data = await startData();
    expect(await talk(data.port, "GET /health HTTQ/1.1\r\nHost: x\r\n\r\n")).toMatch(/^HTTP\/1\.1 400 /);
    expect(await talk(data.port, "GET /health HTTP/1.1\r\n\r\n")).toMatch(/^HTTP\/1\.1 400 /);
    expect(await talk(data.port, `GET / HTTP/1.1\r\nHost: x\r\nX: ${"x".repeat(40_000)}\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 431 /,
    );
    expect(
      await talk(
        data.port,
        "POST /get-online-features HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
      ),
    ).toMatch(/HTTP\/1\.1 400 /);
    await stillServes(data);
  });

  it("bounds bodies, as sent and inflated", async () => {
    const data = await startData({ limits: smallLimits });
    const sentence = expect.stringContaining("max_request_bytes = 10000");
    const padded = (length: number) => `{"features":["a:b"],"entities":{}${" ".repeat(length - 34)}}`;
    expect((await post(data, padded(10_000)))[0]).toBe(200);
    expect(await post(data, padded(10_001))).toEqual([413, sentence]);
    expect(await post(data, gzipSync(padded(5_000_000)), { "content-encoding": "gzip" })).toEqual([413, sentence]);
    const head = "POST /get-online-features HTTP/1.1\r\nHost: x\r\n";
    expect(await talk(data.port, `${head}Content-Length: 99999999999\r\n\r\n`)).toMatch(/^HTTP\/1\.1 413 /);
    const chunk = `4e20\r\n${"x".repeat(20_000)}\r\n`;
    expect(await talk(data.port, `${head}Transfer-Encoding: chunked\r\n\r\n`, chunk, chunk, chunk)).toMatch(
      /^HTTP\/1\.1 413 /,
    );
    await stillServes(data);
  });

  it("answers hostile JSON", async () => {
    const data = await startData();
    const unreadable = { detail: "There was an error parsing the body" };
    expect(await post(data, "[".repeat(1_000_000))).toEqual([400, unreadable]);
    expect(await post(data, `{"entities":${'{"a":'.repeat(200_000)}`)).toEqual([400, unreadable]);
    expect(await post(data, Buffer.from([0x22, 0xff, 0x22]))).toEqual([400, unreadable]);
    expect(await post(data, "1".repeat(1_000_000))).toEqual([400, unreadable]);
    expect((await post(data, ""))[0]).toBe(422);
    expect((await post(data, '{"entities"'))[0]).toBe(422);
    expect((await post(data, `{"features":["a:b"],"entities":{"k":[${"1,".repeat(999_999)}1]}}`))[0]).toBe(200);
    expect(data.requests.at(-1)?.request.columns[0]?.rows).toBe(1_000_000);
    await stillServes(data);
  });

  it("forgets a client that leaves in the middle of its body", async () => {
    const data = await startData();
    const socket = await open(data.port);
    socket.write("POST /get-online-features HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{");
    await new Promise((resolve) => setTimeout(resolve, 30));
    socket.resetAndDestroy();
    await until(() => data.outcomes.length === 1, "the request to end");
    expect(data.outcomes).toEqual([["http", "CANCELLED"]]);
    expect(data.events.filter((event) => event["event"] === "unexpected_error")).toEqual([]);
    await stillServes(data);
  });
});

describe("gRPC", () => {
  it("refuses messages that are too large, as sent and inflated", async () => {
    const data = await startData({ limits: smallLimits });
    const client = grpcClient(data.target);
    expect((await ask(client, SERVING, Buffer.alloc(10_001, 0x0a))).code).toBe(status.RESOURCE_EXHAUSTED);
    const packed = grpcClient(data.target, undefined, { "grpc.default_compression_algorithm": 2 });
    expect((await ask(packed, SERVING, featuresRequest("a:b"))).code).toBe(status.OK);
    expect((await ask(packed, SERVING, Buffer.alloc(5_000_000))).code).toBe(status.RESOURCE_EXHAUSTED);
    await stillServes(data);
  });

  it("survives broken frames: cut messages, wrong lengths, other content types", async () => {
    const data = await startData();
    const session = connectHttp2(`http://${data.target}`);
    session.on("error", () => {});
    atEnd(() => session.destroy());
    const send = (body: Buffer, headers = {}): Promise<Record<string, unknown>> =>
      new Promise((resolve) => {
        const stream = session.request({
          ":method": "POST",
          ":path": SERVING,
          "content-type": "application/grpc",
          te: "trailers",
          ...headers,
        });
        const seen: Record<string, unknown> = {};
        stream.on("response", (given) => Object.assign(seen, given));
        stream.on("trailers", (given) => Object.assign(seen, given));
        stream.on("error", () => {});
        stream.on("close", () => resolve(seen));
        stream.resume();
        stream.end(body);
      });
    const codes = [
      (await send(Buffer.alloc(0)))["grpc-status"],
      (await send(Buffer.from([0, 0, 0, 0, 9, 1, 2])))["grpc-status"],
      (await send(Buffer.from([0, 255, 255, 255, 255])))["grpc-status"],
      (await send(Buffer.from([1, 0, 0, 0, 2, 1, 2]), { "grpc-encoding": "gzip" }))["grpc-status"],
      (await send(Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0])))["grpc-status"],
      (await send(Buffer.from([0, 0, 0, 0, 0]), { "grpc-timeout": "soon" }))["grpc-status"],
    ];
    for (const code of codes) expect(Number(code)).toBeGreaterThan(0);
    expect((await send(Buffer.from([0, 0, 0, 0, 0]), { "content-type": "text/plain" }))[":status"]).toBe(415);
    expect((await send(Buffer.from([0, 0, 0, 0, 0])))["grpc-status"]).toBe("0");
    await stillServes(data);
  });

  it("survives HTTP/2 garbage after the preface, and a connection that resets", async () => {
    const data = await startData();
    const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    await talk(data.port, preface, Buffer.alloc(200, 0xff));
    const socket = await open(data.port);
    socket.write(preface);
    await new Promise((resolve) => setTimeout(resolve, 20));
    socket.resetAndDestroy();
    await until(() => data.server.openConnections() === 0, "no connection left");
    await stillServes(data);
  });

  it("asks old connections to go away and keeps answering", async () => {
    const data = await startData({ limits: { ...DEFAULT_LIMITS, maxConnectionAgeMs: 100 } });
    const client = grpcClient(data.target);
    for (let i = 0; i < 6; i++) {
      expect((await ask(client, SERVING)).code).toBe(status.OK);
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
    expect(data.connections.opened).toBeGreaterThan(1);
  });
});

describe("listeners", () => {
  it("turns away connections over the limit, over all listeners", async () => {
    const path = join(tempDir(), "s");
    const data = await startData({
      listen: ["127.0.0.1:0", `unix:${path}`],
      limits: { ...DEFAULT_LIMITS, maxConnections: 2 },
    });
    const first = await open(data.port);
    const second = await open(data.port);
    await until(() => data.server.openConnections() === 2, "two connections");
    expect(await received(await open(data.port))).toBe("");
    expect((await ask(grpcClient(`unix:${path}`), SERVING, undefined, {}, 1_000)).code).not.toBe(status.OK);
    expect(data.connections.refused).toBeGreaterThanOrEqual(2);
    expect(data.events.filter((event) => event["event"] === "connection_limit_reached")).toHaveLength(1);
    first.destroy();
    second.destroy();
    await until(() => data.server.openConnections() === 0, "room again");
    await stillServes(data);
  });

  it("names an address that is in use, and leaves nothing bound", async () => {
    const data = await startData();
    const error = await listenError({ listen: ["127.0.0.1:0", data.target] });
    expect([error.inUse, error.message]).toEqual([true, `${data.target} is already in use`]);
    expect((await listenError({ listen: ["192.0.2.1:0"] })).inUse).toBe(false);
  });

  it("replaces a dead Unix socket, refuses a live one and any other file", async () => {
    const dir = tempDir();
    const path = join(dir, "feast.sock");
    // A socket file whose server is gone without having removed it.
    const dead = createServer().listen(path);
    await new Promise((resolve) => dead.once("listening", resolve));
    linkSync(path, join(dir, "kept"));
    await new Promise((resolve) => dead.close(resolve));
    renameSync(join(dir, "kept"), path);

    const data = await startData({ listen: [`unix:${path}`] });
    expect((await ask(grpcClient(`unix:${path}`), SERVING)).code).toBe(status.OK);
    expect(statSync(path).mode & 0o777).toBe(0o660);
    const live = await listenError({ listen: [`unix:${path}`] });
    expect([live.inUse, live.message]).toEqual([true, `unix:${path} is already in use`]);
    expect((await ask(grpcClient(`unix:${path}`), SERVING)).code).toBe(status.OK);
    writeFileSync(join(dir, "file"), "precious");
    expect((await listenError({ listen: [`unix:${join(dir, "file")}`] })).message).toMatch(/a file that is no socket/);
    await data.server.close();
    expect(() => statSync(path)).toThrow();
  });
});
