/** An answer that goes back behind what is known, and when it is believed all the same. */

export class Doubt {
  readonly #patienceMs: number;
  readonly #speakers = new Set<string>();
  #sinceMs = Number.POSITIVE_INFINITY;

  /** @param patienceMs after which one speaker's word is enough */
  constructor(patienceMs: number) {
    this.#patienceMs = patienceMs;
  }

  /** Someone said something that is not behind. */
  clear(): void {
    this.#speakers.clear();
    this.#sinceMs = Number.POSITIVE_INFINITY;
  }

  /**
   * @param speaker who gives the doubtful answer
   * @param needed so many speakers are believed at once; Infinity = however many, there is the delay
   */
  believes(speaker: string, needed: number, nowMs: number): boolean {
    this.#speakers.add(speaker);
    this.#sinceMs = Math.min(this.#sinceMs, nowMs);
    return this.#speakers.size >= needed || nowMs - this.#sinceMs >= this.#patienceMs;
  }
}
