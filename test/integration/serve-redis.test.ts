/** The live server over a real redis-server that is late, killed, hung and back again: bounded answers, and recovery by itself. */
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { status } from "@grpc/grpc-js";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { askGrpc, askHttp, askUntil, metric, TRIPS } from "../helpers/ask-sidecar.ts";
import { loadGoldenRedis } from "../helpers/feature-repository.ts";
import type { TestSidecar } from "../helpers/start-sidecar.ts";
import { useSidecars } from "../helpers/use-sidecars.ts";
import { freePort, type RunningRedis, startRedis } from "./store-redis-server.ts";

const { start, atEnd } = useSidecars();

/** A hung Redis is found out after one second without a word (docs/operations.md). */
const HUNG_BOUND_MS = 2500;

let dump: string;
/** Redis starts with its data, so that no moment of an empty store is taken for an answer. */
beforeAll(async () => {
  const redis = await startRedis(await freePort());
  const client = new Redis({ host: "127.0.0.1", port: redis.port, disableClientInfo: true });
  try {
    await loadGoldenRedis(redis.port);
    await client.save();
    dump = join(mkdtempSync(join(tmpdir(), "feast-sidecar-dump-")), "dump.rdb");
    copyFileSync(join(redis.directory, "dump.rdb"), dump);
  } finally {
    client.disconnect();
    await redis.stop();
  }
});
afterAll(() => rmSync(dirname(dump), { recursive: true, force: true }));

async function goldenRedis(port: number): Promise<RunningRedis> {
  const redis = await startRedis(port, (directory) => {
    copyFileSync(dump, join(directory, "dump.rdb"));
    return [];
  });
  atEnd(() => redis.stop());
  return redis;
}

async function processId(port: number): Promise<number> {
  const client = new Redis({ host: "127.0.0.1", port, disableClientInfo: true });
  const info = await client.info("server");
  client.disconnect();
  return Number(/^process_id:(\d+)/m.exec(info)?.[1]);
}

async function expectUnavailable(sidecar: TestSidecar, port: number, boundMs: number): Promise<void> {
  const http = await askHttp(sidecar.url);
  expect(http).toMatchObject({ status: 503, retryAfter: "1" });
  expect(http.body).toContain(`redis 127.0.0.1:${port} cannot be reached`);
  const grpc = await askGrpc(sidecar.address);
  expect(grpc.code).toBe(status.UNAVAILABLE);
  expect(Number(grpc.pushback)).toBeGreaterThanOrEqual(50);
  expect(Number(grpc.pushback)).toBeLessThanOrEqual(200);
  expect(Math.max(http.tookMs, grpc.tookMs)).toBeLessThan(boundMs);
}

async function expectServing(sidecar: TestSidecar): Promise<void> {
  const back = await askUntil(
    () => askHttp(sidecar.url),
    (answer) => answer.status === 200,
  );
  expect(back.values).toEqual(TRIPS);
  expect((await askGrpc(sidecar.address)).values).toEqual(TRIPS);
  expect(await metric(sidecar, "feast_sidecar_store_up")).toBe(1);
}

