/** Puts the row cache before a store, and says why there is none. */
import { CachedReads } from "./cache/cached-reads.ts";
import type { LoadRows } from "./cache/loader.ts";
import { type CachePolicy, type CacheSettings, hasNamedTtl } from "./model/cache-settings.ts";
import type { FeatureStore, StoreFigures } from "./model/feature-store.ts";
import type { RegistrySnapshot } from "./model/snapshot.ts";
import { storedView } from "./model/stored-view.ts";
import { outcomeOf, type ReadOutcome } from "./serve.ts";

export interface CacheParts {
  readonly settings: CacheSettings;
  readonly store: FeatureStore;
  readonly snapshot: () => RegistrySnapshot | undefined;
  /** The registry in use has something that is stored under this name. */
  readonly knowsView: (name: string) => boolean;
  readonly project: string;
  readonly entityKeyVersion: number;
  /** `redis.max_lag`; without effect for other stores. */
  readonly maxLagMs: number;
  /** Told how each read of the store for the cache ended. */
  readonly onRead: (outcome: ReadOutcome) => void;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** In [0, 1). */
  readonly random: () => number;
}

/**
 * A cache that the store tells of changes, from its start on.
 * @returns undefined when it is switched off, or could never keep a row: the store tells nothing, and no ttl was written
 */
export function openCache(parts: CacheParts): CachedReads | undefined {
  const { settings, store } = parts;
  if (settings.mode === "disabled" || (store.watch === undefined && !hasNamedTtl(settings))) return undefined;
  const cache = cacheOver(parts, settings, store.watch !== undefined, (lookups, deadlineMs, isCached, caller) => {
    const read = store.read(lookups, deadlineMs, isCached, caller);
    read.then(
      () => parts.onRead("ok"),
      (error) => parts.onRead(outcomeOf(error)),
    );
    return read;
  });
  store.watch?.(cache.changes);
  return cache;
}

/**
 * Two caches for the warm-up's reads, which nobody counts and no node is asked to remember: one in which every row is past its ttl at
 * once, one in which it stays.
 */
export function warmUpCaches(parts: CacheParts): readonly CachedReads[] {
  const { settings, store } = parts;
  return [0.001, 60_000].map((negativeTtlMs) => {
    const policy: CachePolicy = { ...settings.policy, policy: "ttl", isTtlNamed: true, negativeTtlMs };
    const own: CacheSettings = { ...settings, mode: "live", policy, views: new Map() };
    return cacheOver(parts, own, false, (lookups, deadlineMs) => store.read(lookups, deadlineMs, false));
  });
}

/**
 * Why nothing is kept, "" = rows are kept: `configured`, `store` = it tells no changes, else why no node tells any.
 * @param knowsView of the names in the settings only those count
 */
export function cacheOffReason(
  settings: CacheSettings,
  store: FeatureStore,
  figures: StoreFigures | undefined,
  knowsView: (name: string) => boolean,
): string {
  const views = new Map([...settings.views].filter(([name]) => knowsView(name)));
  const isOff = (policy: CachePolicy["policy"]): boolean => policy === "disabled";
  const someView = [...views.values()].some((own) => !isOff(own.policy ?? settings.policy.policy));
  if (settings.mode === "disabled" || (isOff(settings.policy.policy) && !someView)) return "configured";
  if (hasNamedTtl({ ...settings, views })) return "";
  if (store.watch === undefined) return "store";
  const nodes = figures?.nodes ?? [];
  if (nodes.some(({ tracking }) => tracking?.isOn)) return "";
  return nodes.find(({ tracking }) => tracking !== undefined)?.tracking?.reason ?? "asked";
}

function cacheOver(parts: CacheParts, settings: CacheSettings, tellsChanges: boolean, load: LoadRows): CachedReads {
  const { snapshot, knowsView, project, entityKeyVersion, maxLagMs, now, random } = parts;
  return new CachedReads(load, {
    settings,
    tellsChanges,
    maxLagMs,
    projectBytes: Buffer.from(project, "utf8"),
    entityKeyVersion,
    viewTtlMs: (storageName) => {
      const current = snapshot();
      return current === undefined ? 0 : (storedView(current, storageName)?.ttlSeconds ?? 0) * 1000;
    },
    knowsView,
    now,
    random,
  });
}
