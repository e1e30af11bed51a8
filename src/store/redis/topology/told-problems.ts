/** Tells a problem once, not at every attempt that ends in it. */

/** Nodes come and go; those that went with a problem are forgotten. */
const MOST_KEPT = 256;

export class ToldProblems {
  readonly #onProblem: (reason: string) => void;
  /** By who has it. */
  readonly #last = new Map<string, string>();

  constructor(onProblem: (reason: string) => void) {
    this.#onProblem = onProblem;
  }

  tell(key: string, reason: string): void {
    if (this.#last.get(key) === reason) return;
    if (this.#last.size >= MOST_KEPT) this.#last.clear();
    this.#last.set(key, reason);
    this.#onProblem(reason);
  }

  /** The next one is told, be it the same. */
  solved(key: string): void {
    this.#last.delete(key);
  }
}
