/**
 * Large reads that have keys to send, and which of them is next. Those whose time is up soon come first: what was begun is gone on with,
 * and while there is more than can be done in time the newest is begun, which still has all of its time. The oldest would be answered
 * too late one after the other. Those that have time take turns.
 */
import type { PendingRead } from "./pending-read.ts";

/** Soon. */
const NEAR_MS = 100;
/** Share of its time that a read may have waited before there is taken to be too much to do. */
const CROWDED_SHARE = 1 / 4;

export class LargeQueue {
  /** In the order in which they came, or had their last turn. */
  readonly #reads: PendingRead[] = [];

  get length(): number {
    return this.#reads.length;
  }

  /** When the oldest of those came that are still wanted; Infinity = none. */
  get oldestMs(): number {
    let oldestMs = Number.POSITIVE_INFINITY;
    for (const read of this.#reads) if (!read.settled) oldestMs = Math.min(oldestMs, read.sentMs);
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

  #next(nowMs: number): number {
    let oldest = -1;
    let newest = -1;
    for (let index = 0; index < this.#reads.length; index += 1) {
      const read = this.#reads[index]!;
      // Out of the way first: it takes no time.
      if (read.settled) return index;
      if (read.deadlineMs > nowMs + NEAR_MS) continue;
      if (read.sentCells > 0) return index;
      if (oldest < 0) oldest = index;
      newest = index;
    }
    if (oldest < 0) return 0;
    const { sentMs, deadlineMs } = this.#reads[oldest]!;
    const isCrowded = nowMs - sentMs > (deadlineMs - sentMs) * CROWDED_SHARE;
    return isCrowded ? newest : oldest;
  }
}
