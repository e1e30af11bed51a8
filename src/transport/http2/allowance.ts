/** How often a client may do what costs us something and it nothing: so many at once, then so many a second. */
export class Allowance {
  readonly #burst: number;
  readonly #perMs: number;
  #left: number;
  #atMs: number;

  constructor(burst: number, perSecond: number, nowMs: number) {
    this.#burst = burst;
    this.#perMs = perSecond / 1000;
    this.#left = burst;
    this.#atMs = nowMs;
  }

  /** @returns false when nothing is left */
  take(nowMs: number): boolean {
    if (this.#left < 1) {
      this.#left = Math.min(this.#burst, this.#left + (nowMs - this.#atMs) * this.#perMs);
      this.#atMs = nowMs;
      if (this.#left < 1) return false;
    } else if (this.#left === this.#burst) this.#atMs = nowMs;
    this.#left--;
    return true;
  }

  /** The client has done something useful: start over. */
  refill(): void {
    this.#left = this.#burst;
  }
}
