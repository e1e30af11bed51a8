/** Tells a picture only when it differs from the last one. */
import type { WantedSet } from "./topology.ts";

export class SetTeller {
  readonly #onSets: (sets: readonly WantedSet[]) => void;
  #told = "";
  /** Pictures told. */
  count = 0;

  constructor(onSets: (sets: readonly WantedSet[]) => void) {
    this.#onSets = onSets;
  }

  tell(sets: readonly WantedSet[]): void {
    const text = JSON.stringify(sets);
    if (text === this.#told) return;
    this.#told = text;
    this.count += 1;
    this.#onSets(sets);
  }
}
