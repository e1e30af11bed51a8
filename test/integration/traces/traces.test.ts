/** The exact spans of every kind of call, as a real receiver gets them. */
import { setTimeout as delay } from "node:timers/promises";
import { Client, credentials, Metadata } from "@grpc/grpc-js";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { encodeRequest } from "../../conformance/oracle/feast-client.ts";
import { freePort } from "../../faults/free-port.ts";
import { TcpProxy } from "../../faults/tcp-proxy.ts";
import { askGrpc, askHttp, TRIPS_MESSAGE } from "../../helpers/ask-sidecar.ts";
import { loadGoldenRedis } from "../../helpers/feature-repository.ts";
import type { TestSidecar } from "../../helpers/start-sidecar.ts";
import { useSidecars } from "../../helpers/use-sidecars.ts";
import { type RunningRedis, startRedis } from "../store-redis-server.ts";
import { addsUp, callFromPython, childrenOf, named, OtlpReceiver, type ReceivedSpan, serverOf } from "./trace-kit.ts";

const sidecars = useSidecars();
let redis: RunningRedis;
let replica: RunningRedis;
/** Before the replica, and before the primary for those that have only that. */
let proxy: TcpProxy;
let ownProxy: TcpProxy;
let receiver: OtlpReceiver;

beforeAll(async () => {
  receiver = await OtlpReceiver.start();
  redis = await startRedis(await freePort(), () => ["--repl-diskless-sync-delay", "0"]);
  await loadGoldenRedis(redis.port);
  const proxyPort = await freePort();
  // It is found by that address, too.
  const announced = ["--replica-announce-ip", "127.0.0.1", "--replica-announce-port", String(proxyPort)];
  replica = await startRedis(await freePort(), () => ["--replicaof", `127.0.0.1 ${redis.port}`, ...announced]);
  const primary = new Redis(redis.port, "127.0.0.1");
  await vi.waitFor(async () => expect(await primary.wait(1, 1000)).toBe(1), 10_000);
  primary.disconnect();
  proxy = new TcpProxy(proxyPort, replica.port);
  await proxy.open();
  ownProxy = new TcpProxy(await freePort(), redis.port);
  await ownProxy.open();
});
// What a sidecar sends in its end is no test's.
beforeEach(() => receiver.forget());
// Before the sidecars stop: hooks run last one first.
afterEach(() => {
  proxy.delay(0);
  ownProxy.delay(0);
  proxy.speak();
});
afterAll(async () => {
  await Promise.all([proxy.refuse(), ownProxy.refuse()]);
  await Promise.all([receiver.stop(), replica.stop(), redis.stop()]);
});

function start(sidecar: string, env: Record<string, string> = {}, redisPort = redis.port): Promise<TestSidecar> {
  return sidecars.start({ golden: "redis", redisPort, sidecar, env: receiver.env(env) });
}

const UNCACHED = "cache: {mode: disabled}";
/** One node: nothing is hedged. */
const ALONE = "redis: {read_from: primary}";
/** Neither hedged nor repeated. */
const SLOW = "redis: {read_from: primary, node_timeout: 2s}";
/** After what is still on its way. */
async function forgetAll(): Promise<void> {
  await delay(150);
  receiver.forget();
}

function readsOf({ traceId }: ReceivedSpan): number {
  return receiver.spans.filter((span) => span.name === "redis" && span.traceId === traceId).length;
}

async function replicaServes(sidecar: TestSidecar): Promise<void> {
  await vi.waitFor(async () => {
    expect((await sidecar.admin("/metrics")).body).toMatch(/node_state\{[^}]*role="replica",state="serving"\} 1/);
  }, 10_000);
}

const withReplica = (more: string): string => `{${UNCACHED}, redis: {replicas: ["127.0.0.1:${proxy.port}"], ${more}}}`;

