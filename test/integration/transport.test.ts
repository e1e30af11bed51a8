/** One port, both protocols: what every client of Feast's servers does, over TCP and a Unix socket. */
import { request as httpRequest, type IncomingMessage } from "node:http";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { status } from "@grpc/grpc-js";
import { describe, expect, it } from "vitest";
import {
  ask,
  atEnd,
  FEATURE_SERVER,
  featuresRequest,
  grpcClient,
  open,
  received,
  SERVING,
  startData,
  talk,
  tempDir,
  until,
} from "./transport-kit.ts";

const body = '{"features":["a:b"],"entities":{"k":[1,2]}}';
const json = { "content-type": "application/json" };

describe("both protocols on one port", () => {
  it("answers gRPC and HTTP, each surface by its name", async () => {
    const data = await startData();
    const client = grpcClient(data.target);
    const surfaces: string[] = [];
    for (const path of [SERVING, FEATURE_SERVER]) {
      const answer = await ask(client, path);
      expect(answer.code).toBe(status.OK);
      surfaces.push(JSON.parse(String(answer.body)).surface);
    }
    const response = await fetch(`http://${data.target}/get-online-features`, { method: "POST", body, headers: json });
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(await response.json()).toEqual({ surface: "http", features: ["a:b"], columns: [["k", 2]] });
    expect(surfaces).toEqual(["serving_service", "grpc_feature_server"]);
    expect(data.outcomes).toEqual([
      ["serving_service", "OK"],
      ["grpc_feature_server", "OK"],
      ["http", "OK"],
    ]);
  });

  it("does the same on a Unix socket, beside TCP", async () => {
    const path = join(tempDir(), "feast.sock");
    const data = await startData({ listen: ["127.0.0.1:0", `unix:${path}`] });
    expect(data.addresses).toEqual([expect.stringMatching(/^127\.0\.0\.1:[1-9]\d*$/), `unix:${path}`]);
    expect((await ask(grpcClient(`unix:${path}`), SERVING)).code).toBe(status.OK);
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const request = httpRequest({ socketPath: path, method: "POST", path: "/get-online-features" }, resolve);
      request.on("error", reject);
      request.end(body);
    });
    expect(response.statusCode).toBe(200);
    response.resume();
    expect((await ask(grpcClient(data.target), SERVING)).code).toBe(status.OK);
  });

  it("tells them apart when the first bytes come one by one", async () => {
    const data = await startData();
    const head = `POST /get-online-features HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n`;
    const answer = await talk(data.port, ...head.slice(0, 20), head.slice(20), body.slice(0, 5), body.slice(5));
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    const socket = await open(data.port);
    for (const byte of preface) {
      socket.write(Buffer.of(byte));
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    socket.write(Buffer.from("000000040000000000", "hex"));
    const first = await new Promise<Buffer>((resolve) => socket.once("data", resolve));
    // A SETTINGS frame of stream 0.
    expect([first[3], first.readUInt32BE(5)]).toEqual([4, 0]);
  });

  it("keeps a connection for several HTTP requests, pipelined ones included", async () => {
    const data = await startData();
    const one = "GET /health HTTP/1.1\r\nHost: x\r\n\r\n";
    const answer = await talk(data.port, one + one, one.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"));
    expect(answer.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(3);
    expect(data.connections.opened).toBe(1);
  });
});

describe("Feast's HTTP routes", () => {
  it("answers GET /health with an empty body, 503 without a registry", async () => {
    const data = await startData();
    for (const expected of [200, 503]) {
      data.readiness.registry = expected === 200;
      const response = await fetch(`http://${data.target}/health`);
      expect([response.status, await response.text(), response.headers.get("content-type")]).toEqual([
        expected,
        "",
        null,
      ]);
    }
  });

  it("answers 404, 405 and 501 as JSON", async () => {
    const data = await startData();
    const get = async (path: string, method = "GET") => {
      const response = await fetch(`http://${data.target}${path}`, { method });
      return [response.status, await response.json(), response.headers.get("allow")];
    };
    expect(await get("/nope")).toEqual([404, { detail: "Not Found" }, null]);
    expect(await get("/get-online-features")).toEqual([405, { detail: "Method Not Allowed" }, "POST"]);
    const [code, sentence] = await get("/push", "POST");
    expect(code).toBe(501);
    expect(sentence).toMatch(/only reads features.*feast serve/);
  });

  it("reads gzip bodies and bodies without a content type, and a base URL with a slash", async () => {
    const data = await startData();
    const send = (init: RequestInit) =>
      fetch(`http://${data.target}//get-online-features`, { method: "POST", ...init });
    expect((await send({ body: gzipSync(body), headers: { "content-encoding": "gzip" } })).status).toBe(200);
    expect((await send({ body: Buffer.from(body) })).status).toBe(200);
    expect((await send({ body: gzipSync(body).subarray(0, 20), headers: { "content-encoding": "gzip" } })).status).toBe(
      400,
    );
    expect((await send({ body, headers: { "content-encoding": "br" } })).status).toBe(415);
    expect(gunzipSync(gzipSync(body)).toString()).toBe(body);
  });

  it("answers errors with Feast's bodies and says when to try again", async () => {
    const data = await startData();
    const send = async (ref: string, headers = {}) => {
      const response = await fetch(`http://${data.target}/get-online-features`, {
        method: "POST",
        body: JSON.stringify({ features: [ref], entities: {} }),
        headers,
      });
      return [response.status, await response.json(), response.headers.get("retry-after")];
    };
    expect(await send("error:UNAVAILABLE")).toEqual([503, "said UNAVAILABLE", "1"]);
    expect(await send("error:NOT_FOUND")).toEqual([500, "said NOT_FOUND", null]);
    expect(await send("throw:x")).toEqual([500, expect.stringContaining("Internal error"), null]);
    expect(await send("a:b", { "feast-sidecar-timeout-ms": "soon" })).toEqual([
      400,
      expect.stringContaining("'soon'"),
      null,
    ]);
    expect(data.events.find((event) => event["event"] === "unexpected_error")).toMatchObject({
      error: "TypeError: a bug",
    });
    expect((await send("a:b"))[0]).toBe(200);
    expect(data.outcomes.map(([, outcome]) => outcome)).toEqual([
      "UNAVAILABLE",
      "NOT_FOUND",
      "INTERNAL",
      "INVALID_ARGUMENT",
      "OK",
    ]);
  });
});

describe("gRPC methods", () => {
  it("answers GetFeastServingInfo, refuses writes and unknown methods", async () => {
    const data = await startData({ version: "9.8.7" });
    const client = grpcClient(data.target);
    const info = await ask(client, "/feast.serving.ServingService/GetFeastServingInfo", Buffer.alloc(0));
    expect(info.body?.toString("latin1")).toBe("\x0a\x059.8.7");
    for (const method of ["Push", "WriteToOnlineStore"]) {
      const refused = await ask(client, `/GrpcFeatureServer/${method}`);
      expect(refused.code).toBe(status.UNIMPLEMENTED);
      expect(refused.details).toMatch(/only reads features/);
    }
    expect((await ask(client, "/feast.serving.ServingService/Nope")).code).toBe(status.UNIMPLEMENTED);
    expect((await ask(client, "/nope")).code).toBe(status.UNIMPLEMENTED);
  });

  it("maps errors to codes with a pushback, and survives bugs", async () => {
    const data = await startData({ random: () => 0 });
    const client = grpcClient(data.target);
    const send = (ref: string) => ask(client, SERVING, featuresRequest(ref));
    expect(await send("error:UNAVAILABLE")).toMatchObject({
      code: status.UNAVAILABLE,
      details: "said UNAVAILABLE",
      trailers: { "grpc-retry-pushback-ms": "50" },
    });
    const invalid = await send("error:INVALID_ARGUMENT");
    expect(invalid.code).toBe(status.INVALID_ARGUMENT);
    expect(invalid.trailers).not.toHaveProperty("grpc-retry-pushback-ms");
    const bug = await send("throw:x");
    expect(bug).toMatchObject({ code: status.INTERNAL, details: expect.not.stringContaining("a bug") });
    expect(data.events.some((event) => event["event"] === "unexpected_error")).toBe(true);
    expect(await ask(client, SERVING, Buffer.from([0x0a, 0x7f]))).toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: "Malformed GetOnlineFeaturesRequest at byte 1: it ends inside a field",
    });
    expect((await send("a:b")).code).toBe(status.OK);
  });

  it("gives serve the smaller of the two deadlines", async () => {
    const data = await startData();
    const client = grpcClient(data.target);
    const leftMs = async (metadata: Record<string, string>, deadlineMs: number): Promise<number> => {
      const beforeMs = performance.now();
      expect((await ask(client, SERVING, featuresRequest("a:b"), metadata, deadlineMs)).code).toBe(status.OK);
      return (data.requests.at(-1)?.call.deadlineMs ?? 0) - beforeMs;
    };
    expect(await leftMs({ "feast-sidecar-timeout-ms": "250.5" }, 10_000)).toBeLessThan(600);
    const byGrpc = await leftMs({ "feast-sidecar-timeout-ms": "60000" }, 5_000);
    expect(byGrpc).toBeGreaterThan(3_000);
    expect(byGrpc).toBeLessThan(5_100);
    expect(await leftMs({}, Number.POSITIVE_INFINITY)).toBe(Number.POSITIVE_INFINITY);
    // 30 days do not fit in the 32-bit milliseconds of grpc-js, where they become no limit.
    expect(await leftMs({}, 30 * 86_400_000)).toBeGreaterThan(29 * 86_400_000);
    const malformed = await ask(client, SERVING, featuresRequest("a:b"), { "feast-sidecar-timeout-ms": "-1" });
    expect(malformed.code).toBe(status.INVALID_ARGUMENT);
    const response = await fetch(`http://${data.target}/get-online-features`, {
      method: "POST",
      body,
      headers: { "feast-sidecar-timeout-ms": "80" },
    });
    expect(response.status).toBe(200);
    expect((data.requests.at(-1)?.call.deadlineMs ?? 0) - performance.now()).toBeLessThan(80);
  });

  it("tells serve that the caller left, on both protocols", async () => {
    const data = await startData();
    const client = grpcClient(data.target);
    const pending = ask(client, SERVING, featuresRequest("wait:x"), {}, 300);
    await until(() => data.requests.length === 1, "the gRPC request");
    expect((await pending).code).toBe(status.DEADLINE_EXCEEDED);
    await until(() => data.requests[0]?.call.cancelled === true, "the gRPC call to be aborted");
    const abort = new AbortController();
    const left = fetch(`http://${data.target}/get-online-features`, {
      method: "POST",
      body: '{"features":["wait:x"],"entities":{}}',
      signal: abort.signal,
    }).catch(() => "left");
    await until(() => data.requests.length === 2, "the HTTP request");
    abort.abort();
    expect(await left).toBe("left");
    await until(() => data.requests[1]?.call.cancelled === true, "the HTTP call to be aborted");
  });
});

