/** A primary of a cluster dies, and its replica is promoted. */
import { setTimeout as delay } from "node:timers/promises";
import type { CallSummary } from "../call-summary.ts";
import { nowMs } from "../clock.ts";
import { isUp, openClusterRedis, PRIMARIES } from "../cluster-redis.ts";
import { after, notesOf, rightValues, soundControl } from "../figures.ts";
import type { RedisProcess } from "../redis-process.ts";
import type { Figure, RunOptions, Scenario, ScenarioRun } from "../scenario.ts";
import { until } from "../until.ts";
import { openWorld } from "../world.ts";

const KILLED = 0;
const PROMOTION_TIMEOUT_MS = 20_000;
const MAX_FAILED_PERCENT = 0.1;
/** The nodes are asked one after the other whether the cluster is up again. */
const WINDOW_SLACK_MS = 100;

/** Reads go on while the cluster is down: the failed ones are counted. */
export const clusterNodeKilled: Scenario = {
  name: "cluster-node-killed",
  title: "cluster: node killed, replica promoted, `cluster-allow-reads-when-down yes`",
  bar: "≤ 0.1 % failed",
  run: (options) => run(options, true),
};

/** As Redis is set by default. */
export const clusterNodeKilledDefault: Scenario = {
  name: "cluster-node-killed-default",
  title: "cluster: node killed, replica promoted, Redis' defaults",
  bar: "failures only inside the window of CLUSTERDOWN, each within its deadline; window printed",
  run: (options) => run(options, false),
};

async function run(options: RunOptions, readsWhenDown: boolean): Promise<ScenarioRun> {
  const cluster = await openClusterRedis(
    options.stage,
    readsWhenDown ? ["--cluster-allow-reads-when-down", "yes"] : [],
  );
  // An acknowledged write that only the dead node had would be lost by the failover itself.
  cluster.route.replicas = 1;
  const world = await openWorld(options, cluster);
  const killed = cluster.nodes[KILLED] as RedisProcess;
  const heir = cluster.nodes[KILLED + PRIMARIES] as RedisProcess;
  const alive = cluster.nodes.filter((node) => node !== killed);
  const killedMs = nowMs();
  await killed.kill();
  await until("the promotion", PROMOTION_TIMEOUT_MS, async () => {
    if ((await heir.info("replication")).get("role") !== "master") return false;
    return await isUp(alive);
  });
  const upMs = nowMs();
  cluster.route.replace(killed.port, heir.port);
  cluster.route.replicas = 0;
  await delay(world.times.phaseMs / 2);
  const endMs = nowMs();
  const { control, summary } = await world.finish();
  const fault = summary(killedMs, endMs);
  const later = summary(upMs + WINDOW_SLACK_MS, endMs);
  return {
    figures: [
      ...soundControl(control, world, [0, 1, 2, 3, 4, 5]),
      ...rightValues(fault),
      ...(readsWhenDown ? [failedShare(fault)] : windowFigures(fault, later, control)),
      after("window until the cluster is up again", upMs, killedMs),
    ],
    notes: notesOf(readsWhenDown ? { control, fault } : { control, "after the window": later }),
  };
}

function failedShare({ failed, calls }: CallSummary): Figure {
  return { name: "failed", value: (failed / calls) * 100, unit: "% of calls", atMost: MAX_FAILED_PERCENT };
}

function windowFigures(fault: CallSummary, later: CallSummary, control: CallSummary): Figure[] {
  const late = { value: fault.answeredLate, control: control.answeredLate };
  return [
    { name: "failed in the window", value: fault.failed - later.failed, unit: "calls" },
    { name: "failed after the window", value: later.failed, unit: "calls", atMost: 0 },
    { name: "not answered in time", ...late, unit: "calls", atMost: 0 },
  ];
}