describe("the span tree", () => {
  test("of a miss and a hit, with no values and no keys in it", async () => {
    const sidecar = await start(`{cache: {ttl: 60s}, ${ALONE}}`);
    await askGrpc(sidecar.address);
    const miss = await receiver.trace();
    expect(childrenOf(miss).filter((name) => name !== "admission")).toEqual([
      "plan",
      "cache",
      "redis",
      "assemble",
      "write",
    ]);
    expect(serverOf(miss)).toMatchObject({
      name: "feast.serving.ServingService/GetOnlineFeatures",
      service: "feast-sidecar",
      parentSpanId: "",
      attributes: {
        "rpc.system": "grpc",
        "rpc.service": "feast.serving.ServingService",
        "rpc.method": "GetOnlineFeatures",
        "rpc.grpc.status_code": 0,
        "feast_sidecar.rows": 3,
        "feast_sidecar.features": 1,
        "feast_sidecar.outcome": "OK",
      },
    });
    expect(named(miss, "redis")[0]?.attributes).toMatchObject({
      "db.system.name": "redis",
      "server.address": "127.0.0.1",
      "server.port": redis.port,
      "feast_sidecar.redis.role": "primary",
      "feast_sidecar.redis.hedge": false,
      "feast_sidecar.redis.retry": false,
      "feast_sidecar.redis.keys": 3,
      "feast_sidecar.redis.answered_first": true,
    });
    addsUp(miss);
    expect(JSON.stringify(miss)).not.toMatch(/driver_id|driver_stats|trips/);
    receiver.forget();
    await askGrpc(sidecar.address);
    const hit = await receiver.trace();
    expect(childrenOf(hit).filter((name) => name !== "admission")).toEqual(["plan", "cache", "assemble", "write"]);
    addsUp(hit);
  });

  test("of a mixed one, over HTTP: only the missing keys are read", async () => {
    const sidecar = await start(`{cache: {ttl: 60s}, ${ALONE}}`);
    await askHttp(sidecar.url, '{"features":["driver_stats:trips"],"entities":{"driver_id":[1]}}');
    await receiver.trace();
    receiver.forget();
    await askHttp(sidecar.url);
    const spans = await receiver.trace();
    expect(serverOf(spans)).toMatchObject({
      name: "POST /get-online-features",
      attributes: { "http.request.method": "POST" },
    });
    expect(named(spans, "redis").map(({ attributes }) => attributes["feast_sidecar.redis.keys"])).toEqual([2]);
    expect(childrenOf(spans)).toContain("cache");
  });

  test("of a hedged one: both reads, and which was first", async () => {
    const sidecar = await start(withReplica("node_timeout: 1s, hedge: {max_ratio: 1, min_delay: 2ms}"));
    await replicaServes(sidecar);
    for (let call = 0; call < 30; call += 1) await askGrpc(sidecar.address);
    await forgetAll();
    proxy.delay(100);
    await askGrpc(sidecar.address);
    const spans = await receiver.trace((server) => readsOf(server) > 1);
    const reads = named(spans, "redis").map(({ attributes }) => ({
      role: attributes["feast_sidecar.redis.role"],
      hedge: attributes["feast_sidecar.redis.hedge"],
      first: attributes["feast_sidecar.redis.answered_first"],
    }));
    expect(reads).toEqual([
      { role: "replica", hedge: false, first: false },
      { role: "primary", hedge: true, first: true },
    ]);
    addsUp(spans);
  });

  test("of a retried one", async () => {
    const sidecar = await start(withReplica("node_timeout: 20ms, hedge: {max_ratio: 0}"));
    await replicaServes(sidecar);
    await forgetAll();
    proxy.silence();
    await askGrpc(sidecar.address);
    const spans = await receiver.trace((server) => readsOf(server) > 1);
    const reads = named(spans, "redis").map(({ attributes }) => attributes["feast_sidecar.redis.retry"]);
    expect(reads).toEqual([false, true]);
  });

  test("of a stale one: an event says which view and why", async () => {
    const settings = `{cache: {ttl: 20ms, negative_ttl: 1m}, budget: {on_late: stale}, ${SLOW}}`;
    const sidecar = await start(settings, { FEAST_SIDECAR__BUDGET__SLICE: "100ms" }, ownProxy.port);
    await askGrpc(sidecar.address);
    await delay(50);
    ownProxy.delay(500);
    await forgetAll();
    await askGrpc(sidecar.address);
    const spans = await receiver.trace();
    expect(serverOf(spans).events).toMatchObject([
      { name: "degraded", attributes: { "feast_sidecar.policy": "stale", "feast_sidecar.reason": "deadline" } },
    ]);
    expect(serverOf(spans).attributes["feast_sidecar.outcome"]).toBe("OK");
  });

  test("of a call that is too late, and of one whose caller leaves", async () => {
    const sidecar = await start(`{${UNCACHED}, ${SLOW}}`, { FEAST_SIDECAR__BUDGET__SLICE: "150ms" }, ownProxy.port);
    for (let call = 0; call < 3; call += 1) await askGrpc(sidecar.address);
    await forgetAll();
    ownProxy.delay(400);
    expect((await askGrpc(sidecar.address)).code).toBe(4);
    const late = await receiver.trace();
    expect(serverOf(late)).toMatchObject({ status: 2, attributes: { "feast_sidecar.outcome": "DEADLINE_EXCEEDED" } });
    expect(named(late, "redis")[0]?.attributes["feast_sidecar.redis.answered_first"]).toBe(false);
    receiver.forget();
    const client = new Client(sidecar.address, credentials.createInsecure());
    const identity = (bytes: Buffer): Buffer => bytes;
    const path = "/feast.serving.ServingService/GetOnlineFeatures";
    const call = client.makeUnaryRequest(
      path,
      identity,
      identity,
      encodeRequest(TRIPS_MESSAGE),
      new Metadata(),
      () => {},
    );
    await delay(60);
    call.cancel();
    const left = await receiver.trace();
    expect(serverOf(left)).toMatchObject({ status: 2, attributes: { "feast_sidecar.outcome": "CANCELLED" } });
    client.close();
  });

  test("of one that waited for another's read until it was too late: no read is shown that it did not make", async () => {
    ownProxy.delay(0);
    const sidecar = await start(`{${SLOW}}`, { FEAST_SIDECAR__BUDGET__SLICE: "150ms" }, ownProxy.port);
    await forgetAll();
    ownProxy.delay(400);
    await Promise.all([askGrpc(sidecar.address), askGrpc(sidecar.address)]);
    const waited = await vi.waitFor(async () => {
      const wait = receiver.spans.find(({ name }) => name === "wait");
      expect(wait).toBeDefined();
      return receiver.trace(({ traceId }) => traceId === wait!.traceId);
    }, 10_000);
    expect(childrenOf(waited).slice(-2)).toEqual(["wait", "write"]);
    expect(named(waited, "redis")).toEqual([]);
  });
});

