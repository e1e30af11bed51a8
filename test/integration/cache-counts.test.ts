/** What the cache counts, over the live server and a real Redis: exactly what the test did. */
import { describe, expect, it } from "vitest";
import { askGrpc, askHttp, TRIPS } from "../helpers/ask-sidecar.ts";
import type { TestSidecar } from "../helpers/start-sidecar.ts";
import { useSidecars } from "../helpers/use-sidecars.ts";
import { driverKeyHex } from "../unit/store/lookup-fixture.ts";
import { useGoldenRedis } from "./golden-redis.ts";

const { start } = useSidecars();
const redis = useGoldenRedis();

const DRIVER_1 = Buffer.concat([Buffer.from(driverKeyHex(1), "hex"), Buffer.from("demo")]);
const FIELD_OF_NOBODY = "_ts:nobody";

/** The cache's counters: name, without prefix and with labels, → value; those at 0 left out. */
async function counts(sidecar: TestSidecar): Promise<Record<string, number>> {
  const text = (await sidecar.admin("/metrics")).body;
  const lines = [...text.matchAll(/^feast_sidecar_(cache_\S+|freshness_\S+_total\S*) (\S+)$/gm)];
  const gauges = /^cache_(bytes|enabled|storm)\b/;
  const kept = lines.filter(([, name = "", value]) => value !== "0" && !gauges.test(name));
  return Object.fromEntries(
    kept.map(([, name = "", value]) => [name.replace(/_total|,age="[^"]*"/g, ""), Number(value)]),
  );
}

/** Waits for a count. @throws Error with all counts after 5 s */
async function untilCount(sidecar: TestSidecar, name: string, value: number): Promise<void> {
  const end = performance.now() + 5_000;
  for (;;) {
    const seen = await counts(sidecar);
    if (seen[name] === value) return;
    if (performance.now() > end) throw new Error(`${name} is not ${value}: ${JSON.stringify(seen)}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const startCached = (cache: string, more = ""): Promise<TestSidecar> =>
  start({ golden: "redis", redisPort: redis.port, sidecar: `{cache: {negative_ttl: 1h, ${cache}}${more}}` });

async function asks(sidecar: TestSidecar, metadata: Record<string, string> = {}): Promise<void> {
  const answer = await askGrpc(sidecar.address, "feast.serving.ServingService", undefined, metadata);
  expect(answer.values).toEqual(TRIPS);
}

describe("counts", () => {
  it("of hits, misses, rows that do not exist, and changes", async () => {
    const sidecar = await startCached("ttl: 1h");
    expect(await counts(sidecar)).toEqual({});
    await asks(sidecar);
    const filled = { cache_filled: 3, cache_rows: 3, cache_keys: 3 };
    const missed = { 'cache_requests{outcome="miss"}': 1, 'cache_misses{view="driver_stats"}': 3 };
    expect(await counts(sidecar)).toEqual({ ...missed, ...filled });
    await asks(sidecar);
    expect((await askHttp(sidecar.url)).values).toEqual(TRIPS);
    const hit = {
      'cache_requests{outcome="hit"}': 2,
      'cache_hits{view="driver_stats"}': 6,
      cache_negative_hits: 2,
    };
    expect(await counts(sidecar)).toEqual({ ...missed, ...hit, ...filled });
    await redis.client.hset(DRIVER_1, FIELD_OF_NOBODY, "t");
    await untilCount(sidecar, "cache_invalidated", 1);
    await asks(sidecar);
    expect(await counts(sidecar)).toEqual({
      'cache_requests{outcome="miss"}': 1,
      'cache_requests{outcome="partial"}': 1,
      'cache_requests{outcome="hit"}': 2,
      'cache_misses{view="driver_stats"}': 4,
      'cache_hits{view="driver_stats"}': 8,
      cache_negative_hits: 3,
      cache_invalidated: 1,
      cache_filled: 4,
      cache_rows: 3,
      cache_keys: 3,
    });
  });

  it("of rows deleted, expired and flushed", async () => {
    const sidecar = await startCached("ttl: 1h");
    await asks(sidecar);
    await redis.client.del(DRIVER_1);
    await untilCount(sidecar, "cache_invalidated", 1);
    expect((await askHttp(sidecar.url)).values).toEqual([null, 20, null]);
    await redis.client.hset(DRIVER_1, FIELD_OF_NOBODY, "t");
    await untilCount(sidecar, "cache_invalidated", 2);
    expect((await askHttp(sidecar.url)).values).toEqual([null, 20, null]);
    await redis.client.pexpire(DRIVER_1, 30);
    // Set, and gone: the second time there is nothing of it to drop unless it was read in between.
    await untilCount(sidecar, "cache_invalidated", 3);
    await redis.client.flushall();
    await untilCount(sidecar, "cache_rows", undefined as unknown as number);
    expect((await askHttp(sidecar.url)).values).toEqual([null, null, null]);
    expect(await counts(sidecar)).toMatchObject({ cache_invalidated: 5, cache_rows: 3 });
  });

  it("of requests for the same key at the same time", async () => {
    const sidecar = await startCached("ttl: 1h");
    await redis.client.call("CLIENT", "PAUSE", "150", "ALL");
    await Promise.all(Array.from({ length: 10 }, () => asks(sidecar)));
    expect(await counts(sidecar)).toEqual({
      'cache_requests{outcome="miss"}': 10,
      'cache_misses{view="driver_stats"}': 30,
      cache_coalesced: 27,
      cache_filled: 3,
      cache_rows: 3,
      cache_keys: 3,
    });
    expect((await sidecar.admin("/metrics")).body).toContain('feast_sidecar_store_reads_total{outcome="ok"} 1\n');
  });

  it("of rows whose changes may have gone unnoticed: their connection was lost", async () => {
    const sidecar = await startCached("ttl: 1h");
    await asks(sidecar);
    await redis.client.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
    await new Promise((resolve) => setTimeout(resolve, 300));
    await asks(sidecar);
    expect(await counts(sidecar)).toMatchObject({
      'cache_requests{outcome="miss"}': 2,
      'cache_misses{view="driver_stats"}': 6,
      cache_suspect: 3,
    });
  });

  it("of freshness signals, and rows read too soon after them", async () => {
    const sidecar = await startCached("ttl: 1h", ", freshness: {channel: news}, redis: {max_lag: 400ms}");
    await asks(sidecar);
    await redis.client.publish("news", '{"view":"driver_stats"}');
    await untilCount(sidecar, "cache_invalidated", 3);
    await asks(sidecar);
    await redis.client.publish("news", '{"view":"nobody"}');
    await redis.client.publish("news", "no json");
    await untilCount(sidecar, 'freshness_unknown{reason="view"}', 1);
    await untilCount(sidecar, 'freshness_messages{outcome="refused"}', 1);
    expect(await counts(sidecar)).toEqual({
      'cache_requests{outcome="miss"}': 2,
      'cache_misses{view="driver_stats"}': 6,
      cache_filled: 3,
      'cache_refused{reason="signal"}': 3,
      cache_invalidated: 3,
      // Of a whole view: let go when they are come across.
      cache_keys: 3,
      'freshness_signals{view="driver_stats"}': 1,
      'freshness_unknown{reason="view"}': 1,
      'freshness_messages{outcome="accepted"}': 2,
      'freshness_messages{outcome="refused"}': 1,
    });
    await new Promise((resolve) => setTimeout(resolve, 450));
    await asks(sidecar);
    await asks(sidecar);
    expect(await counts(sidecar)).toMatchObject({ cache_filled: 6, 'cache_hits{view="driver_stats"}': 3 });
  });

  it("of views that are not cached, and of calls that go past it", async () => {
    const sidecar = await startCached("views: {driver_stats: {policy: disabled}}");
    await asks(sidecar);
    expect(await counts(sidecar)).toEqual({ 'cache_requests{outcome="miss"}': 1, cache_disabled: 3 });
    for (const priority of ["batch", "shadow"]) {
      await asks(sidecar, { "feast-sidecar-priority": priority });
      expect((await askHttp(sidecar.url, undefined, { "feast-sidecar-priority": priority })).values).toEqual(TRIPS);
    }
    expect(await counts(sidecar)).toEqual({ 'cache_requests{outcome="miss"}': 1, cache_disabled: 3 });
  });

  it("of rows past their ttl that are shown while they are read anew", async () => {
    const sidecar = await startCached("policy: swr, ttl: 100ms, jitter: 0, negative_ttl: 100ms");
    await asks(sidecar);
    await new Promise((resolve) => setTimeout(resolve, 150));
    await asks(sidecar);
    // Driver 3 does not exist: its row is read anew at once.
    await untilCount(sidecar, "cache_filled", 6);
    expect(await counts(sidecar)).toMatchObject({
      'cache_requests{outcome="partial"}': 1,
      'cache_hits{view="driver_stats"}': 2,
      cache_swr_hits: 2,
    });
  });

  it("of what a cache would have said, in shadow mode", async () => {
    const sidecar = await startCached("mode: shadow, ttl: 1h");
    await asks(sidecar);
    await asks(sidecar);
    expect(await counts(sidecar)).toEqual({
      'cache_requests{outcome="miss"}': 1,
      'cache_requests{outcome="hit"}': 1,
      'cache_misses{view="driver_stats"}': 3,
      'cache_hits{view="driver_stats"}': 3,
      cache_negative_hits: 1,
      cache_filled: 3,
      cache_rows: 3,
      cache_keys: 3,
      'cache_shadow_rows{outcome="same"}': 3,
    });
    expect((await sidecar.admin("/metrics")).body).toContain('feast_sidecar_store_reads_total{outcome="ok"} 2\n');
  });
});

describe("a cache that cannot be told of changes", () => {
  it("keeps nothing, and says why", async () => {
    await redis.client.call("ACL", "SETUSER", "default", "-client|tracking");
    try {
      const sidecar = await start({ golden: "redis", redisPort: redis.port });
      await asks(sidecar);
      await asks(sidecar);
      const text = (await sidecar.admin("/metrics")).body;
      expect(text).toContain('feast_sidecar_cache_enabled{reason="refused"} 0\n');
      expect(text).toMatch(/^feast_sidecar_redis_node_tracking\{node="127.0.0.1:\d+",reason="refused"\} 0$/m);
      expect(await counts(sidecar)).toEqual({
        'cache_requests{outcome="miss"}': 2,
        'cache_misses{view="driver_stats"}': 6,
        'cache_refused{reason="feed"}': 6,
      });
      expect(sidecar.events("store_part_failed")[0]).toMatchObject({
        reason: expect.stringContaining("does not tell what changes"),
      });
      const named = await start({ golden: "redis", redisPort: redis.port, sidecar: "{cache: {ttl: 60s}}" });
      await asks(named);
      await asks(named);
      expect((await named.admin("/metrics")).body).toContain('feast_sidecar_cache_enabled{reason=""} 1\n');
      expect(await counts(named)).toMatchObject({ 'cache_hits{view="driver_stats"}': 3 });
    } finally {
      await redis.client.call("ACL", "SETUSER", "default", "+client|tracking");
    }
  });

  it("is none over SQLite, unless a ttl is written", async () => {
    const sidecar = await start({ golden: "sqlite" });
    await asks(sidecar);
    expect(await counts(sidecar)).toEqual({});
    expect((await sidecar.admin("/metrics")).body).toContain('feast_sidecar_cache_enabled{reason="store"} 0\n');
    expect(sidecar.events("cache_off")).toHaveLength(1);
    const named = await start({ golden: "sqlite", sidecar: "{cache: {ttl: 60s, views: {nobody: {ttl: 1s}}}}" });
    await asks(named);
    await asks(named);
    expect(await counts(named)).toMatchObject({ 'cache_hits{view="driver_stats"}': 3, cache_negative_hits: 1 });
    expect(named.events("unknown_view")).toMatchObject([{ view: "nobody", option: "sidecar.cache.views" }]);
  });
});
