/** Knows when this turn of the event loop began to deal with what had come: since then everything has waited for what came before it. */

/** A turn that was so long ago says nothing of now. */
const RECENT_MS = 50;

export class TurnClock {
  readonly #nowMs: () => number;
  #startMs = -1;
  #longMs = 0;
  #longEndMs = Number.NEGATIVE_INFINITY;

  /** @param nowMs monotonic */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Something came: to be called first by whatever the loop calls for bytes that were read. */
  enter(nowMs: number): void {
    if (this.#startMs >= 0) return;
    this.#startMs = nowMs;
    // After all that came in this turn: the check phase follows the poll phase.
    setImmediate(this.#leave);
  }

  /** When this turn began; `nowMs` outside of one. */
  startMs(nowMs: number): number {
    return this.#startMs < 0 ? nowMs : this.#startMs;
  }

  /** How late the loop is: the time since this turn began, or the length of a long one just before. */
  lateMs(nowMs: number): number {
    const inTurnMs = this.#startMs < 0 ? 0 : nowMs - this.#startMs;
    return nowMs - this.#longEndMs < RECENT_MS ? Math.max(inTurnMs, this.#longMs) : inTurnMs;
  }

  readonly #leave = (): void => {
    const nowMs = this.#nowMs();
    const tookMs = nowMs - this.#startMs;
    this.#startMs = -1;
    if (tookMs < this.#longMs && nowMs - this.#longEndMs < RECENT_MS) return;
    this.#longMs = tookMs;
    this.#longEndMs = nowMs;
  };
}
