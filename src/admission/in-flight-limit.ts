/**
 * How many calls may be under way before more of them only make all slower: falls while answers take longer than they used to, else grows
 * slowly (the gradient of Netflix' concurrency-limits, limit/Gradient2Limit).
 */

/** Answers that take up to so many times the usual are no sign of crowding. */
const TOLERANCE = 1.5;
/**
 * The limit moves once in so long, by the quickest answer of that time: one that was behind a stall of ours says nothing of crowding. With
 * 50 ms a stall of 20 ms and what had piled up could fill it: 1 % refused beside a noisy neighbour (test/budget).
 */
const WINDOW_MS = 100;
/** The usual follows the windows so slowly. */
const USUAL_SHARE = 1 / 100;
/** What one window moves the limit by. */
const SMOOTHING = 0.5;
const MAX_LIMIT = 100_000;

export class InFlightLimit {
  readonly #least: number;
  #limit: number;
  #usualMs = 0;
  #windowEndMs = 0;
  /** Of the window under way. */
  #quickestMs = Number.POSITIVE_INFINITY;
  #mostInFlight = 0;

  /** @param least never less */
  constructor(least: number) {
    this.#least = least;
    this.#limit = least * 4;
  }

  /** A whole number. */
  get value(): number {
    return Math.floor(this.#limit);
  }

  /** A call was answered. @param inFlight calls under way, itself among them @param nowMs monotonic */
  answered(tookMs: number, inFlight: number, nowMs: number): void {
    if (nowMs >= this.#windowEndMs && this.#mostInFlight > 0) this.#endWindow(nowMs);
    if (tookMs > 0) this.#quickestMs = Math.min(this.#quickestMs, tookMs);
    this.#mostInFlight = Math.max(this.#mostInFlight, inFlight);
  }

  #endWindow(nowMs: number): void {
    const quickestMs = this.#quickestMs;
    const mostInFlight = this.#mostInFlight;
    this.#windowEndMs = nowMs + WINDOW_MS;
    this.#quickestMs = Number.POSITIVE_INFINITY;
    this.#mostInFlight = 0;
    if (quickestMs === Number.POSITIVE_INFINITY) return;
    this.#usualMs = this.#usualMs === 0 ? quickestMs : this.#usualMs + USUAL_SHARE * (quickestMs - this.#usualMs);
    // A long crowd must not become the usual.
    if (this.#usualMs > 2 * quickestMs) this.#usualMs *= 0.95;
    // With room to spare nothing is learned of the limit.
    if (mostInFlight < this.#limit / 2) return;
    const gradient = Math.min(1, Math.max(0.5, (TOLERANCE * this.#usualMs) / quickestMs));
    const next = this.#limit * gradient + Math.sqrt(this.#limit);
    this.#limit = Math.min(MAX_LIMIT, Math.max(this.#least, this.#limit + SMOOTHING * (next - this.#limit)));
  }
}
