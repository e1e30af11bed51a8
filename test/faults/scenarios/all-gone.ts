/** The whole online store goes away and comes back with its data. */
import { setTimeout as delay } from "node:timers/promises";
import type { CallSummary } from "../call-summary.ts";
import { nowMs } from "../clock.ts";
import { after, notesOf, rightValues, soundControl } from "../figures.ts";
import type { JudgedCall } from "../judge-calls.ts";
import { openPlainRedis } from "../plain-redis.ts";
import type { Scenario, ScenarioRun } from "../scenario.ts";
import { openWorld } from "../world.ts";

const RECOVERY_BAR_MS = 1_000;
/** After the return: long enough to see that it stays. */
const AFTER_MS = 500;

/** With two replicas. */
export const allGone: Scenario = {
  name: "all-gone",
  title: "all Redis gone, back after 5 s",
  bar: "every request answered within its deadline; recovers within 1 s of the return",
  run: (options) => run(options, 2),
};

/** Without. */
export const onlyOneGone: Scenario = {
  ...allGone,
  name: "only-one-gone",
  title: "the only Redis gone, back after 5 s",
  run: (options) => run(options, 0),
};

async function run(options: Parameters<Scenario["run"]>[0], replicas: number): Promise<ScenarioRun> {
  const { stage, short } = options;
  const redis = await openPlainRedis(stage, { replicas, isDurable: true });
  const world = await openWorld(options, { ...redis, sidecar: setupOf(redis, replicas) });
  const goneMs = nowMs();
  await Promise.all(redis.nodes.map((node) => node.kill()));
  await delay(short ? 1_500 : 5_000);
  const startMs = nowMs();
  await Promise.all(redis.nodes.map((node) => node.restart("kept")));
  const backMs = nowMs();
  await delay(RECOVERY_BAR_MS + AFTER_MS);
  const endMs = nowMs();
  const { calls, control, summary } = await world.finish();
  const recoveredMs = lastFailureMs(calls, goneMs, endMs);
  const gone = summary(goneMs, startMs);
  const later = summary(recoveredMs, endMs);
  return {
    figures: [
      ...soundControl(control, world, [0]),
      ...rightValues(summary(goneMs, endMs)),
      {
        name: "not answered in time",
        value: late(summary(goneMs, endMs)),
        unit: "calls",
        control: late(control),
        atMost: 0,
      },
      { name: "refused while gone", value: gone.errors, unit: "calls", atLeast: 1 },
      { name: "P99 of refusals", value: gone.errorP99Ms, unit: "ms" },
      after("last failure after the return", recoveredMs, backMs, RECOVERY_BAR_MS),
      { name: "answered after the recovery", value: later.calls - later.failed, unit: "calls", atLeast: 100 },
    ],
    notes: notesOf({ control }),
  };
}

/** A lone node is read as users have it: no option of replicas is set. */
function setupOf({ sidecar }: Awaited<ReturnType<typeof openPlainRedis>>, replicas: number): typeof sidecar {
  return replicas > 0 ? sidecar : { ...sidecar, redis: {} };
}

function late({ answeredLate }: CallSummary): number {
  return answeredLate;
}

function lastFailureMs(calls: readonly JudgedCall[], fromMs: number, toMs: number): number {
  const failures = calls.filter(({ dueMs, outcome }) => dueMs >= fromMs && dueMs < toMs && outcome !== "ok");
  return failures.at(-1)?.dueMs ?? fromMs;
}
