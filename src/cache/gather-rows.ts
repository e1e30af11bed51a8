/** Finds for each row of a call where it comes from: an entry, a read under way, or one that is to be made. */
import type { CacheCounts } from "./cache-counts.ts";
import { type CachedRow, type Entry, findRow, keyId, Use, useOf } from "./entry.ts";
import { type FlightTable, flightOf } from "./flight-table.ts";
import { type Flight, Load } from "./load.ts";
import { freshForMs } from "./policy.ts";
import type { ReadShape, ReadShapes } from "./read-shape.ts";
import type { RowLru } from "./row-lru.ts";
import type { FieldList } from "./view-table.ts";
import type { Waiter } from "./waiter.ts";

export interface GatherParts {
  readonly lru: RowLru;
  readonly flights: FlightTable;
  readonly counts: CacheCounts;
  readonly shapes: ReadShapes;
  /** All rows are read; those that would have been hits are only remembered. */
  readonly isShadow: boolean;
}

export interface Gathered {
  /** To be started, those behind it when it is over; undefined = nothing has to be read that is not read already. */
  readonly load: Load | undefined;
  /** Some rows are past their ttl. */
  readonly needsReload: boolean;
  /** It waits for loads of others too, which have deadlines of their own. */
  readonly joined: boolean;
}

export class GatherRows {
  readonly #parts: GatherParts;

  constructor(parts: GatherParts) {
    this.#parts = parts;
  }

  /** Fills the waiter's pieces and counts its rows. @param mayFill rows that are read may be kept */
  into(waiter: Waiter, nowMs: number, mayFill: boolean): Gathered {
    const call = new GatherCall(this.#parts, waiter, nowMs, mayFill);
    for (let index = 0; index < waiter.lookups.length; index += 1) call.lookup(index);
    return call.end();
  }
}

/** The state of one call of `into`. */
class GatherCall {
  readonly #parts: GatherParts;
  readonly #waiter: Waiter;
  readonly #nowMs: number;
  readonly #mayFill: boolean;
  readonly #first: Load;
  #load: Load;
  #needsReload = false;
  #joined = false;
  #hits = 0;
  /** Of the key under way: views, by index, whose row is neither in an entry nor on its way. */
  readonly #missing: number[] = [];
  /** Aligned with `missing`: the entry's row, which will not do. */
  readonly #held: (CachedRow | undefined)[] = [];

  constructor(parts: GatherParts, waiter: Waiter, nowMs: number, mayFill: boolean) {
    this.#parts = parts;
    this.#waiter = waiter;
    this.#nowMs = nowMs;
    this.#mayFill = mayFill;
    this.#first = new Load(nowMs, waiter.deadlineMs, false);
    this.#load = this.#first;
  }

