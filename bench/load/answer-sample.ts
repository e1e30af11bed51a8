/**
 * Which answers of a run are looked at: so many, each call as likely as any other, without knowing how many calls there will be
 * (Vitter's Algorithm R). Any fixed step would look at the start of a long run only, or meet the same messages again and again.
 */

export interface KeptAnswer {
  readonly message: number;
  readonly bytes: Buffer;
}

export class AnswerSample {
  readonly #size: number;
  readonly #random: () => number;
  readonly #answers: (KeptAnswer | undefined)[] = [];
  /** Number of the call whose answer lies at each place. */
  readonly #callAt: number[] = [];
  #offered = 0;

  /** @param size answers to keep @param random uniform in [0, 1), drawn once for each call beyond the first `size` */
  constructor(size: number, random: () => number) {
    this.#size = size;
    this.#random = random;
  }

  /** A call leaves. @returns the place that its answer is to be kept at; −1 = its answer is not wanted */
  offer(): number {
    const call = this.#offered++;
    if (call < this.#size) return call;
    if (this.#size === 0) return -1;
    const place = Math.floor(this.#random() * (call + 1));
    return place < this.#size ? place : -1;
  }

  /**
   * A good answer came. What lay at the place goes, unless it is of a later call: answers come in any order.
   * @param place as {@link offer} said
   * @param call number of the call, counted from the first that was offered
   */
  keep(place: number, call: number, answer: KeptAnswer): void {
    if ((this.#callAt[place] ?? -1) > call) return;
    this.#callAt[place] = call;
    this.#answers[place] = answer;
  }

  kept(): KeptAnswer[] {
    return this.#answers.filter((answer) => answer !== undefined);
  }
}
