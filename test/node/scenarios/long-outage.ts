/** Redis away for between one and two graces: the kubelet restarts the sidecar once, and the app never. */
import { setTimeout as delay } from "node:timers/promises";
import { expect } from "vitest";
import { rightFrom, wrongOnes } from "../app-call.ts";
import { GRACE_MS } from "../churn-pod.ts";
import { eventLines, type NodeScenario, seconds } from "../node-scenario.ts";
import { TestPod } from "../test-pod.ts";

/** After the grace come three failures, 5 s apart: at 45 s at the latest. */
const LIVENESS_PERIOD_SECONDS = 5;
const OUTAGE_MS = 52_000;
const BACK_WITHIN_MS = 15_000;
/** A new grace, counted from the restart, would be over in this time if Redis' return were not seen. */
const QUIET_MS = 35_000;
const GRPC_UNAVAILABLE = 14;
const HTTP_UNAVAILABLE = 503;

export const longOutage: NodeScenario = async ({ node, redis }, notes) => {
  const pod = new TestPod(node, "long-outage");
  try {
    await pod.start({ livenessPeriodSeconds: LIVENESS_PERIOD_SECONDS });
    const fromMs = Date.now();
    await redis.kill();
    await delay(GRACE_MS - 5_000);
    expect(await pod.restarts()).toEqual({ sidecar: 0, app: 0 });
    await pod.waitForRestarts(1);
    const restartedMs = Date.now();
    expect(restartedMs - fromMs).toBeGreaterThan(GRACE_MS);
    await delay(fromMs + OUTAGE_MS - Date.now());
    const backMs = Date.now();
    await redis.restart("kept");
    await pod.waitFor("condition=Ready");
    await delay(QUIET_MS);

    expect(await pod.restarts()).toEqual({ sidecar: 1, app: 0 });
    // Asked to stop, it did: the kubelet did not have to kill it.
    expect((await pod.sidecar()).lastState.terminated).toMatchObject({ exitCode: 0 });
    const rightMs = rightFrom(pod.calls(fromMs)) ?? Number.NaN;
    expect(rightMs - backMs).toBeLessThan(BACK_WITHIN_MS);
    const failed = pod.calls(fromMs).filter(({ ok }) => !ok);
    const firstFailedMs = failed[0]?.atMs ?? Number.NaN;
    expect(firstFailedMs - fromMs).toBeGreaterThan(GRACE_MS);
    expect(wrongOnes(pod.calls(fromMs).filter(({ ok }) => ok))).toEqual([]);
    const refused = failed.filter(({ code }) => code !== undefined);
    expect(new Set(refused.map(({ code }) => code))).toEqual(new Set([GRPC_UNAVAILABLE, HTTP_UNAVAILABLE]));

    notes.say(`Redis dead for ${seconds(backMs - fromMs)}, liveness asked every ${LIVENESS_PERIOD_SECONDS} s`);
    notes.say(`restarts: sidecar 1 (exit code 0; seen ${seconds(restartedMs - fromMs)} after the outage began), app 0`);
    notes.say(`every answer right for ${seconds(firstFailedMs - fromMs)}, until the restart took the cache away`);
    notes.say(
      `then ${failed.length} calls failed: ${refused.length} with UNAVAILABLE or 503, the others while nobody listened`,
    );
    notes.say(
      `right again ${Math.round(rightMs - backMs)} ms after Redis was started again, and for ${seconds(QUIET_MS)} more`,
    );
    notes.show("Events of the long outage", await eventLines(pod));
  } finally {
    if (redis.pid === 0) await redis.restart("kept");
    await pod.remove();
  }
};
