/** Monotonic milliseconds as the wall-clock times of spans. */
import type { HrTime } from "@opentelemetry/api";

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

  /** Not as a number: the SDK corrects numbers by what it takes for drift, start and end of a span by different amounts. */
  at(monotonicMs: number): HrTime {
    const epochMs = this.#offsetMs + monotonicMs;
    const seconds = Math.floor(epochMs / 1000);
    return [seconds, Math.round((epochMs - seconds * 1000) * 1e6)];
  }
}
