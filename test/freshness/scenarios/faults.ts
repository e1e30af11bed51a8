/** Connections are killed, links cut, replicas die and are promoted, the primary changes and restarts, one after the other. */
import { setTimeout as delay } from "node:timers/promises";
import { createRandom } from "../../helpers/random.ts";
import { failover } from "../episodes/failover.ts";
import type { FaultWorld } from "../episodes/fault-world.ts";
import { killConnections } from "../episodes/kill-connections.ts";
import { linkCut } from "../episodes/link-cut.ts";
import { primaryRestart } from "../episodes/primary-restart.ts";
import { replicaSwitch } from "../episodes/replica-switch.ts";
import { strayPromotion } from "../episodes/stray-promotion.ts";
import type { FreshRun } from "../fresh-world.ts";
import { atLeastOnce, type FreshnessScenario, LEAST_HIT_SHARE, type RoundOptions } from "../freshness-scenario.ts";
import { openReplicatedRedis, openTrackedWorld, TRACKED_BOUNDS, TRACKED_JUDGEMENT } from "./tracked-world.ts";

export const EPISODES: readonly (readonly [name: string, run: (faults: FaultWorld) => Promise<void>])[] = [
  ["connections killed", killConnections],
  ["replica link cut", linkCut],
  ["replica killed", replicaSwitch],
  ["stray promotion", strayPromotion],
  ["failover", failover],
  ["primary restarted", primaryRestart],
];

export const faults: FreshnessScenario = {
  name: "faults",
  title: "a primary and two replicas, each fault in turn, while raw commands go on",
  bounds: TRACKED_BOUNDS,
  isTracked: true,
  leastHitShare: LEAST_HIT_SHARE,
  missing: (tally) => atLeastOnce(tally, "invalidated", "coalesced", "suspect"),
  run: (options) => runEpisodes(options, EPISODES),
};

/** Each episode once, then all at rest. */
export async function runEpisodes(options: RoundOptions, episodes: typeof EPISODES): Promise<readonly FreshRun[]> {
  const redis = await openReplicatedRedis(options);
  const world = await openTrackedWorld(options, redis);
  const random = createRandom(options.seed);
  await world.episode("steady", () => delay(options.steadyMs));
  for (const [name, run] of episodes) {
    await world.episode(name, () => run({ world, redis, random, turn: options.round }));
  }
  return world.finish(TRACKED_JUDGEMENT);
}
