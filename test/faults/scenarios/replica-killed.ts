/** A replica dies and comes back empty: for a while it has no data, its link is down, and it answers nil for every key. */
import { setTimeout as delay } from "node:timers/promises";
import { nowMs } from "../clock.ts";
import { after, noFailure, notesOf, soundControl } from "../figures.ts";
import { openPlainRedis } from "../plain-redis.ts";
import { type RedisProcess, untilInSync } from "../redis-process.ts";
import type { RunOptions, Scenario, ScenarioRun } from "../scenario.ts";
import { openWorld } from "../world.ts";

const KILLED = 1;

export const replicaKilled: Scenario = {
  name: "replica-killed",
  title: "replica killed and restarted empty, 2 nodes left",
  bar: "no failed request",
  run,
};

async function run(options: RunOptions): Promise<ScenarioRun> {
  const redis = await openPlainRedis(options.stage, { replicas: 2, linkProxies: [KILLED] });
  const world = await openWorld(options, redis);
  const [primary, replica] = redis.nodes as [RedisProcess, RedisProcess];
  const link = redis.linkProxy(KILLED);
  const quarterMs = world.times.phaseMs / 4;
  const killedMs = nowMs();
  await replica.kill();
  await delay(quarterMs);
  link.silence();
  await replica.restart("empty");
  await delay(quarterMs);
  link.speak();
  await untilInSync(primary, [replica]);
  const syncedMs = nowMs();
  await delay(2 * quarterMs);
  const endMs = nowMs();
  const { control, summary } = await world.finish();
  const fault = summary(killedMs, endMs);
  const firstReadMs = world.reads[KILLED]?.firstReadMs(syncedMs, endMs) ?? Number.NaN;
  return {
    figures: [
      ...soundControl(control, world, [0, KILLED, 2]),
      ...noFailure(fault, control),
      after("read again after it had everything", firstReadMs, syncedMs),
    ],
    notes: notesOf({ control, fault }),
  };
}