describe("drain", () => {
  it("finishes requests in flight, closes what is idle, accepts nothing more", async () => {
    const data = await startData();
    const client = grpcClient(data.target);
    const idle = await open(data.port);
    const idleKeptAlive = await open(data.port);
    idleKeptAlive.write("GET /health HTTP/1.1\r\nHost: x\r\n\r\n");
    const grpc = ask(client, SERVING, featuresRequest("wait:g"));
    const http = fetch(`http://${data.target}/get-online-features`, {
      method: "POST",
      body: '{"features":["wait:h"],"entities":{}}',
    });
    await until(() => data.requests.length === 2, "both requests");
    let done = false;
    const drained = data.server.drain(5_000).finally(() => {
      done = true;
    });
    await received(idleKeptAlive);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(done).toBe(false);
    await received(idle);
    data.release();
    expect((await grpc).code).toBe(status.OK);
    const response = await http;
    expect(response.status).toBe(200);
    expect(response.headers.get("connection")).toBe("close");
    expect(await response.json()).toMatchObject({ features: ["wait:h"] });
    expect(await drained).toBe(0);
    expect(data.server.openConnections()).toBe(0);
    await expect(fetch(`http://${data.target}/health`)).rejects.toThrow();
  });

  it("cuts what does not finish in time and says how many", async () => {
    const data = await startData();
    const pending = ask(grpcClient(data.target), SERVING, featuresRequest("wait:x"));
    await until(() => data.requests.length === 1, "the request");
    const startMs = performance.now();
    expect(await data.server.drain(150)).toBe(1);
    expect(performance.now() - startMs).toBeLessThan(2_000);
    expect((await pending).code).not.toBe(status.OK);
    expect(data.server.openConnections()).toBe(0);
    atEnd(() => data.release());
  });
});
