/** The cache's counts as lines of /metrics. */
import { describe, expect, it } from "vitest";
import type { CacheFigures } from "../../../src/model/cache-figures.ts";
import { createMetrics } from "../../../src/telemetry/metrics.ts";

const FIGURES: CacheFigures = {
  requests: { hits: 1, partial: 2, misses: 3 },
  hits: 30,
  misses: 40,
  negativeHits: 4,
  swrHits: 5,
  stale: 6,
  coalesced: 7,
  suspect: 8,
  disabled: 9,
  filled: 10,
  refused: { changed: 11, lag: 12, feed: 13, storm: 14, signal: 15, older: 16, ttl: 17, size: 18 },
  invalidated: 19,
  evicted: 20,
  keyChanges: 21,
  reloadsFailed: 22,
  storms: 23,
  isStorm: true,
  rows: 24,
  keys: 25,
  bytes: 26,
  views: [
    { view: "v", hits: 27, misses: 28 },
    { view: 'o"dd', hits: 3, misses: 12 },
  ],
  signals: { views: [{ view: "v", count: 29, quietMs: 1500 }], unknown: 30, foreignKeys: 31 },
  shadow: { same: [0, 32, 0, 0, 0, 0, 0, 0], different: [0, 0, 0, 0, 0, 0, 0, 33], unsure: 34 },
};

async function lines(figures: CacheFigures | undefined, cacheOffReason?: () => string): Promise<string[]> {
  const { render } = createMetrics({
    registryAgeSeconds: () => 1,
    cacheFigures: () => figures,
    ...(cacheOffReason && { cacheOffReason }),
    processMetrics: false,
  });
  const all = (await render()).body.split("\n");
  return all.filter((line) => /^feast_sidecar_(cache|freshness)_/.test(line));
}

describe("metrics of the cache", () => {
  it("show every count as it is at the scrape", async () => {
    expect(await lines(FIGURES, () => "")).toEqual([
      'feast_sidecar_cache_enabled{reason=""} 1',
      'feast_sidecar_cache_requests_total{outcome="hit"} 1',
      'feast_sidecar_cache_requests_total{outcome="partial"} 2',
      'feast_sidecar_cache_requests_total{outcome="miss"} 3',
      'feast_sidecar_cache_hits_total{view="v"} 27',
      'feast_sidecar_cache_hits_total{view="o\\"dd"} 3',
      'feast_sidecar_cache_misses_total{view="v"} 28',
      'feast_sidecar_cache_misses_total{view="o\\"dd"} 12',
      "feast_sidecar_cache_negative_hits_total 4",
      "feast_sidecar_cache_swr_hits_total 5",
      "feast_sidecar_cache_stale_total 6",
      "feast_sidecar_cache_coalesced_total 7",
      "feast_sidecar_cache_suspect_total 8",
      "feast_sidecar_cache_disabled_total 9",
      "feast_sidecar_cache_filled_total 10",
      'feast_sidecar_cache_refused_total{reason="changed"} 11',
      'feast_sidecar_cache_refused_total{reason="lag"} 12',
      'feast_sidecar_cache_refused_total{reason="feed"} 13',
      'feast_sidecar_cache_refused_total{reason="storm"} 14',
      'feast_sidecar_cache_refused_total{reason="signal"} 15',
      'feast_sidecar_cache_refused_total{reason="older"} 16',
      'feast_sidecar_cache_refused_total{reason="ttl"} 17',
      'feast_sidecar_cache_refused_total{reason="size"} 18',
      "feast_sidecar_cache_invalidated_total 19",
      "feast_sidecar_cache_evicted_total 20",
      "feast_sidecar_cache_reloads_failed_total 22",
      "feast_sidecar_cache_storms_total 23",
      "feast_sidecar_cache_storm 1",
      "feast_sidecar_cache_rows 24",
      "feast_sidecar_cache_keys 25",
      "feast_sidecar_cache_bytes 26",
      'feast_sidecar_cache_shadow_rows_total{outcome="same",age="0.1"} 32',
      'feast_sidecar_cache_shadow_rows_total{outcome="different",age="+Inf"} 33',
      'feast_sidecar_cache_shadow_rows_total{outcome="unsure",age="+Inf"} 34',
      'feast_sidecar_freshness_signals_total{view="v"} 29',
      'feast_sidecar_freshness_quiet_seconds{view="v"} 1.5',
      'feast_sidecar_freshness_unknown_total{reason="view"} 30',
      'feast_sidecar_freshness_unknown_total{reason="project"} 31',
    ]);
  });

  it("say why nothing is kept", async () => {
    expect(await lines(undefined, () => "store")).toEqual(['feast_sidecar_cache_enabled{reason="store"} 0']);
    expect(await lines(undefined)).toEqual([]);
  });
});
