/** How fast a node answers large reads, as its latest chunks tell. */

/** The weight of the latest chunk: some ten of them make the figure. */
const LATEST_SHARE = 0.2;
/** One chunk that took many times as long was behind something else; it counts as so many times the usual. */
const MOST_TIMES = 4;

export class ChunkPace {
  /** What a cell takes; 0 = not known. */
  msPerCell = 0;
  #lastDoneMs = 0;

  /** A chunk was answered. Chunks are answered one after the other, so each took from the end of the one before it. */
  done(sentMs: number, nowMs: number, cells: number): void {
    const tookMs = nowMs - Math.max(sentMs, this.#lastDoneMs);
    this.#lastDoneMs = nowMs;
    if (tookMs < 0 || cells === 0) return;
    const each = tookMs / cells;
    if (this.msPerCell === 0) this.msPerCell = each;
    else this.msPerCell += LATEST_SHARE * (Math.min(each, MOST_TIMES * this.msPerCell) - this.msPerCell);
  }
}
