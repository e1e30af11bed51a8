/** The primary dies and nobody is promoted; later it comes back with its data. */
import { setTimeout as delay } from "node:timers/promises";
import { nowMs } from "../clock.ts";
import { after, noFailure, notesOf, soundControl } from "../figures.ts";
import { openPlainRedis } from "../plain-redis.ts";
import { type RedisProcess, untilInSync } from "../redis-process.ts";
import type { RunOptions, Scenario, ScenarioRun } from "../scenario.ts";
import { until } from "../until.ts";
import { openWorld } from "../world.ts";

const REPLICAS = 2;
const WRITE_TIMEOUT_MS = 5_000;

export const primaryKilled: Scenario = {
  name: "primary-killed",
  title: "primary killed: plain",
  bar: "reads never fail; figures of the switch printed",
  run,
};

async function run(options: RunOptions): Promise<ScenarioRun> {
  const redis = await openPlainRedis(options.stage, { replicas: REPLICAS, isDurable: true });
  // What only the primary had dies with it, and is no fault of a reader.
  redis.route.replicas = REPLICAS;
  const world = await openWorld(options, redis);
  const [primary, ...replicas] = redis.nodes as [RedisProcess, ...RedisProcess[]];
  const killedMs = nowMs();
  await primary.kill();
  await delay(world.times.phaseMs);
  const backMs = nowMs();
  await primary.restart("kept");
  await until("a write after the return", WRITE_TIMEOUT_MS, () => redis.writer.ledger.lastAckMs > backMs);
  const writtenMs = redis.writer.ledger.lastAckMs;
  await untilInSync(primary, replicas);
  await delay(world.times.phaseMs / 2);
  const endMs = nowMs();
  const { control, summary } = await world.finish();
  const fault = summary(killedMs, endMs);
  return {
    figures: [
      ...soundControl(control, world, [0, 1, 2]),
      ...noFailure(fault, control),
      { name: "marked as degraded", value: fault.degraded, unit: "calls" },
      after("primary away", backMs, killedMs),
      after("writes again after the return", writtenMs, backMs),
      after("primary read again after the return", world.reads[0]?.firstReadMs(backMs, endMs) ?? Number.NaN, backMs),
    ],
    notes: notesOf({ control, fault }),
  };
}
