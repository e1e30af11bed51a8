/** The budget as callers see it: a real sidecar before a real Redis whose answers a proxy holds back. */
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { freePort } from "../faults/free-port.ts";
import { TcpProxy } from "../faults/tcp-proxy.ts";
import { askGrpc, askHttp, TRIPS_BODY } from "../helpers/ask-sidecar.ts";
import { loadGoldenRedis } from "../helpers/feature-repository.ts";
import { readHops } from "../helpers/read-hops.ts";
import type { TestSidecar } from "../helpers/start-sidecar.ts";
import { useSidecars } from "../helpers/use-sidecars.ts";
import { type RunningRedis, startRedis } from "./store-redis-server.ts";

/** Wide enough that a busy machine keeps it, and far below the delays. */
const SLICE_MS = 300;
const DELAY_MS = 1000;

const sidecars = useSidecars();
let redis: RunningRedis;
let proxy: TcpProxy;

beforeAll(async () => {
  redis = await startRedis(await freePort());
  await loadGoldenRedis(redis.port);
  proxy = new TcpProxy(await freePort(), redis.port);
  await proxy.open();
});
afterAll(async () => {
  await proxy.refuse();
  await redis.stop();
});
// Before the sidecars stop: hooks run last one first.
afterEach(() => proxy.delay(0));

/** @param budget YAML flow text of `sidecar.budget` but for the slice */
function start(budget = "", cache = "mode: disabled"): Promise<TestSidecar> {
  return sidecars.start({
    golden: "redis",
    redisPort: proxy.port,
    sidecar: `{cache: {${cache}}, redis: {node_timeout: 1s}, budget: {slice: ${SLICE_MS}ms, ${budget}}}`,
    env: { FEAST_SIDECAR__BUDGET__SLICE: `${SLICE_MS}ms` },
  });
}

const HEADER = "feast-sidecar-degraded";

async function degraded(
  sidecar: TestSidecar,
  headers: Record<string, string> = {},
  question = TRIPS_BODY,
): Promise<{
  status: number;
  marks: string;
  budget: string;
  body: { results: { values: unknown[]; statuses: string[]; event_timestamps: string[] }[] };
  tookMs: number;
}> {
  const { status, headers: answered, body, tookMs } = await askHttp(sidecar.url, question, headers);
  return {
    status,
    marks: answered.get(HEADER) ?? "",
    budget: answered.get("feast-sidecar-budget") ?? "",
    body: status === 200 ? JSON.parse(body) : { results: [] },
    tookMs,
  };
}

describe("on_late", () => {
  test("error: the call fails at the slice, with a hint to try again, on both surfaces", async () => {
    const sidecar = await start();
    proxy.delay(DELAY_MS);
    const grpc = await askGrpc(sidecar.address);
    expect(grpc.code).toBe(4);
    expect(Number(grpc.pushback)).toBeGreaterThanOrEqual(50);
    expect(grpc.tookMs).toBeLessThan(DELAY_MS);
    const http = await askHttp(sidecar.url);
    expect([http.status, http.retryAfter]).toEqual([504, "1"]);
    expect(http.tookMs).toBeGreaterThan(SLICE_MS - 5);
    expect(http.tookMs).toBeLessThan(DELAY_MS);
  });

  test("the caller's own deadline binds where it is shorter, less the reserve", async () => {
    const sidecar = await start();
    proxy.delay(DELAY_MS);
    const { status, tookMs } = await degraded(sidecar, { "feast-sidecar-timeout-ms": "100" });
    expect(status).toBe(504);
    expect(tookMs).toBeLessThan(SLICE_MS);
  });

  test("batches have their caller's deadline only", async () => {
    const sidecar = await start();
    proxy.delay(SLICE_MS);
    const { status, body } = await degraded(sidecar, { "feast-sidecar-priority": "batch" });
    expect([status, body.results[1]?.values]).toEqual([200, [10, 20, null]]);
  });

  test("default: declared values, PRESENT at time zero, marked", async () => {
    const views = "views: {driver_stats: {on_late: default, defaults: {trips: 7}}}";
    const sidecar = await start(views);
    proxy.delay(DELAY_MS);
    const { status, marks, body } = await degraded(sidecar);
    expect(status).toBe(200);
    expect(marks).toBe("driver_stats=default;reason=deadline;rows=3");
    expect(body.results[1]).toEqual({
      values: [7, 7, 7],
      statuses: ["PRESENT", "PRESENT", "PRESENT"],
      event_timestamps: ["1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"],
    });
    const { body: metrics } = await sidecar.admin("/metrics");
    expect(metrics).toContain('feast_sidecar_degraded_rows_total{policy="default",reason="deadline"} 3');
  });

  test("partial: no values, INVALID, and the same over gRPC", async () => {
    const sidecar = await start("on_late: partial");
    proxy.delay(DELAY_MS);
    const { marks, body } = await degraded(sidecar);
    expect(marks).toBe("driver_stats=partial;reason=deadline;rows=3");
    expect(body.results[1]?.statuses).toEqual(["INVALID", "INVALID", "INVALID"]);
    const grpc = await askGrpc(sidecar.address);
    expect([grpc.code, grpc.values]).toEqual([0, [null, null, null]]);
  });

  test("stale: what the cache has, with its age; what it does not have fails the call", async () => {
    const sidecar = await start("on_late: stale", "ttl: 50ms, negative_ttl: 10ms, stale_for: 1m");
    const before = await degraded(sidecar);
    expect([before.marks, before.body.results[1]?.values]).toEqual(["", [10, 20, null]]);
    await delay(100);
    proxy.delay(DELAY_MS);
    // Driver 3 does not exist: rows that did not are no stale rows.
    expect((await degraded(sidecar)).status).toBe(504);
    const { status, marks, body } = await degraded(sidecar, {}, TRIPS_BODY.replace("3]", "1]"));
    expect(status).toBe(200);
    const mark = /^driver_stats=stale;reason=deadline;rows=3;age_ms=(\d+)$/.exec(marks);
    expect(Number(mark?.[1])).toBeGreaterThanOrEqual(100);
    expect(body.results[1]?.values).toEqual([10, 20, 10]);
    expect((await sidecar.admin("/metrics")).body).toMatch(/feast_sidecar_cache_stale_total 2/);
  });

  test("an outage is told at once, with its own reason", async () => {
    const own = await startRedis(await freePort());
    await loadGoldenRedis(own.port);
    const views = "views: {driver_stats: {on_late: default, defaults: {trips: 7}}}";
    const sidecar = await sidecars.start({
      golden: "redis",
      redisPort: own.port,
      sidecar: `{cache: {mode: disabled}, budget: {${views}}}`,
    });
    await own.stop();
    await delay(300);
    const { marks, tookMs, body } = await degraded(sidecar);
    expect(marks).toBe("driver_stats=default;reason=outage;rows=3");
    expect(body.results[1]?.values).toEqual([7, 7, 7]);
    expect(tookMs).toBeLessThan(100);
  });

  test("a default that does not fit is told at the start, and counts as undeclared", async () => {
    const sidecar = await start(
      "views: {driver_stats: {on_late: default, defaults: {trips: many}}, nobody: {on_late: stale}}",
    );
    expect(sidecar.events("unfit_default")).toMatchObject([{ view: "driver_stats", feature: "trips", reason: "type" }]);
    expect(sidecar.events("unknown_view")).toMatchObject([{ view: "nobody", option: "sidecar.budget.views" }]);
    expect((await sidecar.admin("/metrics")).body).toContain("feast_sidecar_unfit_defaults 1");
    proxy.delay(DELAY_MS);
    expect((await degraded(sidecar)).status).toBe(504);
  });
});

