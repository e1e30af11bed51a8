/** Changes are told, and a ttl is written besides: what is written must not make an answer older than what is told. */
import { setTimeout as delay } from "node:timers/promises";
import { nowMs } from "../../faults/clock.ts";
import { atLeastOnce, type FreshnessScenario, LEAST_HIT_SHARE } from "../freshness-scenario.ts";
import { flush } from "../write-acts.ts";
import { openReplicatedRedis, openTrackedWorld, TRACKED_BOUNDS, TRACKED_JUDGEMENT } from "./tracked-world.ts";

const CACHE = {
  mode: "live",
  views: {
    feature_view_0: { ttl: "5m", negative_ttl: "1m" },
    feature_view_1: { policy: "swr", ttl: "200ms", stale_for: "1m" },
  },
};
/** Then all rows are read at once, in a large read. */
const FLUSH_EVERY_MS = 700;

export const writtenTtl: FreshnessScenario = {
  name: "written-ttl",
  title: "views with a ttl of their own, FLUSHALL every 700 ms; two replicas",
  bounds: TRACKED_BOUNDS,
  isTracked: true,
  leastHitShare: LEAST_HIT_SHARE,
  missing: (tally) => atLeastOnce(tally, "invalidated", "coalesced", "negative_hits", "swr_hits"),
  async run(options) {
    const world = await openTrackedWorld(options, await openReplicatedRedis(options), { cache: CACHE });
    await world.episode("steady", async () => {
      for (const startMs = nowMs(); nowMs() - startMs < options.steadyMs; await delay(FLUSH_EVERY_MS)) {
        await flush(world.writer, 0);
      }
    });
    return world.finish(TRACKED_JUDGEMENT);
  },
};
