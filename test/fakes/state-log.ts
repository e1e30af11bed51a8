/** Notes the changes of a store's state; a store also tells each failed attempt, which changes nothing. */
import type { StoreState } from "../../src/model/feature-store.ts";

export function noteChanges(states: StoreState[]): (state: StoreState) => void {
  return (state) => {
    if (state !== "connecting" && states.at(-1) !== state) states.push(state);
  };
}
