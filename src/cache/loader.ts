/** Makes the store's reads, and brings what they give to the cache and to those who wait. */
import type { Lookup, RowBlock } from "../model/lookup.ts";
import type { ReadCaller } from "../model/read-attempt.ts";
import { ServeError } from "../model/serve-error.ts";
import type { CacheCounts } from "./cache-counts.ts";
import type { Filler } from "./fill.ts";
import type { FlightTable } from "./flight-table.ts";
import type { Load } from "./load.ts";
import type { ShadowWatch } from "./shadow-watch.ts";
import type { StormWatch } from "./storm-watch.ts";
import type { Waiter } from "./waiter.ts";

/**
 * The store's read.
 * @param isCached false = none of the rows will be kept, so their changes need not be told
 * @param caller once it is cancelled nobody needs the rows
 */
export type LoadRows = (
  lookups: readonly Lookup[],
  deadlineMs: number,
  isCached: boolean,
  caller?: ReadCaller,
) => Promise<readonly RowBlock[]>;

/** Node's timers may fire so much before their time. */
const TIMER_SLACK_MS = 1;

export interface LoaderParts {
  readonly flights: FlightTable;
  readonly filler: Filler;
  readonly counts: CacheCounts;
  readonly storm: StormWatch;
  readonly shadow: ShadowWatch;
}

export class Loader {
  readonly #read: LoadRows;
  readonly #parts: LoaderParts;
  readonly #now: () => number;

  constructor(read: LoadRows, parts: LoaderParts, now: () => number) {
    this.#read = read;
    this.#parts = parts;
    this.#now = now;
  }

  /** How it ends shows in its waiters. Starts the one behind it when it is over. */
  start(load: Load): void {
    const asker = load.waiters[0];
    const lookups = asker?.whole === load ? asker.lookups : load.parts;
    let answer: Promise<readonly RowBlock[]>;
    try {
      answer = this.#read(lookups, load.deadlineMs, load.isCached, load);
    } catch (error) {
      this.#failed(load, error);
      return;
    }
    answer.then((blocks) => this.#loaded(load, blocks)).catch((error: unknown) => this.#failed(load, error));
  }

  #loaded(load: Load, blocks: readonly RowBlock[]): void {
    const { flights, filler, storm, shadow } = this.#parts;
    load.blocks = blocks;
    for (const row of load.shadow) shadow.compare(row);
    filler.fill(load, storm.isOn(this.#now()));
    flights.removeAll(load);
    for (const waiter of load.waiters) waiter.loaded();
    if (load.next !== undefined) this.start(load.next);
  }

  #failed(load: Load, error: unknown): void {
    const nowMs = this.#now();
    const isLate =
      error instanceof ServeError && error.code === "DEADLINE_EXCEEDED" && nowMs >= load.deadlineMs - TIMER_SLACK_MS;
    const lateMs = Math.max(nowMs, load.deadlineMs);
    let lastMs = lateMs;
    for (const [index, waiter] of load.waiters.entries()) {
      // It was the deadline of another caller.
      if (isLate && !waiter.isSettled && waiter.deadlineMs > lateMs) lastMs = Math.max(lastMs, waiter.deadlineMs);
      // It may have been a key of the asker's that nobody else asks for.
      else if (index > 0 && !isLate) this.#readAlone(waiter);
      else waiter.fail(error);
    }
    if (lastMs > lateMs) {
      load.startMs = nowMs;
      load.deadlineMs = lastMs;
      this.start(load);
      return;
    }
    if (load.waiters.length === 0) this.#parts.counts.reloadsFailed += 1;
    this.#parts.flights.removeAll(load);
    if (load.next !== undefined) this.start(load.next);
  }

  /** What a caller asks, past the cache. */
  #readAlone(waiter: Waiter): void {
    if (waiter.isSettled) return;
    const answer = (blocks: readonly RowBlock[]): void => waiter.answer(blocks);
    try {
      this.#read(waiter.lookups, waiter.deadlineMs, false).then(answer, (error: unknown) => waiter.fail(error));
    } catch (error) {
      waiter.fail(error);
    }
  }
}
