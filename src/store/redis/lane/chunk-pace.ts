/** How fast a node answers large reads, as its latest chunks tell. */

/**
 * The weight of the latest chunk when it was quicker, and when it was slower: of two errors it is the better one to begin a read that
 * cannot be finished.
 */
const QUICKER_SHARE = 0.3;
const SLOWER_SHARE = 0.1;
/** One chunk that took many times as long was behind something else; it counts as so many times the usual. */
const MOST_TIMES = 4;

export class ChunkPace {
  /** What a cell takes; 0 = not known. */
  msPerCell = 0;
  #lastDoneMs = 0;
  readonly #leastCells: number;

  /** @param leastCells of shorter chunks it is the way to the node and back that takes time, and they say nothing */
  constructor(leastCells = 1) {
    this.#leastCells = leastCells;
  }

  /** A chunk was answered. Chunks are answered one after the other, so each took from the end of the one before it. */
  done(sentMs: number, nowMs: number, cells: number): void {
    const tookMs = nowMs - Math.max(sentMs, this.#lastDoneMs);
    this.#lastDoneMs = nowMs;
    if (tookMs < 0 || cells < this.#leastCells) return;
    const each = tookMs / cells;
    if (this.msPerCell === 0) this.msPerCell = each;
    else {
      const share = each < this.msPerCell ? QUICKER_SHARE : SLOWER_SHARE;
      this.msPerCell += share * (Math.min(each, MOST_TIMES * this.msPerCell) - this.msPerCell);
    }
  }
}
