/** What the store tells of changes, applied to entries and to reads under way. */
import type { StoreChanges } from "../model/store-changes.ts";
import { nameWithoutVersion } from "../model/stored-view.ts";
import type { CacheCounts } from "./cache-counts.ts";
import { keyId } from "./entry.ts";
import type { FlightTable } from "./flight-table.ts";
import type { RowLru } from "./row-lru.ts";
import type { SignalledKeys } from "./signalled-keys.ts";
import type { Signals } from "./signals.ts";
import type { StormWatch } from "./storm-watch.ts";
import type { ViewState, ViewTable } from "./view-table.ts";

export interface ChangedParts {
  readonly lru: RowLru;
  readonly flights: FlightTable;
  readonly views: ViewTable;
  readonly counts: CacheCounts;
  readonly storm: StormWatch;
  readonly signals: Signals;
  readonly signalled: SignalledKeys;
}

export interface ChangeOptions {
  /** Stands behind the entity key in a store key. */
  readonly projectBytes: Buffer;
  readonly maxLagMs: number;
  /** The registry has a view of this name, or a version of it. */
  readonly knowsView: (name: string) => boolean;
  readonly now: () => number;
}

export class EntryChanges implements StoreChanges {
  readonly #parts: ChangedParts;
  readonly #options: ChangeOptions;

  constructor(parts: ChangedParts, options: ChangeOptions) {
    this.#parts = parts;
    this.#options = options;
  }

  keyChanged(storeKey: Buffer): void {
    const { lru, flights, counts, storm } = this.#parts;
    counts.keyChanges += 1;
    storm.changed(this.#options.now());
    const id = this.#idOf(storeKey);
    if (id === undefined) return;
    flights.changed(id);
    const entry = lru.get(id);
    if (entry !== undefined) counts.invalidated += lru.remove(entry);
  }

  allChanged(): void {
    const { lru, flights, views, counts } = this.#parts;
    flights.changedWhere(undefined);
    for (const view of views.values()) counts.invalidated += view.dropRows();
    lru.clear();
  }

  /** @param view in any version that is stored */
  viewChanged(view: string, storeKeys: readonly Buffer[] | undefined, isRepeat = false): void {
    const { signals, views } = this.#parts;
    if (!this.#options.knowsView(view)) {
      if (!isRepeat) signals.unknown += 1;
      return;
    }
    const nowMs = this.#options.now();
    if (!isRepeat) signals.count(view, nowMs);
    // Also when none of its rows was ever read: the next read is the one that must not be kept.
    views.of(view);
    for (const state of views.values()) {
      if (state.storageName !== view && nameWithoutVersion(state.storageName) !== view) continue;
      if (storeKeys === undefined) this.#wholeView(state, nowMs);
      else this.#rowsOf(state, storeKeys, nowMs);
    }
    if (storeKeys !== undefined && !isRepeat) this.#countForeign(storeKeys);
  }

  #wholeView(view: ViewState, nowMs: number): void {
    this.#noFill(view, nowMs);
    this.#parts.flights.changedWhere((flight) => flight.shape.views.some((read) => read.state === view));
    this.#parts.counts.invalidated += view.dropRows();
  }

  #rowsOf(view: ViewState, storeKeys: readonly Buffer[], nowMs: number): void {
    const { lru, flights, counts, signalled } = this.#parts;
    for (const storeKey of storeKeys) {
      const id = this.#idOf(storeKey);
      if (id === undefined) continue;
      flights.changed(id);
      const entry = lru.get(id);
      if (entry !== undefined) counts.invalidated += lru.takeRow(entry, view);
      if (!signalled.add(id, nowMs)) this.#noFill(view, nowMs);
    }
  }

  #noFill(view: ViewState, nowMs: number): void {
    view.noFillBeforeMs = nowMs + this.#options.maxLagMs;
  }

  #countForeign(storeKeys: readonly Buffer[]): void {
    for (const storeKey of storeKeys) if (this.#idOf(storeKey) === undefined) this.#parts.signals.foreignKeys += 1;
  }

  /** The entity key, a character for each byte; undefined for keys of another project. */
  #idOf(storeKey: Buffer): string | undefined {
    const { projectBytes } = this.#options;
    const end = storeKey.length - projectBytes.length;
    if (end < 0) return undefined;
    for (let at = 0; at < projectBytes.length; at += 1) if (storeKey[end + at] !== projectBytes[at]) return undefined;
    return keyId(storeKey, end);
  }
}
