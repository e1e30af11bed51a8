/**
 * Large reads that have keys to send, and which of them is next: those of predictions before all others. Of either, those whose time is
 * up soon come first: what was begun is gone on with, and while there is more than can be done in time the newest is begun, which still
 * has all of its time. The oldest would be answered too late one after the other. Of those that have time the one with the least left to
 * ask for comes first, so that what was begun ends: taking turns they would all be half done for long, and their memory grow old with them.
 */
import type { PendingRead } from "./pending-read.ts";

/** Soon. */
const NEAR_MS = 100;
/** Share of its time that a read may have waited before there is taken to be too much to do. */
const CROWDED_SHARE = 1 / 4;
/** One turn in so many is for the first of those that were begun, or that have waited for long: a very large read goes on, too. */
const TURNS = 8;
const LONG_MS = 1000;

export class LargeQueue {
  /** In the order in which they came, or had their last turn. */
  readonly #reads: PendingRead[] = [];
  #turn = 0;

  get length(): number {
    return this.#reads.length;
  }

  /** When the oldest of those came that are still wanted; Infinity = none. */
  get oldestMs(): number {
    let oldestMs = Number.POSITIVE_INFINITY;
    for (const read of this.#reads) if (isWanted(read)) oldestMs = Math.min(oldestMs, read.sentMs);
    return oldestMs;
  }

  push(read: PendingRead): void {
    this.#reads.push(read);
  }

  /** Takes out the next one. Needs one. */
  take(nowMs: number): PendingRead {
    return this.#reads.splice(this.#next(nowMs), 1)[0]!;
  }

  takeAll(): PendingRead[] {
    return this.#reads.splice(0);
  }

  /** One waits that would be next if `read`, which was taken out, were given up, and matters as much. */
  hasRivalOf(read: PendingRead): boolean {
    for (const each of this.#reads) if (isWanted(each) && (each.isLive || !read.isLive)) return true;
    return false;
  }

  /** One of a prediction waits. */
  get hasLive(): boolean {
    for (const read of this.#reads) if (!read.settled && read.isLive) return true;
    return false;
  }

  #next(nowMs: number): number {
    // Out of the way first: it takes no time.
    const gone = this.#reads.findIndex((read) => !isWanted(read));
    if (gone >= 0) return gone;
    const { hasLive } = this;
    let first = -1;
    let shortest = -1;
    let oldest = -1;
    let newest = -1;
    for (let index = 0; index < this.#reads.length; index += 1) {
      const read = this.#reads[index]!;
      if (hasLive && !read.isLive) continue;
      if (read.deadlineMs > nowMs + NEAR_MS) {
        if (first < 0 && (read.sentCells > 0 || nowMs - read.sentMs > LONG_MS)) first = index;
        if (shortest < 0 || leftOf(read) < leftOf(this.#reads[shortest]!)) shortest = index;
        continue;
      }
      if (read.sentCells > 0) return index;
      if (oldest < 0) oldest = index;
      newest = index;
    }
    if (oldest < 0) {
      this.#turn = (this.#turn + 1) % TURNS;
      return this.#turn === 0 && first >= 0 ? first : shortest;
    }
    const { sentMs, deadlineMs } = this.#reads[oldest]!;
    const isCrowded = nowMs - sentMs > (deadlineMs - sentMs) * CROWDED_SHARE;
    return isCrowded ? newest : oldest;
  }
}

/** Somebody waits for it. */
function isWanted({ settled, caller }: PendingRead): boolean {
  return !settled && caller?.cancelled !== true;
}

/** Cells that are not asked for yet. */
function leftOf({ cells, sentCells }: PendingRead): number {
  return cells - sentCells;
}
