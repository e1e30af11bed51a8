/** Nothing breaks: HSET, DEL, PEXPIRE, EXPIRE and FLUSHALL at random. The scenario that planted bugs are tried in, too. */
import { setTimeout as delay } from "node:timers/promises";
import { atLeastOnce, type FreshnessScenario, LEAST_HIT_SHARE } from "../freshness-scenario.ts";
import { openReplicatedRedis, openTrackedWorld, TRACKED_BOUNDS, TRACKED_JUDGEMENT } from "./tracked-world.ts";

export const rawWrites: FreshnessScenario = {
  name: "raw-writes",
  title: "HSET, DEL, PEXPIRE, EXPIRE, FLUSHALL; two replicas",
  bounds: TRACKED_BOUNDS,
  isTracked: true,
  leastHitShare: LEAST_HIT_SHARE,
  missing: (tally) => atLeastOnce(tally, "invalidated", "coalesced", "negative_hits"),
  async run(options) {
    const world = await openTrackedWorld(options, await openReplicatedRedis(options));
    await world.episode("steady", () => delay(options.steadyMs));
    return world.finish(TRACKED_JUDGEMENT);
  },
};
