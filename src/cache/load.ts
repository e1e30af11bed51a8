/** Reads under way: what each asks for, and which of them already brings what somebody else needs. */
import { type Lookup, MOST_SMALL_CELLS, type RowBlock } from "../model/lookup.ts";
import type { ReadAttempt } from "../model/read-attempt.ts";
import type { ReadShape, ReadView } from "./read-shape.ts";
import type { ShadowRow } from "./shadow-watch.ts";
import type { ViewState } from "./view-table.ts";
import type { Waiter } from "./waiter.ts";

/** One key of a load. */
export class Flight {
  readonly load: Load;
  /** Index into `load.parts`. */
  readonly part: number;
  /** Index into that part's keys. */
  readonly key: number;
  /** The key, a character for each byte. */
  readonly id: string;
  /** It changed while it was being read: what comes answers those who asked before, and is not kept. */
  isChanged = false;
  /** Shadow mode: views whose rows would have been hits; they are compared, and not replaced. */
  hits: ViewState[] | undefined = undefined;
  /** Another flight of the same key, with other fields. */
  next: Flight | undefined = undefined;

  constructor(load: Load, part: number, key: number, id: string) {
    this.load = load;
    this.part = part;
    this.key = key;
    this.id = id;
  }

  get shape(): ReadShape {
    return this.load.parts[this.part]!.read;
  }

  /** Which view of its shape has all that `view` needs, −1 = none. */
  placeOf(view: ReadView): number {
    const { views } = this.shape;
    for (let place = 0; place < views.length; place += 1) {
      const loaded = views[place]!;
      if (loaded.state === view.state && view.mapFrom(loaded.fields) !== undefined) return place;
    }
    return -1;
  }
}

/** Keys that are read with the same fields; a store sees it as a lookup. */
class LoadPart implements Lookup {
  /** Index of the asker's lookup. */
  readonly of: number;
  readonly read: ReadShape;
  readonly keys: Buffer[] = [];
  readonly flights: Flight[] = [];

  constructor(of: number, read: ReadShape) {
    this.of = of;
    this.read = read;
  }

  get shape(): Lookup["shape"] {
    return this.read.shape;
  }
}

/** One call of the store. */
export class Load {
  readonly parts: LoadPart[] = [];
  readonly waiters: Waiter[] = [];
  /** Shadow mode: rows that would have been answered without it. */
  readonly shadow: ShadowRow[] = [];
  /** Rows may be kept. */
  isCached: boolean;
  /** Of its first asker; that of the most patient one when it had to be repeated. */
  deadlineMs: number;
  startMs: number;
  /** Cells of all parts. */
  cells = 0;
  /** The asker's next one, which begins when this one is over. */
  next: Load | undefined;
  /** Aligned with `parts`, once they are there. */
  blocks: readonly RowBlock[] | undefined;

  constructor(startMs: number, deadlineMs: number, isCached: boolean) {
    this.startMs = startMs;
    this.deadlineMs = deadlineMs;
    this.isCached = isCached;
  }

  get isEmpty(): boolean {
    return this.parts.length === 0;
  }

  /** Nobody waits for it any more. That nobody ever did is another thing: rows are read anew before they are asked for. */
  get cancelled(): boolean {
    for (let index = 0; index < this.waiters.length; index += 1) if (!this.waiters[index]!.hasLeft) return false;
    return this.waiters.length > 0;
  }

  /** Of who began it: others only wait. */
  get attempts(): ReadAttempt[] | undefined {
    return this.waiters[0]?.attempts;
  }

  /** A key read with these fields still fits into a small read; the first one always does. */
  hasRoomFor({ shape }: ReadShape): boolean {
    return this.isEmpty || this.cells + shape.stride <= MOST_SMALL_CELLS;
  }

  /** @param of index of the asker's lookup, never smaller than in the call before */
  add(of: number, read: ReadShape, key: Buffer, id: string): Flight {
    let index = this.parts.length - 1;
    while (index >= 0 && this.parts[index]!.of === of && this.parts[index]!.read !== read) index -= 1;
    if (index < 0 || this.parts[index]!.of !== of) {
      index = this.parts.length;
      this.parts.push(new LoadPart(of, read));
    }
    const part = this.parts[index]!;
    const flight = new Flight(this, index, part.keys.length, id);
    part.keys.push(key);
    part.flights.push(flight);
    this.cells += read.shape.stride;
    return flight;
  }

  /** It reads these lookups, whole and in their order: its blocks are their answer. */
  isOf(lookups: readonly Lookup[]): boolean {
    if (this.parts.length !== lookups.length) return false;
    for (let index = 0; index < lookups.length; index += 1) {
      const { shape, keys } = this.parts[index]!;
      if (shape !== lookups[index]!.shape || keys.length !== lookups[index]!.keys.length) return false;
    }
    return true;
  }
}