describe("the ledger", () => {
  test("goes with answers whose caller asks, and adds up", async () => {
    const sidecar = await start();
    await degraded(sidecar);
    expect((await degraded(sidecar)).budget).toBe("");
    const { budget } = await degraded(sidecar, { "feast-sidecar-debug": "1" });
    const hops = readHops(budget);
    expect(Object.keys(hops)).toEqual([
      "loop",
      "admission",
      "plan",
      "cache",
      "wait",
      "redis",
      "assemble",
      "sum",
      "left",
    ]);
    const { sum, left, ...rest } = hops;
    expect(Object.values(rest).reduce((all, us) => all + us, 0)).toBe(sum);
    expect(hops["redis"]).toBeGreaterThan(0);
    expect(left).toBeLessThan(SLICE_MS * 1000);
    expect(left! + sum!).toBeGreaterThan(SLICE_MS * 1000 - 2);
    expect(left! + sum!).toBeLessThan(SLICE_MS * 1000 + 2);
  });

  test("goes with answers that took more than half of the slice, and into the log, where write and other complete it", async () => {
    const sidecar = await start();
    proxy.delay(SLICE_MS * 0.35);
    const { status, budget } = await degraded(sidecar);
    expect(status).toBe(200);
    expect(readHops(budget)["redis"]).toBeGreaterThan(SLICE_MS * 600);
    const grpc = await askGrpc(sidecar.address);
    expect(grpc.code).toBe(0);
    await delay(50);
    const [line] = sidecar.events("slow_call") as unknown as { totalUs: number; hopsUs: Record<string, number> }[];
    expect(Object.values(line!.hopsUs).reduce((all, us) => all + us, 0)).toBe(line!.totalUs);
    expect(line!.hopsUs["other"]).toBeLessThanOrEqual(0.05 * line!.totalUs);
    expect(line!.hopsUs["redis"]).toBeGreaterThan(SLICE_MS * 600);
  });
});

test.each(["0", "0.001", "99999999", ""])(
  "a deadline of %s ms is kept or refused, nothing hangs",
  async (timeoutMs) => {
    const sidecar = await start();
    const { status, tookMs } = await degraded(
      sidecar,
      timeoutMs === "" ? {} : { "feast-sidecar-timeout-ms": timeoutMs },
    );
    expect(status).toBe(timeoutMs.startsWith("0") ? 504 : 200);
    expect(tookMs).toBeLessThan(1000);
  },
);

test("a request cut off before it is complete costs no read", async () => {
  const sidecar = await start();
  const probe = new Redis({ port: redis.port, host: "127.0.0.1", disableClientInfo: true });
  const before = Number(/cmdstat_hmget:calls=(\d+)/.exec(await probe.info("commandstats"))?.[1] ?? 0);
  for (let caller = 0; caller < 200; caller += 1) {
    const socket = connect(Number(new URL(sidecar.url).port), "127.0.0.1");
    socket.on("error", () => {});
    socket.write("POST /get-online-features HTTP/1.1\r\nhost: x\r\ncontent-length: 70\r\n\r\n{");
    await delay(1);
    socket.destroy();
  }
  await delay(200);
  const after = Number(/cmdstat_hmget:calls=(\d+)/.exec(await probe.info("commandstats"))?.[1] ?? 0);
  probe.disconnect();
  expect(after - before).toBe(0);
});
