/** Which set of nodes holds a slot. */
import type { WantedSet } from "../topology/topology.ts";
import { SLOTS } from "./key-slot.ts";

const NOBODY = -1;

export class SlotTable {
  readonly #sets = new Int16Array(SLOTS).fill(NOBODY);

  /** @param sets at most 32768 @throws RangeError when there are more, or slots outside 0–16383 */
  constructor(sets: readonly WantedSet[]) {
    if (sets.length > 32_768) throw new RangeError(`${sets.length} sets of nodes`);
    for (const [index, { slots }] of sets.entries()) {
      for (let i = 0; i + 1 < slots.length; i += 2) {
        const from = slots[i]!;
        const to = slots[i + 1]!;
        if (from < 0 || from > to || to >= SLOTS) throw new RangeError(`slots ${from} to ${to}`);
        this.#sets.fill(index, from, to + 1);
      }
    }
  }

  /** @param slot 0–16383 @returns the place of its set in the list, −1 = nobody has it */
  setOf(slot: number): number {
    return this.#sets[slot] ?? NOBODY;
  }
}
