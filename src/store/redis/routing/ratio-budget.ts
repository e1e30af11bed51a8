/** A bound on extra reads as a share of all reads: one bucket for hedges, one for retries. */

/** Tokens are counted in millionths, so that twenty times 0.05 is one. */
const TOKEN = 1_000_000;

/** Each read earns `maxRatio` of a token, up to `burst`; an extra read takes a whole one. */
export class RatioBudget {
  readonly #earned: number;
  readonly #most: number;
  #tokens: number;
  #taken = 0;
  #refused = 0;

  /**
   * @param maxRatio share of reads, 0–1; 0 = never
   * @param burst most tokens that are saved up, at least 1; from 2 on nothing is lost where extra reads are always wanted
   * @param initial tokens at the start: 0 where the ratio must hold from the first read on
   */
  constructor(maxRatio: number, burst: number, initial: number) {
    this.#earned = Math.floor(Math.min(1, Math.max(0, maxRatio)) * TOKEN + 1e-6);
    this.#most = this.#earned === 0 ? 0 : Math.max(1, burst) * TOKEN;
    this.#tokens = Math.min(this.#most, Math.max(0, initial) * TOKEN);
  }

  /** Extra reads so far. */
  get taken(): number {
    return this.#taken;
  }

  /** Extra reads that were not allowed. */
  get refused(): number {
    return this.#refused;
  }

  /** One read of a caller, not an extra one. */
  earn(): void {
    this.#tokens = Math.min(this.#most, this.#tokens + this.#earned);
  }

  /** Takes a token for an extra read; false = there is none, do without. */
  tryTake(): boolean {
    if (this.#tokens < TOKEN) {
      this.#refused += 1;
      return false;
    }
    this.#tokens -= TOKEN;
    this.#taken += 1;
    return true;
  }
}
