/** Looks regularly and when asked to: never twice at a time, and not in bursts. */
import type { StoreDeps } from "../../store-deps.ts";

/** Between the starts of two looks. */
const LEAST_PAUSE_MS = 100;
/** Pause after a look that told nothing. */
export const RETRY_MS = 250;

export class LookAgain {
  readonly #look: () => Promise<number>;
  readonly #deps: StoreDeps;
  #startedMs = Number.NEGATIVE_INFINITY;
  #isLooking = false;
  #isWanted = false;
  #isClosed = false;
  #timer: NodeJS.Timeout | undefined;
  #dueMs = Number.POSITIVE_INFINITY;

  /**
   * @param look gives the pause in milliseconds until the next one, of which 0.8 to 1.2 is taken; must not throw
   */
  constructor(look: () => Promise<number>, deps: StoreDeps) {
    this.#look = look;
    this.#deps = deps;
  }

  /** Looks as soon as may be: at once, 100 ms after the last look began, or when the one under way has ended. */
  soon(): void {
    if (this.#isClosed) return;
    if (this.#isLooking) this.#isWanted = true;
    else this.#arm(this.#startedMs + LEAST_PAUSE_MS - this.#deps.now());
  }

  /** Looks no more; what the look under way finds is for its owner to drop. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  #arm(delayMs: number): void {
    const pauseMs = Math.max(0, delayMs);
    const dueMs = this.#deps.now() + pauseMs;
    if (dueMs >= this.#dueMs) return;
    clearTimeout(this.#timer);
    this.#dueMs = dueMs;
    this.#timer = setTimeout(() => void this.#run(), Math.ceil(pauseMs));
  }

  async #run(): Promise<void> {
    this.#dueMs = Number.POSITIVE_INFINITY;
    this.#startedMs = this.#deps.now();
    this.#isLooking = true;
    this.#isWanted = false;
    const pauseMs = await this.#look();
    this.#isLooking = false;
    if (this.#isClosed) return;
    if (this.#isWanted) this.soon();
    else this.#arm(pauseMs * (0.8 + 0.4 * this.#deps.random()));
  }
}
