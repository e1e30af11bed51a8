/** All that the status page and `top` show, at one moment, as plain data. No features, no entity keys. */
import type { CacheFigures } from "../../model/cache-figures.ts";
import type { NodeFigures, StoreFigures, StoreState } from "../../model/feature-store.ts";
import type { CallFigures } from "./call-watch.ts";

export interface StatusSnapshot {
  readonly version: string;
  readonly uptimeSeconds: number;
  /** What stands between this process and being ready, "" = it is. */
  readonly notReady: string;
  readonly sliceMs: number;
  readonly calls: CallFigures;
  readonly admission: { readonly inFlight: number; readonly limit: number };
  /** Since the last good read of the registry; absent = never read. */
  readonly registryAgeSeconds?: number | undefined;
  readonly storeState: StoreState;
  /** Absent: the store has no nodes. */
  readonly nodes?: readonly NodeFigures[] | undefined;
  /** Nodes that are left out because there are so many. */
  readonly nodesLeftOut: number;
  /** Absent: there is none. */
  readonly cache?: CacheStatus | undefined;
  /** Why nothing is cached, "" = rows are. */
  readonly cacheOffReason: string;
}

/** Rows, as in {@link CacheFigures}. */
export interface CacheStatus {
  readonly hits: number;
  readonly misses: number;
  /** Since somebody looks, at most a minute; absent = nothing was asked for since. */
  readonly recentHitRate?: number | undefined;
  readonly rows: number;
  readonly bytes: number;
  readonly maxBytes: number;
  readonly views: readonly { readonly view: string; readonly hits: number; readonly misses: number }[];
}

export interface StatusParts {
  readonly version: string;
  readonly sliceMs: number;
  readonly cacheMaxBytes: number;
  readonly calls: () => CallFigures;
  readonly notReady: () => string;
  readonly admission: () => StatusSnapshot["admission"];
  readonly registryAgeSeconds: () => number | undefined;
  readonly storeState: () => StoreState;
  readonly storeFigures: () => StoreFigures | undefined;
  readonly cacheFigures: () => CacheFigures | undefined;
  /** @param store what {@link storeFigures} gave */
  readonly cacheOffReason: (store: StoreFigures | undefined) => string;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

const MOST_NODES = 64;
const MOST_VIEWS = 12;
const RECENT_MS = 60_000;

/** @returns what makes a snapshot; costs something like a scrape, so it is for whoever looks */
export function createStatus(parts: StatusParts): () => StatusSnapshot {
  const startMs = parts.now();
  const seen: { readonly atMs: number; readonly hits: number; readonly misses: number }[] = [];
  const recentHitRate = ({ hits, misses }: CacheFigures, nowMs: number): number | undefined => {
    while (seen[0] !== undefined && nowMs - seen[0].atMs > RECENT_MS) seen.shift();
    seen.push({ atMs: nowMs, hits, misses });
    const [first] = seen as [(typeof seen)[number]];
    const asked = hits - first.hits + misses - first.misses;
    return asked === 0 ? undefined : (hits - first.hits) / asked;
  };
  return () => {
    const nowMs = parts.now();
    const store = parts.storeFigures();
    const nodes = store?.nodes;
    const cache = parts.cacheFigures();
    return {
      version: parts.version,
      uptimeSeconds: (nowMs - startMs) / 1000,
      notReady: parts.notReady(),
      sliceMs: parts.sliceMs,
      calls: parts.calls(),
      admission: parts.admission(),
      registryAgeSeconds: parts.registryAgeSeconds(),
      storeState: parts.storeState(),
      nodes: nodes?.slice(0, MOST_NODES),
      nodesLeftOut: Math.max(0, (nodes?.length ?? 0) - MOST_NODES),
      cache: cache && {
        hits: cache.hits,
        misses: cache.misses,
        recentHitRate: recentHitRate(cache, nowMs),
        rows: cache.rows,
        bytes: cache.bytes,
        maxBytes: parts.cacheMaxBytes,
        views: cache.views
          .map(({ view, hits, misses }) => ({ view, hits, misses }))
          .sort((one, other) => other.hits + other.misses - one.hits - one.misses)
          .slice(0, MOST_VIEWS),
      },
      cacheOffReason: parts.cacheOffReason(store),
    };
  };
}
