/** Checks the checker: what the notes of a run add up to is what each node has in the end. */
import { setTimeout as delay } from "node:timers/promises";
import { ENTITIES, VIEWS } from "./hot-data.ts";
import { foldHistory, lastState } from "./node-history.ts";
import type { NodeWatch } from "./node-watch.ts";

/** A row may expire between the answer and the last note. */
const LOOKS = 3;
const NOTES_MS = 50;

/** @throws Error when something changed that was not noted */
export async function checkWatches(watches: readonly NodeWatch[]): Promise<void> {
  for (const watch of watches) {
    await watch.settled();
    if (watch.problem !== "") throw new Error(watch.problem);
    let differences: string[] = [];
    for (let look = 0; look < LOOKS; look += 1) {
      differences = await differencesOf(watch);
      if (differences.length === 0) break;
    }
    if (differences.length > 0)
      throw new Error(`node ${watch.node.port} has what nobody noted: ${differences.join(", ")}`);
  }
}

async function differencesOf(watch: NodeWatch): Promise<string[]> {
  const { atMs, dump } = await watch.dump();
  await delay(NOTES_MS);
  const history = foldHistory(
    watch.events.filter((event) => event.atMs <= atMs),
    atMs,
  );
  return dump.states.flatMap((state, row) => {
    const noted = lastState(history, row);
    if (noted === state) return [];
    return [`view ${row % VIEWS} of entity ${ENTITIES[Math.floor(row / VIEWS)]} is write ${state}, not ${noted}`];
  });
}
