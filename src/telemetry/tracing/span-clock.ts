/** Monotonic milliseconds as the wall-clock times of spans. */

/** The wall clock is set now and then; less is the resolution of `Date.now`. */
const DRIFT_MS = 3;

export class SpanClock {
  #offsetMs: number;
  readonly #monotonicMs: () => number;
  readonly #epochMs: () => number;

  constructor(monotonicMs: () => number, epochMs: () => number) {
    this.#monotonicMs = monotonicMs;
    this.#epochMs = epochMs;
    this.#offsetMs = epochMs() - monotonicMs();
  }

  /** Before each call's spans, all of which then go by one clock. */
  look(): void {
    const offsetMs = this.#epochMs() - this.#monotonicMs();
    if (Math.abs(offsetMs - this.#offsetMs) > DRIFT_MS) this.#offsetMs = offsetMs;
  }

  /** @returns whole microseconds since the epoch */
  at(monotonicMs: number): number {
    return Math.round((this.#offsetMs + monotonicMs) * 1000);
  }
}
