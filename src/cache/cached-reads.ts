/**
 * The cache between plan and store: rows by (entity key, view), each as one command read it, dropped when the store tells that their
 * key changed. Comes in: lookups; goes out: rows as the store would give them, from entries where they are good, else from the store.
 */
import type { CacheFigures } from "../model/cache-figures.ts";
import type { CacheSettings } from "../model/cache-settings.ts";
import type { HeldRows } from "../model/held-rows.ts";
import type { Lookup, RowBlock } from "../model/lookup.ts";
import type { ReadCaller } from "../model/read-attempt.ts";
import type { StoreChanges } from "../model/store-changes.ts";
import { DueSweep } from "../timing/due-sweep.ts";
import { SpanPool } from "../wire/span-pool.ts";
import { CacheCounts, viewTotals } from "./cache-counts.ts";
import { EntryChanges } from "./entry-changes.ts";
import { Filler } from "./fill.ts";
import { FlightTable } from "./flight-table.ts";
import { type GatherParts, GatherRows } from "./gather-rows.ts";
import { HitReader } from "./hit-reader.ts";
import { Loader, type LoadRows } from "./loader.ts";
import { policyOf } from "./policy.ts";
import { ReadShapes } from "./read-shape.ts";
import { reloadOf } from "./reload-rows.ts";
import { RowLru } from "./row-lru.ts";
import { ShadowWatch } from "./shadow-watch.ts";
import { SignalledKeys } from "./signalled-keys.ts";
import { Signals } from "./signals.ts";
import { StormWatch } from "./storm-watch.ts";
import { TenantOfKey } from "./tenant-of-key.ts";
import { ViewTable } from "./view-table.ts";
import { Waiter } from "./waiter.ts";

export interface CachedReadsOptions {
  /** `mode: disabled` is not for here: leave the cache out. */
  readonly settings: CacheSettings;
  /** false: the store tells no changes; rows are kept only where a ttl was written. */
  readonly tellsChanges: boolean;
  /** For so long after a freshness signal a node may still have what was there before. */
  readonly maxLagMs: number;
  /** The project in UTF-8, as it stands behind the entity key in a store key. */
  readonly projectBytes: Buffer;
  /** `entity_key_serialization_version`. */
  readonly entityKeyVersion: number;
  /** The ttl that Feast has for a view, by its name in the store; milliseconds, 0 = none. */
  readonly viewTtlMs: (storageName: string) => number;
  /** The registry has a view of this name, or a version of it is stored under this name. */
  readonly knowsView: (name: string) => boolean;
  /** Monotonic milliseconds, the clock of deadlines. */
  readonly now: () => number;
  /** In [0, 1). */
  readonly random: () => number;
}

export class CachedReads {
  /** For the store to tell. */
  readonly changes: StoreChanges;
  readonly #isShadow: boolean;
  readonly #now: () => number;
  readonly #counts = new CacheCounts();
  readonly #views: ViewTable;
  readonly #parts: GatherParts;
  readonly #hits: HitReader;
  readonly #gather: GatherRows;
  readonly #loader: Loader;
  readonly #storm: StormWatch;
  readonly #signals = new Signals();
  readonly #shadow = new ShadowWatch();
  readonly #spanPool = new SpanPool();
  readonly #sweep: DueSweep;
  #lastReadJoined = false;

