/** Slots of a cluster move to another primary while they are read and written. */
import { setTimeout as delay } from "node:timers/promises";
import { nowMs } from "../clock.ts";
import { openClusterRedis } from "../cluster-redis.ts";
import { noFailure, notesOf, soundControl } from "../figures.ts";
import type { RedisProcess } from "../redis-process.ts";
import type { RunOptions, Scenario, ScenarioRun } from "../scenario.ts";
import { migrateSlots, slotsWithRows } from "../slot-migration.ts";
import { openWorld } from "../world.ts";

/** Slots that move at the same time. */
const AT_ONCE = 20;
const PAUSE_MS = 120;
/** After the last slot: the map that the sidecar has must be right by itself. */
const AFTER_MS = 500;

export const clusterSlotsMigrate: Scenario = {
  name: "cluster-slots-migrate",
  title: "cluster: slots migrate under load",
  bar: "no wrong or lost answer",
  run,
};

async function run(options: RunOptions): Promise<ScenarioRun> {
  const cluster = await openClusterRedis(options.stage);
  const world = await openWorld(options, cluster);
  const startMs = nowMs();
  const endsMs = startMs + world.times.phaseMs;
  let movedSlots = 0;
  let movedKeys = 0;
  // Round and round, so that a slot comes back to where it has been.
  for (let from = 0; nowMs() < endsMs || movedSlots === 0; from = (from + 1) % 3) {
    const to = (from + 1) % 3;
    const slots = await slotsWithRows(cluster.nodes[from] as RedisProcess);
    for (let first = 0; first < slots.length && nowMs() < endsMs; first += AT_ONCE) {
      const batch = slots.slice(first, first + AT_ONCE);
      movedKeys += await migrateSlots(cluster, { slots: batch, from, to, pauseMs: PAUSE_MS });
      movedSlots += batch.length;
    }
  }
  await delay(AFTER_MS);
  const endMs = nowMs();
  const { control, summary } = await world.finish();
  const fault = summary(startMs, endMs);
  return {
    figures: [
      ...soundControl(control, world, [0, 1, 2, 3, 4, 5]),
      ...noFailure(fault, control),
      { name: "slots moved", value: movedSlots, unit: "slots", atLeast: AT_ONCE },
      { name: "keys moved", value: movedKeys, unit: "keys", atLeast: AT_ONCE },
    ],
    notes: notesOf({ control, fault }),
  };
}
