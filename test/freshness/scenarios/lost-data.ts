/** The one node that is read dies and comes back empty: every row that was kept is gone. A replica stands by only to tell what expired. */
import { setTimeout as delay } from "node:timers/promises";
import { createRandom } from "../../helpers/random.ts";
import { rejoin, restartPrimary, rolesOf, SETTLE_MS } from "../episodes/fault-world.ts";
import { killConnections } from "../episodes/kill-connections.ts";
import type { FreshWorld } from "../fresh-world.ts";
import { atLeastOnce, type FreshnessScenario, LEAST_HIT_SHARE } from "../freshness-scenario.ts";
import { openReplicatedRedis, openTrackedWorld, TRACKED_BOUNDS, TRACKED_JUDGEMENT } from "./tracked-world.ts";

const AWAY_MS = 300;

export const lostData: FreshnessScenario = {
  name: "lost-data",
  title: "`read_from: primary`: connections killed, restarted without its data",
  bounds: TRACKED_BOUNDS,
  isTracked: true,
  leastHitShare: LEAST_HIT_SHARE,
  missing: (tally) => atLeastOnce(tally, "invalidated", "suspect"),
  async run(options) {
    const all = await openReplicatedRedis(options, { replicas: 1, linkProxies: [1], isDurable: false });
    const redis = { ...all, sidecar: { ...all.sidecar, redis: { read_from: "primary" } } };
    const world = await openTrackedWorld(options, redis);
    const random = createRandom(options.seed);
    await world.episode("steady", () => delay(options.steadyMs));
    await world.episode("connections killed", () => killConnections({ world, redis, random, turn: options.round }));
    await world.episode("restarted empty", () => restartEmpty(world));
    return world.finish(TRACKED_JUDGEMENT);
  },
};

async function restartEmpty(world: FreshWorld): Promise<void> {
  const { primary, replicas } = rolesOf(world);
  const { killedMs, restartedMs } = await restartPrimary(world, "empty", AWAY_MS);
  // The replica has what was lost until it is filled anew.
  for (const watch of [primary, ...replicas]) world.exclude(watch, { fromMs: killedMs, toMs: restartedMs });
  await rejoin(world, replicas, restartedMs);
  // Nothing is there, and readers must see that.
  await delay(SETTLE_MS);
  world.writer.start();
  await delay(SETTLE_MS);
}
