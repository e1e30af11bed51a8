/** Counts of the last minute: flat numbers in short windows, the oldest of which goes as a new one begins. */

/** Length of a window. */
export const WINDOW_MS = 5_000;
/** Those that are kept, the one that runs included: between 55 s and a minute. */
export const WINDOWS = 12;

export class RecentCounts {
  readonly #slots: number;
  /** Window after window. float64, since sums of microseconds pass 2^32. */
  readonly counts: Float64Array;
  readonly #startMs: number;
  #base = 0;
  #window: number;
  #endMs: number;

  /** @param slots how many counts there are @param startMs nothing is counted before */
  constructor(slots: number, startMs: number) {
    this.#slots = slots;
    this.counts = new Float64Array(slots * WINDOWS);
    this.#startMs = startMs;
    this.#window = Math.floor(startMs / WINDOW_MS);
    this.#endMs = (this.#window + 1) * WINDOW_MS;
  }

  /** @param nowMs monotonic; what is a little older than the window that runs counts as in it */
  add(slot: number, by: number, nowMs: number): void {
    this.counts[this.base(nowMs) + slot]! += by;
  }

  /** Where in {@link counts} the window of this moment begins: for whoever adds to many slots at once. */
  base(nowMs: number): number {
    if (nowMs >= this.#endMs) this.#turn(nowMs);
    return this.#base;
  }

  /** Of each slot, over the latest windows. */
  sums(nowMs: number, windows: number = WINDOWS): Float64Array {
    const base = this.base(nowMs);
    const sums = new Float64Array(this.#slots);
    for (let back = 0; back < windows; back += 1) {
      const from = (base + (WINDOWS - back) * this.#slots) % this.counts.length;
      for (let slot = 0; slot < this.#slots; slot += 1) sums[slot]! += this.counts[from + slot]!;
    }
    return sums;
  }

  /** How far back those windows reach. */
  spanMs(nowMs: number, windows: number = WINDOWS): number {
    const firstMs = (Math.floor(nowMs / WINDOW_MS) - windows + 1) * WINDOW_MS;
    return nowMs - Math.max(firstMs, this.#startMs);
  }

  #turn(nowMs: number): void {
    const window = Math.floor(nowMs / WINDOW_MS);
    for (let step = Math.min(window - this.#window, WINDOWS); step > 0; step -= 1) {
      this.#base = (this.#base + this.#slots) % this.counts.length;
      this.counts.fill(0, this.#base, this.#base + this.#slots);
    }
    this.#window = window;
    this.#endMs = (window + 1) * WINDOW_MS;
  }
}
