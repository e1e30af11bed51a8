/** How a large piece of work lets the event loop turn in between, so that other requests are served. */

/** Work is done in slices of `sliceMs`; who does it asks `isOver` between two steps, and waits for `next` when it is. */
export class TimeSlices {
  readonly #sliceMs: number;
  readonly #nowMs: () => number;
  readonly #checkpoint: () => void;
  #endMs: number;

  /**
   * @param nowMs monotonic
   * @param checkpoint called before each further slice; throws when nobody waits for the work any more
   */
  constructor(sliceMs: number, nowMs: () => number, checkpoint: () => void) {
    this.#sliceMs = sliceMs;
    this.#nowMs = nowMs;
    this.#checkpoint = checkpoint;
    this.#endMs = nowMs() + sliceMs;
  }

  get isOver(): boolean {
    return this.#nowMs() >= this.#endMs;
  }

  /** The next slice, after everybody else had a turn. @throws what the checkpoint throws */
  async next(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.#checkpoint();
    this.#endMs = this.#nowMs() + this.#sliceMs;
  }
}
