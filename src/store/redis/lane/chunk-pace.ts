/** How fast a node answers large reads, as far as its latest answers tell. */

/** After each chunk the best of the past counts for so much less: a node that became slower is believed after some ten chunks. */
const FORGET = 1.1;

export class ChunkPace {
  /** A cell takes at least so long; 0 = not known. On the lower side: what it says cannot be done could not have been. */
  msPerCell = 0;
  #lastDoneMs = 0;

  /** A chunk was answered. Chunks are answered one after the other, so each took from the end of the one before it. */
  done(sentMs: number, nowMs: number, cells: number): void {
    const tookMs = nowMs - Math.max(sentMs, this.#lastDoneMs);
    this.#lastDoneMs = nowMs;
    // Two that came in one piece say nothing of the second.
    if (tookMs <= 0 || cells === 0) return;
    const each = tookMs / cells;
    this.msPerCell = this.msPerCell === 0 ? each : Math.min(each, this.msPerCell * FORGET);
  }
}