describe("whose trace it is", () => {
  test.each(["header", "binary"] as const)("that of a real Python client, by %s", async (form) => {
    const sidecar = await start(`{${UNCACHED}}`, { OTEL_TRACES_SAMPLER: "" });
    const caller = await callFromPython(sidecar.address, encodeRequest(TRIPS_MESSAGE), form);
    expect(caller.bytes).toBeGreaterThan(0);
    const spans = await receiver.trace(({ traceId }) => traceId === caller.traceId);
    expect(serverOf(spans).parentSpanId).toBe(caller.spanId);
  });

  test("flags are bits: 02 is not sampled, 03 is", async () => {
    const sidecar = await start(`{${UNCACHED}, trace: {tail: "off"}}`, { OTEL_TRACES_SAMPLER: "" });
    const traceparent = (flags: string): Record<string, string> => ({
      traceparent: `00-${"a".repeat(32)}-${"b".repeat(16)}-${flags}`,
    });
    await askGrpc(sidecar.address, undefined, undefined, traceparent("02"));
    await askGrpc(sidecar.address, undefined, undefined, traceparent("03"));
    await receiver.trace(({ parentSpanId }) => parentSpanId === "b".repeat(16));
    await delay(200);
    expect(receiver.spans.filter(({ parentSpanId }) => parentSpanId === "b".repeat(16))).toHaveLength(1);
  });

  test("its own, with a link, when the tail rule keeps what the caller did not sample", async () => {
    const slice = { FEAST_SIDECAR__BUDGET__SLICE: "200ms", OTEL_TRACES_SAMPLER: "" };
    const sidecar = await start(`{${UNCACHED}, ${SLOW}}`, slice, ownProxy.port);
    const traceparent = `00-${"c".repeat(32)}-${"d".repeat(16)}-00`;
    await askGrpc(sidecar.address, undefined, undefined, { traceparent });
    ownProxy.delay(70);
    await askGrpc(sidecar.address, undefined, undefined, { traceparent });
    const spans = await receiver.trace();
    expect(serverOf(spans)).toMatchObject({ parentSpanId: "", attributes: { "sidecar.trace.tail": true } });
    expect(serverOf(spans).links).toEqual([{ traceId: "c".repeat(32), spanId: "d".repeat(16) }]);
    expect(serverOf(spans).traceId).not.toBe("c".repeat(32));
    await delay(200);
    const { body } = await sidecar.admin("/metrics");
    expect(body).toMatch(/feast_sidecar_trace_spans_sent_total [1-9]/);
  });
});
