/** When the highest offset of one replication id rose, and to what. */

const MAX_MARKS = 64;
/** The marks reach back this many times `max_lag`. */
const REACH = 4;

/**
 * Highs in the order they were seen. Highs that come within `REACH × maxLagMs / MAX_MARKS` of each other share a mark and its
 * earlier moment, so the marks always reach back far enough and a lag is taken for too long by at most that much, never too short.
 */
export class MarkHistory {
  readonly #spacingMs: number;
  readonly #offsets: number[] = [];
  readonly #seenMs: number[] = [];
  /** Whoever is below this was passed before the history begins. */
  #floor: number;
  #highest: number;

  constructor(firstOffset: number, maxLagMs: number) {
    this.#floor = firstOffset;
    this.#highest = firstOffset;
    this.#spacingMs = (REACH * maxLagMs) / MAX_MARKS;
  }

  get highest(): number {
    return this.#highest;
  }

  /** A node was seen at `offset`; only a new high changes anything. */
  note(offset: number, nowMs: number): void {
    if (!(offset > this.#highest)) return;
    this.#highest = offset;
    const last = this.#offsets.length - 1;
    if (last >= 0 && nowMs - this.#seenMs[last]! < this.#spacingMs) {
      this.#offsets[last] = offset;
      return;
    }
    this.#offsets.push(offset);
    this.#seenMs.push(nowMs);
    if (this.#offsets.length > MAX_MARKS) {
      this.#floor = this.#offsets.shift()!;
      this.#seenMs.shift();
    }
  }

  /**
   * How long ago the high first passed `offset`: 0 for who is level with it, Infinity where that was before the history. The
   * first offset ever noted counts as such: how long it had been that high, nobody saw.
   */
  behindMs(offset: number, nowMs: number): number {
    if (offset >= this.#highest) return 0;
    if (!(offset >= this.#floor)) return Number.POSITIVE_INFINITY;
    const first = this.#offsets.findIndex((mark) => mark > offset);
    return Math.max(0, nowMs - this.#seenMs[first]!);
  }
}
