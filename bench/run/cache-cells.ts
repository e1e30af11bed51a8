/** What bench/cache.ts measures: cells whose rows all hit, and cells of a given hit rate. Pure. */
import type { KeyDistribution } from "../load/key-picker.ts";

/** As createKeyPicker's. */
const ZIPF_EXPONENT = 0.99;
/** A cache that gives way to what was not used does not hold exactly the most asked-for keys. */
const ZIPF_SPARE = 1.3;

/** Part of all entities that must fit for so many of the rows to be hits. @param hitRate 0–1 */
export function shareToHold(keys: KeyDistribution, entities: number, hitRate: number): number {
  if (keys === "uniform" || hitRate === 0) return hitRate;
  let sum = 0;
  for (let rank = 1; rank <= entities; rank += 1) sum += 1 / rank ** ZIPF_EXPONENT;
  let seen = 0;
  let rank = 0;
  while (seen < hitRate * sum && rank < entities) {
    rank += 1;
    seen += 1 / rank ** ZIPF_EXPONENT;
  }
  return Math.min(1, (ZIPF_SPARE * rank) / entities);
}

/** The cache's counters at one moment. */
export interface CacheCounters {
  readonly requestHits: number;
  readonly requests: number;
  readonly rowHits: number;
  readonly rows: number;
  readonly bytes: number;
  readonly keys: number;
}

/** @param text of /metrics @throws Error when there is no cache */
export function readCounters(text: string): CacheCounters {
  const sum = (name: string): number => {
    const found = [...text.matchAll(new RegExp(`^feast_sidecar_cache_${name}(?:\\{[^}]*\\})? (\\S+)$`, "gm"))];
    if (found.length === 0) throw new Error(`/metrics has no feast_sidecar_cache_${name}: the cache is off`);
    return found.reduce((total, [, value]) => total + Number(value), 0);
  };
  const requestHits = Number(/^feast_sidecar_cache_requests_total\{outcome="hit"\} (\S+)$/m.exec(text)?.[1] ?? 0);
  const rowHits = sum("hits_total");
  return {
    requestHits,
    requests: sum("requests_total"),
    rowHits,
    rows: rowHits + sum("misses_total"),
    bytes: sum("bytes"),
    keys: sum("keys"),
  };
}

/** Hit ratios between two moments. */
export function ratiosBetween(before: CacheCounters, after: CacheCounters): { perRequest: number; perRow: number } {
  return {
    perRequest: (after.requestHits - before.requestHits) / (after.requests - before.requests),
    perRow: (after.rowHits - before.rowHits) / (after.rows - before.rows),
  };
}
