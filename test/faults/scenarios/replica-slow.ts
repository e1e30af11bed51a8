/** One replica is 50 ms further away than it was. */
import { setTimeout as delay } from "node:timers/promises";
import type { TestSidecar } from "../../helpers/start-sidecar.ts";
import { nowMs } from "../clock.ts";
import { noFailure, notesOf, p99Under, soundControl } from "../figures.ts";
import { openPlainRedis } from "../plain-redis.ts";
import type { RunOptions, Scenario, ScenarioRun } from "../scenario.ts";
import { openWorld } from "../world.ts";

const SLOW = 1;
const EACH_WAY_MS = 25;
/** The defaults of `hedge.max_ratio` and `retry.max_ratio`. */
const HEDGE_RATIO = 0.05;
const RETRY_RATIO = 0.2;
const HEDGES = "feast_sidecar_redis_hedges_total";
const READS = "feast_sidecar_store_reads_total";

export const replicaSlow: Scenario = {
  name: "replica-slow",
  title: "one replica +50 ms",
  bar: "P99 < 10 ms; hedges within their ratio",
  run,
};

async function run(options: RunOptions): Promise<ScenarioRun> {
  const redis = await openPlainRedis(options.stage, { replicas: 2, readProxies: [SLOW] });
  const world = await openWorld(options, redis);
  const before = await counters(world.sidecar);
  const slowMs = nowMs();
  redis.readProxy(SLOW).delay(EACH_WAY_MS);
  await delay(world.times.phaseMs);
  const endMs = nowMs();
  const afterwards = await counters(world.sidecar);
  // What is under way at the end is read too.
  await delay(100);
  const { control, summary } = await world.finish();
  const fault = summary(slowMs, endMs);
  const rows = world.reads.reduce((sum, watch) => sum + watch.rowsBetween(slowMs, nowMs()), 0);
  const asked = summary(slowMs, nowMs()).rows;
  return {
    figures: [
      ...soundControl(control, world, [0, SLOW, 2]),
      ...noFailure(fault, control),
      p99Under("P99 under the fault", fault, control),
      {
        name: "hedged reads",
        value: ((afterwards.hedges - before.hedges) / (afterwards.reads - before.reads)) * 100,
        unit: "% of reads",
        atMost: HEDGE_RATIO * 100,
      },
      {
        name: "rows read more than once",
        value: (rows / asked - 1) * 100,
        unit: "% of rows",
        atMost: (HEDGE_RATIO + RETRY_RATIO) * 100,
      },
    ],
    notes: notesOf({ control, fault }),
  };
}

/** NaN for what the sidecar does not count: such a figure holds no bar. */
async function counters(sidecar: TestSidecar): Promise<{ readonly hedges: number; readonly reads: number }> {
  const { body } = await sidecar.admin("/metrics");
  const sum = (name: string): number => {
    const lines = body.split("\n").filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`));
    if (lines.length === 0) return Number.NaN;
    return lines.reduce((total, line) => total + Number(line.slice(line.lastIndexOf(" ") + 1)), 0);
  };
  return { hedges: sum(HEDGES), reads: sum(READS) };
}
