/** What the sidecar says of its cache, read from /metrics: that most rows came out of it, without which a run would prove nothing. */
import type { TestSidecar } from "../helpers/start-sidecar.ts";

const PREFIX = "feast_sidecar_cache_";
const NAMES = [
  ...["hits", "misses", "negative_hits", "swr_hits", "stale", "coalesced", "suspect", "filled", "invalidated"],
  ...["evicted", "storms"],
] as const;

export type CacheCounts = Readonly<Record<(typeof NAMES)[number], number>>;

export async function readCacheCounts(sidecar: TestSidecar): Promise<CacheCounts> {
  const { body } = await sidecar.admin("/metrics");
  const counts = Object.fromEntries(NAMES.map((name) => [name, 0])) as Record<(typeof NAMES)[number], number>;
  for (const line of body.split("\n")) {
    const [, name = "", value] = /^(\w+)(?:\{.*\})? (\S+)$/.exec(line) ?? [];
    const known = NAMES.find((each) => name === `${PREFIX}${each}_total`);
    if (known !== undefined) counts[known] += Number(value);
  }
  return counts;
}

export function difference(after: CacheCounts, before: CacheCounts): CacheCounts {
  return Object.fromEntries(NAMES.map((name) => [name, after[name] - before[name]])) as CacheCounts;
}
