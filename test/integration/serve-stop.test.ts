/** What becomes of requests and connections when `serve` is told to stop. */
import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { connect as http2Connect } from "node:http2";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { encodeRequest } from "../conformance/oracle/feast-client.ts";
import { askGrpc, askHttp, TRIPS, TRIPS_BODY, TRIPS_MESSAGE } from "../helpers/ask-sidecar.ts";
import { useSidecars } from "../helpers/use-sidecars.ts";
import { grpcFrame } from "../helpers/wire-requests.ts";

const { start } = useSidecars();

interface SlowAnswer {
  readonly status: number;
  readonly connection: string | undefined;
  readonly body: string;
}

/** A POST whose body is held back until `finish`. */
function slowPost(url: string): { finish: () => void; answer: Promise<SlowAnswer> } {
  const headers = { "content-length": TRIPS_BODY.length };
  const call = httpRequest(`${url}/get-online-features`, { method: "POST", headers, agent: false });
  const answer = new Promise<SlowAnswer>((resolve, reject) => {
    call.on("error", reject);
    call.on("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const { statusCode = 0, headers: answered } = response;
        resolve({ status: statusCode, connection: answered.connection, body: Buffer.concat(chunks).toString() });
      });
    });
  });
  call.write(TRIPS_BODY.slice(0, 20));
  return { finish: () => call.end(TRIPS_BODY.slice(20)), answer };
}

/** A gRPC call whose message is held back until `finish`; the answer is its status. */
function slowCall(url: string): { finish: () => void; answer: Promise<string> } {
  const session = http2Connect(url);
  const stream = session.request({
    ":method": "POST",
    ":path": "/feast.serving.ServingService/GetOnlineFeatures",
    "content-type": "application/grpc",
    te: "trailers",
  });
  const message = grpcFrame(encodeRequest(TRIPS_MESSAGE));
  const answer = new Promise<string>((resolve, reject) => {
    session.on("error", reject);
    stream.on("error", reject);
    stream.on("trailers", (trailers) => resolve(String(trailers["grpc-status"])));
    stream.on("close", () => {
      session.close();
      reject(new Error("closed without trailers"));
    });
  });
  stream.resume();
  stream.write(message.subarray(0, 10));
  return { finish: () => stream.end(message.subarray(10)), answer };
}

describe("stopping", () => {
  it.each(["SIGTERM", "SIGINT"] as const)(
    "on %s lets requests in flight finish, takes no new ones, and ends with 0",
    async (signal) => {
      const sidecar = await start();
      const post = slowPost(sidecar.url);
      const call = slowCall(sidecar.url);
      await delay(100);
      sidecar.signal(signal);
      await delay(200);
      await expect(askHttp(sidecar.url)).rejects.toThrow();
      post.finish();
      call.finish();
      const answer = await post.answer;
      expect([answer.status, answer.connection, await call.answer]).toEqual([200, "close", "0"]);
      expect(JSON.parse(answer.body)).toMatchObject({ results: [{}, { values: TRIPS }] });
      const ended = await sidecar.ended();
      expect(ended.code).toBe(0);
      expect(ended.tookMs).toBeLessThan(2500);
      expect(sidecar.events("drained")).toMatchObject([{ connections: 0 }]);
    },
  );

  it("is fast with idle connections of both protocols open", async () => {
    const sidecar = await start();
    const session = http2Connect(sidecar.url);
    session.on("error", () => {});
    await once(session, "connect");
    expect((await askHttp(sidecar.url)).values).toEqual(TRIPS);
    sidecar.signal("SIGTERM");
    const ended = await sidecar.ended();
    expect(ended.code).toBe(0);
    expect(ended.tookMs).toBeLessThan(2000);
    expect(sidecar.events("drained")).toMatchObject([{ connections: 0 }]);
  });

  it("waits drain.wait first: not ready, but alive and serving", async () => {
    const sidecar = await start({ sidecar: "{drain: {wait: 700ms, timeout: 1s}}" });
    sidecar.signal("SIGTERM");
    await sidecar.probe("/readyz", 503);
    expect((await sidecar.admin("/livez")).status).toBe(200);
    expect((await askHttp(sidecar.url)).values).toEqual(TRIPS);
    expect((await askGrpc(sidecar.address)).values).toEqual(TRIPS);
    const ended = await sidecar.ended();
    expect(ended.code).toBe(0);
    expect(ended.tookMs).toBeGreaterThan(650);
    expect(ended.tookMs).toBeLessThan(3500);
  });

  it("cuts what does not finish in drain.timeout, says so, and still ends with 0", async () => {
    const sidecar = await start({ sidecar: "{drain: {timeout: 300ms}}" });
    const post = slowPost(sidecar.url);
    const cut = expect(post.answer).rejects.toThrow();
    await delay(100);
    sidecar.signal("SIGTERM");
    await cut;
    const ended = await sidecar.ended();
    expect(ended.code).toBe(0);
    expect(ended.tookMs).toBeGreaterThan(250);
    expect(ended.tookMs).toBeLessThan(2500);
    expect(sidecar.events("drain_cut")).toMatchObject([{ connections: 1 }]);
  });

  it("takes more signals for no more than the first: a terminal and a wrapper both pass Ctrl-C on", async () => {
    const sidecar = await start({ sidecar: "{drain: {wait: 300ms}}" });
    for (const signal of ["SIGINT", "SIGINT", "SIGTERM", "SIGTERM"] as const) {
      sidecar.signal(signal);
      await delay(40);
    }
    expect((await sidecar.ended()).code).toBe(0);
    expect(sidecar.events("stopping")).toMatchObject([{ reason: "SIGINT" }]);
  });

  it("ends with 0 when it is told so before its store was ever reached", async () => {
    const sidecar = await start({ golden: "redis", redisPort: 1, waitReady: false });
    sidecar.signal("SIGTERM");
    const ended = await sidecar.ended();
    expect(ended.code).toBe(0);
    expect(ended.tookMs).toBeLessThan(2000);
  });
});
