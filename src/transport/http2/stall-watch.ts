/** Knows when our loop stood still: the process was stopped, or something took long. What came meanwhile is read all at once. */

const TICK_MS = 20;
/** A tick may be so late without being called a pause. */
const SLACK_MS = 5;

/** The time since {@link StallWatch.tickMs} from which on it is a pause. */
export const PAUSE_FROM_MS = TICK_MS + SLACK_MS;

export class StallWatch {
  /** When the loop was last known to turn. Stays where it was for all that is read in the first turn after a pause. */
  tickMs: number;
  readonly #nowMs: () => number;
  #timer: NodeJS.Timeout | undefined;

  /** @param nowMs monotonic */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
    this.tickMs = nowMs();
  }

  /** Watches while there are connections. */
  start(): void {
    if (this.#timer !== undefined) return;
    this.tickMs = this.#nowMs();
    this.#timer = setInterval(this.#tick, TICK_MS);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  readonly #tick = (): void => {
    const nowMs = this.#nowMs();
    if (nowMs - this.tickMs <= PAUSE_FROM_MS) this.tickMs = nowMs;
    // Timers may run before what has come is read: it must still be seen that it waited.
    else setImmediate(this.#endPause);
  };

  readonly #endPause = (): void => {
    this.tickMs = this.#nowMs();
  };
}
