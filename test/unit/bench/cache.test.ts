/** What bench/cache.ts makes of /metrics, and its page. */
import { describe, expect, it } from "vitest";
import { cachePage } from "../../../bench/report/cache-page.ts";
import { ratiosBetween, readCounters, shareToHold } from "../../../bench/run/cache-cells.ts";
import type { CacheResults, HitCost, RateCell } from "../../../bench/run/cache-results.ts";

const page = (hits: number, misses: number): string => `# HELP feast_sidecar_cache_hits_total rows
feast_sidecar_cache_requests_total{outcome="hit"} ${hits}
feast_sidecar_cache_requests_total{outcome="partial"} 1
feast_sidecar_cache_requests_total{outcome="miss"} ${misses}
feast_sidecar_cache_hits_total{view="a"} ${2 * hits}
feast_sidecar_cache_hits_total{view="b"} ${3 * hits}
feast_sidecar_cache_misses_total{view="a"} ${5 * misses}
feast_sidecar_cache_keys 7
feast_sidecar_cache_bytes 700
`;

describe("the cache's counters", () => {
  it("are summed over their labels, and compared between two moments", () => {
    expect(readCounters(page(4, 2))).toEqual({
      requestHits: 4,
      requests: 7,
      rowHits: 20,
      rows: 30,
      bytes: 700,
      keys: 7,
    });
    expect(ratiosBetween(readCounters(page(4, 2)), readCounters(page(10, 4)))).toEqual({
      perRequest: 6 / 8,
      perRow: 30 / 40,
    });
  });

  it("of a sidecar without a cache are an error", () => {
    expect(() => readCounters("feast_sidecar_requests_total 1\n")).toThrow("the cache is off");
  });
});

describe("what must fit for a hit rate", () => {
  it("is that share of uniform keys, and far less of Zipf's", () => {
    expect(shareToHold("uniform", 1000, 0.5)).toBe(0.5);
    expect(shareToHold("zipf", 1000, 0)).toBe(0);
    const half = shareToHold("zipf", 1000, 0.5);
    expect(half).toBeGreaterThan(0.01);
    expect(half).toBeLessThan(0.1);
    expect(shareToHold("zipf", 1000, 0.99)).toBe(1);
  });
});

describe("the page", () => {
  const cost: HitCost = {
    features: 50,
    hitMicros: 14,
    uncachedMicros: 21,
    echoMicros: 5,
    toUncached: 0.66,
    toEcho: 2.8,
    hitRatio: 1,
  };
  const rate: RateCell = {
    keys: "zipf",
    rows: 10,
    ratePerSecond: 300,
    aim: 0.9,
    perRequest: 0.41,
    perRow: 0.913,
    p50Ms: 0.4,
    p99Ms: 2.5,
    serverMicros: 50,
    redisMicros: 9,
  };
  const machine = { commit: "a", node: "v26", redis: "7", cpu: "c", cores: 2, memoryBytes: 1, date: "2026-11-25" };
  const results: CacheResults = {
    machine,
    rounds: 5,
    latencyRounds: 3,
    bytesPerKey: 2900.4,
    costs: [cost],
    rates: [rate],
  };

  it("says whether the bars were reached", () => {
    expect(cachePage(results)).toContain("uncached call: reached (0.66); at most 3 × the echo: reached (2.80).");
    const slow = { ...results, costs: [{ ...cost, toUncached: 0.91, toEcho: 3.1 }] };
    expect(cachePage(slow)).toContain(
      "uncached call: **not reached** (0.91); at most 3 × the echo: **not reached** (3.10).",
    );
    expect(cachePage({ ...results, costs: [] })).toContain("The cell with a bar was not measured.");
  });

  it("has a line for each rate", () => {
    expect(cachePage(results)).toContain(
      "| zipf | 10 rows, 300/s | sized for 90.0 % | 41.0 % | 91.3 % | 0.40 | 2.50 | 50 | 9 |",
    );
    const none = { ...rate, aim: undefined, perRequest: undefined, perRow: undefined };
    expect(cachePage({ ...results, rates: [none] })).toContain("| none | – | – |");
  });
});
