/** Redis away for a third of the grace: nothing is restarted, and the app has its answers, marked as old. */
import { setTimeout as delay } from "node:timers/promises";
import { expect } from "vitest";
import { wrongOnes } from "../app-call.ts";
import { GRACE_MS } from "../churn-pod.ts";
import { type NodeWorld, type Notes, seconds } from "../node-scenario.ts";
import type { TestPod } from "../test-pod.ts";

const OUTAGE_MS = GRACE_MS / 3;
/** Until answers are fresh again, and the kubelet has probed once more. */
const AFTER_MS = 12_000;
const FRESH_WITHIN_MS = 3_000;

export async function shortOutage({ redis }: NodeWorld, pod: TestPod, notes: Notes): Promise<void> {
  const fromMs = Date.now();
  await redis.kill();
  await delay(OUTAGE_MS);
  expect(await pod.restarts()).toEqual({ sidecar: 0, app: 0 });
  const backMs = Date.now();
  await redis.restart("kept");
  await delay(AFTER_MS);

  const calls = pod.calls(fromMs);
  expect(wrongOnes(calls)).toEqual([]);
  const during = pod.calls(fromMs, backMs);
  const marked = during.filter(({ degraded }) => degraded !== undefined);
  expect(marked.length).toBeGreaterThan(during.length / 2);
  for (const { degraded } of marked)
    expect(degraded).toMatch(/^driver_stats=stale;reason=(outage|deadline|lag);rows=\d/);
  const lastMarkedMs = marked.concat(calls.filter(({ degraded }) => degraded !== undefined)).at(-1)?.atMs ?? backMs;
  expect(lastMarkedMs).toBeLessThan(backMs + FRESH_WITHIN_MS);
  expect(await pod.restarts()).toEqual({ sidecar: 0, app: 0 });
  // The app's first probe may come before it listens.
  const bad = (await pod.events()).filter(
    (each) => each.reason === "Unhealthy" && Date.parse(each.lastTimestamp) > fromMs,
  );
  expect(bad).toEqual([]);

  notes.say(`Redis dead for ${seconds(backMs - fromMs)}: restarts 0 and 0, no probe failed`);
  notes.say(
    `${during.length} calls meanwhile, all right, ${marked.length} of them marked \`${marked.at(-1)?.degraded}\``,
  );
  notes.say(
    `the last marked answer was asked for ${Math.round(lastMarkedMs - backMs)} ms after Redis was started again`,
  );
}