  constructor(load: LoadRows, options: CachedReadsOptions) {
    const { settings, now, maxLagMs, viewTtlMs } = options;
    const counts = this.#counts;
    const storm = new StormWatch(now());
    const onOverflow = (rows: number): void => {
      counts.evicted += rows;
    };
    const views = new ViewTable((storageName) => policyOf(storageName, settings), viewTtlMs, onOverflow);
    const shapes = new ReadShapes(views);
    const lru = new RowLru({ ...settings, tenantOf: tenantOf(options) });
    const flights = new FlightTable();
    const signalled = new SignalledKeys(maxLagMs);
    const filler = new Filler(lru, counts, signalled, { ...options, ...settings });
    this.#now = now;
    this.#isShadow = settings.mode === "shadow";
    this.#views = views;
    this.#storm = storm;
    this.#sweep = new DueSweep(now);
    this.#parts = { lru, flights, counts, shapes, isShadow: this.#isShadow };
    this.#hits = new HitReader(lru, shapes, counts, this.#spanPool);
    this.#gather = new GatherRows(this.#parts);
    this.#loader = new Loader(load, { flights, filler, counts, storm, shadow: this.#shadow }, now);
    this.changes = new EntryChanges({ ...this.#parts, views, storm, signals: this.#signals, signalled }, options);
  }

  /**
   * The answer, if every row of it is a hit: at once and without a promise.
   * @returns undefined = ask {@link read}, which counts the rows; always so in shadow mode
   */
  readNow(lookups: readonly Lookup[], nowMs: number): readonly RowBlock[] | undefined {
    if (this.#isShadow) return undefined;
    const blocks = this.#hits.read(lookups, nowMs);
    if (this.#hits.needsReload) this.#reload(lookups, nowMs);
    return blocks;
  }

  /**
   * Rows from entries, from reads under way, and from the store what neither has.
   * @param deadlineMs absolute, Infinity = none
   * @param caller once it is cancelled no more is read for it
   * @throws ServeError (rejection) as the store's read, DEADLINE_EXCEEDED when this caller's time is up
   */
  read(lookups: readonly Lookup[], deadlineMs: number, caller?: ReadCaller): Promise<readonly RowBlock[]> {
    const nowMs = this.#now();
    const waiter = new Waiter(lookups, deadlineMs, this.#sweep, this.#spanPool, caller);
    const { load, needsReload, joined } = this.#gather.into(waiter, nowMs, !this.#storm.isOn(nowMs));
    if (needsReload) this.#reload(lookups, nowMs);
    this.#lastReadJoined = load === undefined && joined;
    if (waiter.hasAll) return Promise.resolve(waiter.blocks());
    return new Promise((resolve, reject) => {
      waiter.settleWith(resolve, reject);
      // Who waits for its own load only is told by the store.
      if (joined) this.#sweep.add(waiter, nowMs);
      if (load !== undefined) this.#loader.start(load);
    });
  }

  /** The latest `read` waits for reads of other calls only. */
  get lastReadJoined(): boolean {
    return this.#lastReadJoined;
  }

  /** What there is of these rows, for a call that cannot wait for them; in shadow mode nothing, for there no row is answered. */
  held(lookups: readonly Lookup[], nowMs: number): HeldRows | undefined {
    return this.#isShadow ? undefined : this.#hits.held(lookups, nowMs);
  }

  /** So many rows that `held` gave were shown as stale. */
  shownStale(rows: number): void {
    this.#counts.stale += rows;
  }

  /** Another registry is in use. */
  registryChanged(): void {
    this.#counts.evicted += this.#views.registryChanged();
  }

  /** Made when asked for. */
  figures(): CacheFigures {
    const nowMs = this.#now();
    const isStorm = this.#storm.isOn(nowMs);
    return {
      ...this.#counts,
      requests: { ...this.#counts.requests },
      refused: { ...this.#counts.refused },
      ...viewTotals(this.#views),
      storms: this.#storm.storms,
      isStorm,
      keys: this.#parts.lru.size,
      bytes: this.#parts.lru.bytes,
      signals: this.#signals.figures(nowMs),
      shadow: this.#shadow.figures(),
    };
  }

  /** Leaves no timer behind. */
  close(): void {
    this.#sweep.close();
  }

  /** Reads rows past their ttl anew; nobody waits. */
  #reload(lookups: readonly Lookup[], nowMs: number): void {
    const load = reloadOf(lookups, nowMs, this.#parts);
    if (load !== undefined) this.#loader.start(load);
  }
}

function tenantOf({ settings, entityKeyVersion }: CachedReadsOptions): TenantOfKey | undefined {
  return settings.tenantKey === "" ? undefined : new TenantOfKey(settings.tenantKey, entityKeyVersion);
}
