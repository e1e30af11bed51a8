/**
 * How well any Node process can keep a time on this machine, now: `wake-control.ts`, started with an IPC channel on the sidecar's core. Fifty
 * times a second it waits for a moment some milliseconds ahead, with a timer and then turning the loop as the sidecar does, and reports by
 * how much it was late. What it cannot do with the core to itself, the sidecar cannot do either.
 */
import { setTimeout as delay, setImmediate as nextTurn } from "node:timers/promises";
import { nowMs } from "../faults/clock.ts";
import { report, stopped } from "../faults/load-child.ts";

const EVERY_MS = 20;
const AHEAD_MS = 5;
/** Its code is not compiled yet. */
const NOT_COUNTED = 25;
/** As of src/timing/due-sweep.ts. */
const WATCH_MS = 1.5;

let isOver = false;
void stopped.then(() => {
  isOver = true;
});
report({ kind: "ready" });
for (let wake = 0; !isOver; wake += 1) {
  const wantedMs = nowMs() + AHEAD_MS;
  await delay(Math.floor(AHEAD_MS - WATCH_MS));
  while (nowMs() < wantedMs) await nextTurn();
  if (wake >= NOT_COUNTED) report({ kind: "calls", calls: [nowMs() - wantedMs] });
  await delay(EVERY_MS - AHEAD_MS);
}
report({ kind: "done" });
