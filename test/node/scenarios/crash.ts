/** The sidecar's process killed: the kubelet starts it again, and leaves the app alone. */
import { setTimeout as delay } from "node:timers/promises";
import { expect } from "vitest";
import { until } from "../../faults/until.ts";
import { rightFrom, wrongOnes } from "../app-call.ts";
import { type NodeScenario, seconds } from "../node-scenario.ts";
import { TestPod } from "../test-pod.ts";

const NOTICED_WITHIN_MS = 5_000;
const BACK_WITHIN_MS = 15_000;
const QUIET_MS = 3_000;

export const crash: NodeScenario = async ({ node }, notes) => {
  const pod = new TestPod(node, "crash");
  try {
    await pod.start();
    const appBefore = (await pod.app()).containerID;
    const pid = node.containerd.pidOf((await pod.sidecar()).containerID);
    const killedMs = Date.now();
    process.kill(pid, "SIGKILL");
    await until("the app notices", NOTICED_WITHIN_MS, () => wrongOnes(pod.calls(killedMs)).length > 0);
    await pod.waitForRestarts(1);
    await pod.waitFor("condition=Ready");
    await delay(QUIET_MS);

    expect(await pod.restarts()).toEqual({ sidecar: 1, app: 0 });
    expect((await pod.app()).containerID).toBe(appBefore);
    expect((await pod.sidecar()).lastState.terminated).toMatchObject({ exitCode: 137 });
    const backMs = rightFrom(pod.calls(killedMs)) ?? Number.NaN;
    expect(backMs - killedMs).toBeLessThan(BACK_WITHIN_MS);
    const lost = pod.calls(killedMs, backMs).filter(({ ok }) => !ok).length;
    notes.say(
      `killed with SIGKILL: right answers again after ${seconds(backMs - killedMs)}, ${lost} calls failed until then`,
    );
    notes.say("restarts: sidecar 1 (a first one has no back-off), app 0 (the same container as before)");
  } finally {
    await pod.remove();
  }
};
