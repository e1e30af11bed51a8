/** The pod deleted under load: the app stops first, with every call answered to its last; then the sidecar. */
import { expect } from "vitest";
import { wrongOnes } from "../app-call.ts";
import { DRAIN_MS, PRE_STOP_MS, SIDECAR } from "../churn-pod.ts";
import { type Notes, seconds } from "../node-scenario.ts";
import type { TestPod } from "../test-pod.ts";

export async function drain(pod: TestPod, notes: Notes): Promise<void> {
  const log = await pod.openLog(SIDECAR);
  const fromMs = await pod.delete();
  await pod.waitFor("delete");
  const goneMs = Date.now();
  const [termMs = Number.NaN, endMs = Number.NaN] = [pod.said("sigterm"), pod.said("end")];
  const calls = pod.calls(fromMs);
  expect(calls.length).toBeGreaterThan(100);
  expect(wrongOnes(calls)).toEqual([]);
  expect(termMs - fromMs).toBeGreaterThanOrEqual(PRE_STOP_MS);
  expect(endMs - termMs).toBeGreaterThanOrEqual(DRAIN_MS);
  const lines = log.objects<{ event: string }>();
  log.close();
  const [stoppingMs = Number.NaN, stoppedMs = Number.NaN] = ["stopping", "stopped"].map(
    (event) => lines.find(({ value }) => value.event === event)?.atMs,
  );
  expect(stoppingMs).toBeGreaterThan(endMs);
  expect(stoppedMs).toBeGreaterThan(stoppingMs);
  notes.say(`${calls.length} calls from the deletion to the app's end, 0 failed`);
  notes.say(
    `after the deletion: app's SIGTERM ${seconds(termMs - fromMs)} (preStop ${seconds(PRE_STOP_MS)}), its end ` +
      `${seconds(endMs - fromMs)}, sidecar's SIGTERM ${seconds(stoppingMs - fromMs)}, its end ${seconds(stoppedMs - fromMs)}, ` +
      `pod gone ${seconds(goneMs - fromMs)}`,
  );
  const last = lines.filter(({ atMs }) => atMs >= stoppingMs).map(({ value }) => JSON.stringify(value));
  notes.show("The sidecar's log from SIGTERM on", last);
}