describe("Redis", () => {
  it("may be unreachable at the start: started but not ready, UNAVAILABLE at once, serving when it appears", async () => {
    const port = await freePort();
    const sidecar = await start({ golden: "redis", redisPort: port, waitReady: false });
    await sidecar.probe("/startupz", 200);
    expect((await sidecar.admin("/readyz")).body).toMatch(/"part":"store","ok":false/);
    expect((await sidecar.admin("/livez")).status).toBe(200);
    await expectUnavailable(sidecar, port, 500);
    expect((await fetch(`${sidecar.url}/health`)).status).toBe(200);
    expect(await metric(sidecar, "feast_sidecar_store_up")).toBe(0);
    await goldenRedis(port);
    await sidecar.probe("/readyz", 200);
    await expectServing(sidecar);
  });

  it("may be killed while serving: UNAVAILABLE fast, ready all the same, and back when it is back", async () => {
    const port = await freePort();
    const redis = await goldenRedis(port);
    const sidecar = await start({ golden: "redis", redisPort: port });
    await expectServing(sidecar);
    await redis.stop();
    await askUntil(
      () => metric(sidecar, "feast_sidecar_store_up"),
      (up) => up === 0,
    );
    await expectUnavailable(sidecar, port, 500);
    expect((await sidecar.admin("/readyz")).status).toBe(200);
    expect(sidecar.events("store_down")).toHaveLength(1);
    await goldenRedis(port);
    await expectServing(sidecar);
    expect(sidecar.events("store_up")).toHaveLength(2);
  });

  it("decides readiness when probes.readiness is store", async () => {
    const port = await freePort();
    const redis = await goldenRedis(port);
    const sidecar = await start({ golden: "redis", redisPort: port, sidecar: "{probes: {readiness: store}}" });
    await redis.stop();
    await sidecar.probe("/readyz", 503);
    expect((await sidecar.admin("/startupz")).status).toBe(200);
    await goldenRedis(port);
    await sidecar.probe("/readyz", 200);
  });

  it("may hang: deadlines are kept, the rest is answered in bounded time, and it recovers", async () => {
    const port = await freePort();
    await goldenRedis(port);
    const pid = await processId(port);
    // From the cache the rows would go on being served until Redis has been silent for max_lag.
    const sidecar = await start({ golden: "redis", redisPort: port, sidecar: "{cache: {mode: disabled}}" });
    await expectServing(sidecar);
    process.kill(pid, "SIGSTOP");
    atEnd(() => process.kill(pid, "SIGCONT"));
    const timeout = { "feast-sidecar-timeout-ms": "100" };
    const [shortHttp, shortGrpc, longHttp, longGrpc] = await Promise.all([
      askHttp(sidecar.url, undefined, timeout),
      askGrpc(sidecar.address, "GrpcFeatureServer", undefined, timeout),
      askHttp(sidecar.url),
      askGrpc(sidecar.address),
    ]);
    expect(shortHttp).toMatchObject({ status: 504, retryAfter: "1" });
    expect(shortGrpc.code).toBe(status.DEADLINE_EXCEEDED);
    expect(Math.max(shortHttp.tookMs, shortGrpc.tookMs)).toBeLessThan(600);
    expect([longHttp.status, longGrpc.code]).toEqual([503, status.UNAVAILABLE]);
    expect(Math.max(longHttp.tookMs, longGrpc.tookMs)).toBeLessThan(HUNG_BOUND_MS);
    // Still hung, known to be: no request waits a second for it again.
    await expectUnavailable(sidecar, port, HUNG_BOUND_MS);
    expect((await sidecar.admin("/livez")).status).toBe(200);
    process.kill(pid, "SIGCONT");
    await expectServing(sidecar);
    const reads = await metric(sidecar, 'feast_sidecar_store_reads_total{outcome="deadline"}');
    expect(reads).toBe(2);
  });

  it("mixes no answers up when it goes away and comes back under load", async () => {
    const port = await freePort();
    let redis = await goldenRedis(port);
    const sidecar = await start({ golden: "redis", redisPort: port });
    const seen = { served: 0, refused: 0 };
    let running = true;
    const asking = Promise.all(
      Array.from({ length: 8 }, async () => {
        while (running) {
          const answer = await askHttp(sidecar.url);
          expect(answer.tookMs).toBeLessThan(HUNG_BOUND_MS);
          expect([200, 503]).toContain(answer.status);
          if (answer.status === 200) expect(answer.values).toEqual(TRIPS);
          seen[answer.status === 200 ? "served" : "refused"]++;
          await delay(2);
        }
      }),
    );
    for (let times = 0; times < 3; times++) {
      await delay(100);
      await redis.stop();
      await delay(100);
      redis = await goldenRedis(port);
      await expectServing(sidecar);
    }
    running = false;
    await asking;
    expect(seen.served).toBeGreaterThan(30);
    expect(seen.refused).toBeGreaterThan(30);
  });
});