  lookup(index: number): void {
    const { shapes, lru } = this.#parts;
    const { shape, keys } = this.#waiter.lookups[index]!;
    const read = shapes.of(shape);
    this.#waiter.shapes.push(read);
    for (let key = 0; key < keys.length; key += 1) {
      const bytes = keys[key]!;
      const id = keyId(bytes);
      const first = this.#waiter.pieces.length;
      this.#take(read, lru.get(id), first);
      if (this.#missing.length > 0) this.#ask(index, read, bytes, id, first);
    }
  }

  end(): Gathered {
    const { requests } = this.#parts.counts;
    if (this.#hits === 0) requests.misses += 1;
    else if (this.#hits < this.#waiter.pieces.length) requests.partial += 1;
    else requests.hits += 1;
    const load = this.#first.isEmpty ? undefined : this.#first;
    if (load?.next === undefined && load?.isOf(this.#waiter.lookups)) this.#waiter.whole = load;
    return { load, needsReload: this.#needsReload, joined: this.#joined };
  }

  /** The rows that an entry has; `missing` are the others. @param first place of the key's pieces */
  #take(read: ReadShape, entry: Entry | undefined, first: number): void {
    const { counts, isShadow } = this.#parts;
    this.#missing.length = 0;
    this.#held.length = 0;
    let from = entry?.first;
    for (let index = 0; index < read.views.length; index += 1) {
      const view = read.views[index]!;
      const { state } = view;
      if (state.isDisabled) {
        counts.disabled += 1;
        this.#miss(index, undefined);
        continue;
      }
      const row = entry === undefined ? undefined : findRow(entry, from, state);
      from = row?.next;
      if (row === undefined || row.fields.isDropped) {
        state.misses += 1;
        this.#miss(index, undefined);
        continue;
      }
      const use = view.mapFrom(row.fields) === undefined ? Use.NONE : useOf(row, this.#nowMs);
      if (use === Use.NONE) {
        state.misses += 1;
        if (row.isSuspect(this.#nowMs)) counts.suspect += 1;
        this.#miss(index, row);
        continue;
      }
      state.hits += 1;
      this.#hits += 1;
      entry!.isUsed = true;
      if (row.isAbsent) counts.negativeHits += 1;
      if (use === Use.SWR) counts.swrHits += 1;
      if (isShadow) this.#miss(index, row);
      else if (use === Use.SWR) this.#needsReload = true;
      this.#waiter.pieces[first + index] = row;
    }
  }

  #miss(index: number, held: CachedRow | undefined): void {
    this.#missing.push(index);
    this.#held.push(held);
  }

  /** Has the missing rows of a key read, those of them that nobody reads already. */
  #ask(lookup: number, read: ReadShape, key: Buffer, id: string, first: number): void {
    const { flights, isShadow } = this.#parts;
    const underWay = isShadow ? undefined : flights.first(id);
    if (underWay !== undefined) this.#join(read, underWay, first);
    if (this.#missing.length === 0) return;
    const asked = this.#shapeFor(read);
    // In reads that are small, one after the other: changes of what a large one brings are not told, and small ones wait behind it.
    if (!this.#load.hasRoomFor(asked)) {
      this.#load.next = new Load(this.#nowMs, this.#waiter.deadlineMs, false);
      this.#load = this.#load.next;
    }
    const flight = this.#load.add(lookup, asked, key, id);
    flights.add(flight);
    this.#waiter.waitFor(this.#load);
    for (let at = 0; at < this.#missing.length; at += 1) {
      const index = this.#missing[at]!;
      const view = read.views[index]!;
      const row = this.#waiter.pieces[first + index];
      // In shadow mode only: it would have been a hit.
      if (row !== undefined) {
        flight.hits ??= [];
        flight.hits.push(view.state);
        this.#load.shadow.push({ row: row as CachedRow, view, flight, ageMs: this.#nowMs - (row as CachedRow).readMs });
      }
      this.#waiter.pieces[first + index] = flight;
      if (!view.state.isDisabled) this.#load.isCached ||= this.#mayFill;
    }
  }

  #join(read: ReadShape, underWay: Flight, first: number): void {
    let kept = 0;
    for (let at = 0; at < this.#missing.length; at += 1) {
      const index = this.#missing[at]!;
      const view = read.views[index]!;
      const flight = view.state.isDisabled ? undefined : flightOf(underWay, view);
      // A read that takes so long may bring what no entry would be shown for.
      if (flight === undefined || this.#nowMs - flight.load.startMs >= freshForMs(view.state, false, 0)) {
        this.#missing[kept] = index;
        this.#held[kept] = this.#held[at];
        kept += 1;
        continue;
      }
      this.#waiter.pieces[first + index] = flight;
      this.#waiter.waitFor(flight.load);
      // The same key may stand in two lookups of one call.
      if (this.#isOwn(flight.load)) continue;
      this.#joined = true;
      this.#parts.counts.coalesced += 1;
    }
    this.#missing.length = kept;
    this.#held.length = kept;
  }

  #isOwn(load: Load): boolean {
    for (let own: Load | undefined = this.#first; own !== undefined; own = own.next) if (own === load) return true;
    return false;
  }

  /**
   * What reads the missing views: the fields asked for and those that the entry has, so that an entry loses none, unless another read of
   * other fields is under way.
   */
  #shapeFor(read: ReadShape): ReadShape {
    const lists: FieldList[] = [];
    let isAsked = this.#missing.length === read.views.length && !read.hasTwice;
    for (let at = 0; at < this.#missing.length; at += 1) {
      const view = read.views[this.#missing[at]!]!;
      const held = this.#held[at];
      const list = held === undefined ? view.fields : view.state.union(view.fields, held.fields);
      isAsked &&= list === view.fields;
      const twin = lists.findIndex((other) => other.view === view.state);
      if (twin < 0) lists.push(list);
      else lists[twin] = view.state.union(lists[twin]!, list);
    }
    // The asker's own shape, whose commands the store knows already.
    return isAsked ? read : this.#parts.shapes.forLoad(lists);
  }
}
