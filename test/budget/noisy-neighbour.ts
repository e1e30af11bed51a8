/** A process that takes a quarter of a core in bursts, beside a server that needs half of it: `noisy-neighbour.ts`, started with an IPC channel; ends with whoever started it. */
import { setTimeout as delay } from "node:timers/promises";
import { nowMs } from "../faults/clock.ts";

/** Longer than any scheduler lets a process be without another one that wants to run. */
const BURST_MS = 20;
const REST_MS = 60;

// The test is gone, or wants no more.
process.on("disconnect", () => process.exit(0));
process.send?.({ kind: "ready" });
for (;;) {
  const untilMs = nowMs() + BURST_MS;
  while (nowMs() < untilMs);
  await delay(REST_MS);
}
