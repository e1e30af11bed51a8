/** When there is a cache, and what is said when there is none. */
import { describe, expect, it } from "vitest";
import type { CacheSettings } from "../../../src/model/cache-settings.ts";
import type { FeatureStore, NodeFigures, StoreFigures, TrackingReason } from "../../../src/model/feature-store.ts";
import type { Lookup } from "../../../src/model/lookup.ts";
import type { StoreChanges } from "../../../src/model/store-changes.ts";
import { isStorageName } from "../../../src/model/stored-view.ts";
import { cacheOffReason, openCache, warmUpCaches } from "../../../src/open-cache.ts";
import type { ReadOutcome } from "../../../src/serve.ts";
import { snapshot } from "../plan/fixture.ts";
import { ask, CacheKit, POLICY } from "./cache-kit.ts";

const SETTINGS: CacheSettings = {
  mode: "live",
  maxBytes: 1_000_000,
  policy: POLICY,
  jitter: 0,
  tenantKey: "",
  tenantMaxShare: 0.5,
  views: new Map(),
};
const NAMED: CacheSettings = { ...SETTINGS, policy: { ...POLICY, isTtlNamed: true } };
const ONE = ask("k1", "driver_stats:a");

/** A store with what a cache asks of it; rows come from a CacheKit. */
class FakeStore {
  readonly type = "fake";
  readonly absentCells = "null";
  readonly readsVersions = true;
  watched: StoreChanges | undefined;
  reads: boolean[] = [];
  fails: Error | undefined;
  readonly kit = new CacheKit();
  watch?: (changes: StoreChanges) => void;

  constructor(tells: boolean) {
    if (!tells) return;
    this.watch = (changes) => {
      this.watched = changes;
    };
  }

  read(lookups: readonly Lookup[], _deadlineMs: number, isCached = false) {
    this.reads.push(isCached);
    return this.fails === undefined ? Promise.resolve(this.kit.blocks(lookups)) : Promise.reject(this.fails);
  }
}

function open(store: FakeStore, settings: CacheSettings) {
  const outcomes: ReadOutcome[] = [];
  let nowMs = 0;
  const parts = {
    settings,
    store: store as unknown as FeatureStore,
    snapshot: () => snapshot,
    knowsView: (name: string) => isStorageName(snapshot, name),
    project: "shop",
    entityKeyVersion: 3,
    maxLagMs: 0,
    onRead: (outcome: ReadOutcome) => outcomes.push(outcome),
    now: () => {
      nowMs += 1;
      return nowMs;
    },
    random: () => 0,
  };
  return { cache: openCache(parts), outcomes, parts };
}

describe("a cache", () => {
  it("is told of changes, and tells how its reads ended", async () => {
    const store = new FakeStore(true);
    const { cache, outcomes } = open(store, SETTINGS);
    expect(store.watched).toBe(cache?.changes);
    await cache?.read([ONE], Number.POSITIVE_INFINITY);
    store.fails = new Error("no");
    await expect(cache?.read([ask("k2", "driver_stats:a")], Number.POSITIVE_INFINITY)).rejects.toThrow("no");
    expect(outcomes).toEqual(["ok", "INTERNAL"]);
    expect(store.reads).toEqual([true, true]);
    expect(cache?.figures()).toMatchObject({ filled: 1, misses: 2, requests: { hits: 0, misses: 2 } });
  });

  it("is none when it is switched off, and when it could never keep a row", () => {
    expect(open(new FakeStore(true), { ...NAMED, mode: "disabled" }).cache).toBeUndefined();
    expect(open(new FakeStore(false), SETTINGS).cache).toBeUndefined();
    expect(open(new FakeStore(false), NAMED).cache).toBeDefined();
    const oneView = { ...SETTINGS, views: new Map([["driver_stats", { ttlMs: 5, isTtlNamed: true }]]) };
    expect(open(new FakeStore(false), oneView).cache).toBeDefined();
  });

  it("takes a view's ttl as a ceiling and drops what is signalled for views of the registry only", async () => {
    const store = new FakeStore(true);
    const { cache } = open(store, SETTINGS);
    await cache?.read([ONE], Number.POSITIVE_INFINITY);
    cache?.changes.viewChanged("nobody", undefined);
    expect(cache?.figures()).toMatchObject({ rows: 1, signals: { unknown: 1 } });
    cache?.changes.viewChanged("driver_stats", undefined);
    expect(cache?.figures()).toMatchObject({ rows: 0, invalidated: 1 });
  });

  it("for the warm-up counts nothing and has no node remember its keys: one misses each time, one hits", async () => {
    const store = new FakeStore(true);
    store.kit.absent.add("k1/driver_stats");
    const { parts, outcomes } = open(store, SETTINGS);
    const [missing, hitting] = warmUpCaches(parts);
    for (const cache of [missing, hitting]) await cache?.read([ONE], Number.POSITIVE_INFINITY);
    expect(missing?.readNow([ONE], parts.now())).toBeUndefined();
    expect(missing?.figures().filled).toBe(1);
    expect(hitting?.readNow([ONE], parts.now())).toBeDefined();
    expect(store.reads).toEqual([false, false]);
    expect(outcomes).toEqual([]);
  });
});

describe("why nothing is kept", () => {
  const figures = (...reasons: readonly (TrackingReason | undefined)[]): StoreFigures => {
    const nodes = reasons.map((reason) => ({ tracking: reason && { isOn: reason === "on", reason } }));
    return { nodes: nodes as unknown as NodeFigures[], reads: {} as StoreFigures["reads"] };
  };
  const why = (settings: CacheSettings, tells: boolean, now?: StoreFigures): string =>
    cacheOffReason(settings, new FakeStore(tells) as unknown as FeatureStore, now, (name) => name !== "nobody");

  it.each([
    [{ ...NAMED, mode: "disabled" }, true, undefined, "configured"],
    [SETTINGS, false, undefined, "store"],
    [SETTINGS, true, undefined, "asked"],
    [SETTINGS, true, figures("no_resp3"), "no_resp3"],
    [SETTINGS, true, figures(undefined, "refused"), "refused"],
    [SETTINGS, true, figures("refused", "on"), ""],
    [NAMED, true, figures("refused"), ""],
    [NAMED, false, undefined, ""],
    [{ ...NAMED, policy: { ...NAMED.policy, policy: "disabled" } }, true, figures("on"), "configured"],
    [
      { ...SETTINGS, views: new Map([["nobody", { ttlMs: 5, isTtlNamed: true }]]) },
      true,
      figures("refused"),
      "refused",
    ],
    [{ ...SETTINGS, views: new Map([["v", { ttlMs: 5, isTtlNamed: true }]]) }, true, figures("refused"), ""],
  ] as const)("case %#", (settings, tells, now, expected) => {
    expect(why(settings, tells, now)).toBe(expected);
  });
});
