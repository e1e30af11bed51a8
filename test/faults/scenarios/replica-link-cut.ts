/** A replica no longer hears its primary and does not always know: it answers quickly, with data that grows old. */
import { setTimeout as delay } from "node:timers/promises";
import { nowMs } from "../clock.ts";
import { after, noFailure, notesOf, soundControl } from "../figures.ts";
import { openPlainRedis } from "../plain-redis.ts";
import { WATCH_MS } from "../read-watch.ts";
import { type RedisProcess, untilInSync } from "../redis-process.ts";
import type { RunOptions, Scenario, ScenarioRun } from "../scenario.ts";
import { openWorld } from "../world.ts";

const CUT = 1;

export const replicaLinkCut: Scenario = {
  name: "replica-link-cut",
  title: "replica link to the primary cut",
  bar: "leaves the set within 1.5 × `max_lag`; nothing older served after that",
  run,
};

/** In turn a link on which nothing passes any more (the replica says that it is up) and one that is closed and refused. */
async function run(options: RunOptions): Promise<ScenarioRun> {
  const redis = await openPlainRedis(options.stage, { replicas: 2, linkProxies: [CUT] });
  const world = await openWorld(options, redis);
  const [primary, replica] = redis.nodes as [RedisProcess, RedisProcess];
  const link = redis.linkProxy(CUT);
  const isBlackHole = options.repeat % 2 === 0;
  const cutMs = nowMs();
  if (isBlackHole) link.silence();
  else await link.refuse();
  await delay(Math.max(world.times.phaseMs, 2 * world.times.boundMs));
  const joinedMs = nowMs();
  link.speak();
  await link.open();
  await untilInSync(primary, [replica]);
  const syncedMs = nowMs();
  await delay(world.times.phaseMs / 2);
  const endMs = nowMs();
  const { control, summary } = await world.finish();
  const fault = summary(cutMs, joinedMs);
  const joined = summary(joinedMs, endMs);
  const watch = world.reads[CUT];
  const lastReadMs = Math.max(cutMs, watch?.lastReadMs(cutMs, joinedMs) ?? Number.NaN);
  return {
    figures: [
      ...soundControl(control, world, [0, CUT, 2]),
      ...noFailure(fault, control),
      {
        name: "failed after the link was back",
        value: joined.failed,
        unit: "calls",
        atMost: 0,
      },
      // Redis' count is looked at only so often.
      after("last read after the cut", lastReadMs, cutMs, world.times.boundMs + 2 * WATCH_MS),
      after("read again after it had everything", watch?.firstReadMs(syncedMs, endMs) ?? Number.NaN, syncedMs),
    ],
    notes: notesOf({ control, fault, "after the link was back": joined }),
  };
}
