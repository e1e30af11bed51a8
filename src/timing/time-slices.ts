/** How large pieces of work let the event loop turn in between, so that other requests are served. */

/** Whose turn it is: of all that wait one goes on in each turn of the loop, first come, first served. */
export class SliceTurns {
  readonly #nowMs: () => number;
  readonly #waiting: (() => void)[] = [];
  /** Aligned with `#waiting`: since when. */
  readonly #sinceMs: number[] = [];
  #isScheduled = false;
  readonly #turn = (): void => {
    this.#isScheduled = false;
    this.#sinceMs.shift();
    this.#waiting.shift()?.();
    this.#schedule();
  };

  /** @param nowMs monotonic */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** How long the one whose turn it is next has waited; 0 = nobody waits. */
  ageMs(nowMs: number): number {
    return this.#sinceMs.length === 0 ? 0 : nowMs - this.#sinceMs[0]!;
  }

  /** Resolves in a later turn of the loop, when it is one's own. */
  next(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#sinceMs.push(this.#nowMs());
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#isScheduled || this.#waiting.length === 0) return;
    this.#isScheduled = true;
    setImmediate(this.#turn);
  }
}

/**
 * One piece of work, done in slices of `sliceMs`: who does it asks `isOver` between two steps, and waits for `next` when it is. Many
 * such pieces take one slice of each turn together, not one each.
 */
export class TimeSlices {
  readonly #turns: SliceTurns;
  readonly #sliceMs: number;
  readonly #nowMs: () => number;
  readonly #checkpoint: () => void;
  #endMs: number;

  /**
   * @param turns shared by all that run on this loop
   * @param nowMs monotonic
   * @param checkpoint called before each further slice; throws when nobody waits for the work any more
   */
  constructor(turns: SliceTurns, sliceMs: number, nowMs: () => number, checkpoint: () => void) {
    this.#turns = turns;
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
    await this.#turns.next();
    this.#checkpoint();
    this.#endMs = this.#nowMs() + this.#sliceMs;
  }
}
