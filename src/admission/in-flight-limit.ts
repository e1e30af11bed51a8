/**
 * How many calls may be under way before more of them only make all slower: falls while answers take longer than they used to, else grows
 * slowly (the gradient of Netflix' concurrency-limits, limit/Gradient2Limit).
 */

/** Answers that take up to so many times the usual are no sign of crowding. */
const TOLERANCE = 1.5;
/** The usual follows the latest answers so slowly. */
const USUAL_SHARE = 1 / 600;
/** What one answer moves the limit by. */
const SMOOTHING = 0.2;
const MAX_LIMIT = 100_000;

export class InFlightLimit {
  readonly #least: number;
  #limit: number;
  #usualMs = 0;

  /** @param least never less */
  constructor(least: number) {
    this.#least = least;
    this.#limit = least * 4;
  }

  /** A whole number. */
  get value(): number {
    return Math.floor(this.#limit);
  }

  /** A call was answered. @param inFlight calls under way, itself among them */
  answered(tookMs: number, inFlight: number): void {
    if (tookMs <= 0) return;
    this.#usualMs = this.#usualMs === 0 ? tookMs : this.#usualMs + USUAL_SHARE * (tookMs - this.#usualMs);
    // A long crowd must not become the usual.
    if (this.#usualMs > 2 * tookMs) this.#usualMs *= 0.95;
    // With room to spare nothing is learned of the limit.
    if (inFlight < this.#limit / 2) return;
    const gradient = Math.min(1, Math.max(0.5, (TOLERANCE * this.#usualMs) / tookMs));
    const next = this.#limit * gradient + Math.sqrt(this.#limit);
    this.#limit = Math.min(MAX_LIMIT, Math.max(this.#least, this.#limit + SMOOTHING * (next - this.#limit)));
  }
}
