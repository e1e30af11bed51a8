/** What the cache counted, as metrics: read when somebody scrapes, nothing is counted here. */
import { type CacheFigures, SHADOW_AGE_SECONDS } from "../model/cache-figures.ts";
import type { StoreFigures } from "../model/feature-store.ts";
import { CACHE_METRICS as ROWS } from "./cache-metric-table.ts";
import type { FigureRow } from "./metric-row.ts";
import { figureMetric, type ScrapedMetric, type ScrapedValue } from "./scraped-metric.ts";

export interface CacheMetrics {
  readonly metrics: readonly ScrapedMetric[];
  /** Asks for the figures that all of them show from now on; to be called before each scrape. @param store what the store tells now */
  readonly look: (store: StoreFigures | undefined) => void;
}

/**
 * @param figures undefined = there is no cache, and only `cache_enabled` has a line
 * @param offReason undefined = nobody can say, and that has none either
 */
export function createCacheMetrics(
  figures: () => CacheFigures | undefined,
  offReason: ((store: StoreFigures | undefined) => string) | undefined,
): CacheMetrics {
  let latest: CacheFigures | undefined;
  let reason: string | undefined;
  const lines = (row: FigureRow, of: (now: CacheFigures) => readonly ScrapedValue[]): ScrapedMetric =>
    figureMetric(row, () => (latest === undefined ? [] : of(latest)));
  const one = (row: FigureRow, of: (now: CacheFigures) => number): ScrapedMetric =>
    lines(row, (now) => [{ labels: {}, value: of(now) }]);
  const metrics = [
    figureMetric(ROWS.cacheEnabled, () =>
      reason === undefined ? [] : [{ labels: { reason }, value: Number(reason === "") }],
    ),
    lines(ROWS.cacheRequests, ({ requests: { hits, partial, misses } }) => [
      { labels: { outcome: "hit" }, value: hits },
      { labels: { outcome: "partial" }, value: partial },
      { labels: { outcome: "miss" }, value: misses },
    ]),
    lines(ROWS.cacheHits, ({ views }) => views.map(({ view, hits }) => ({ labels: { view }, value: hits }))),
    lines(ROWS.cacheMisses, ({ views }) => views.map(({ view, misses }) => ({ labels: { view }, value: misses }))),
    one(ROWS.cacheNegativeHits, (now) => now.negativeHits),
    one(ROWS.cacheSwrHits, (now) => now.swrHits),
    one(ROWS.cacheStale, (now) => now.stale),
    one(ROWS.cacheCoalesced, (now) => now.coalesced),
    one(ROWS.cacheSuspect, (now) => now.suspect),
    one(ROWS.cacheDisabled, (now) => now.disabled),
    one(ROWS.cacheFilled, (now) => now.filled),
    lines(ROWS.cacheRefused, ({ refused }) =>
      Object.entries(refused).map(([reason, value]) => ({ labels: { reason }, value })),
    ),
    one(ROWS.cacheInvalidated, (now) => now.invalidated),
    one(ROWS.cacheEvicted, (now) => now.evicted),
    one(ROWS.cacheReloadsFailed, (now) => now.reloadsFailed),
    one(ROWS.cacheStorms, (now) => now.storms),
    one(ROWS.cacheStorm, (now) => Number(now.isStorm)),
    one(ROWS.cacheRows, (now) => now.rows),
    one(ROWS.cacheKeys, (now) => now.keys),
    one(ROWS.cacheBytes, (now) => now.bytes),
    lines(ROWS.cacheShadowRows, shadowLines),
    lines(ROWS.freshnessSignals, ({ signals }) =>
      signals.views.map(({ view, count }) => ({ labels: { view }, value: count })),
    ),
    lines(ROWS.freshnessQuiet, ({ signals }) =>
      signals.views.map(({ view, quietMs }) => ({ labels: { view }, value: quietMs / 1000 })),
    ),
    lines(ROWS.freshnessUnknown, ({ signals }) => [
      { labels: { reason: "view" }, value: signals.unknown },
      { labels: { reason: "project" }, value: signals.foreignKeys },
    ]),
  ];
  return {
    metrics,
    look: (store) => {
      latest = figures();
      reason = offReason?.(store);
    },
  };
}

function shadowLines({ shadow }: CacheFigures): ScrapedValue[] {
  const lines: ScrapedValue[] = [];
  for (const outcome of ["same", "different"] as const) {
    for (const [bucket, value] of shadow[outcome].entries()) {
      const age = String(SHADOW_AGE_SECONDS[bucket] ?? "+Inf");
      if (value > 0) lines.push({ labels: { outcome, age }, value });
    }
  }
  if (shadow.unsure > 0) lines.push({ labels: { outcome: "unsure", age: "+Inf" }, value: shadow.unsure });
  return lines;
}
