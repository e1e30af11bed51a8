/** The primary dies and Sentinel promotes a replica; the old one comes back empty and follows it. */
import { setTimeout as delay } from "node:timers/promises";
import { nowMs } from "../../faults/clock.ts";
import { untilInSync } from "../../faults/redis-process.ts";
import { openSentinelRedis, type SentinelRedis } from "../../faults/sentinel-redis.ts";
import { until } from "../../faults/until.ts";
import { rejoin, SETTLE_MS } from "../episodes/fault-world.ts";
import type { FreshWorld } from "../fresh-world.ts";
import { atLeastOnce, type FreshnessScenario, LEAST_HIT_SHARE } from "../freshness-scenario.ts";
import type { NodeWatch } from "../node-watch.ts";
import { openTrackedWorld, TRACKED_BOUNDS, TRACKED_JUDGEMENT } from "./tracked-world.ts";

const REPLICAS = 2;
const TIMEOUT_MS = 20_000;

export const sentinelPromotion: FreshnessScenario = {
  name: "sentinel-promotion",
  title: "primary killed, Sentinel promotes a replica, the old primary comes back empty",
  bounds: TRACKED_BOUNDS,
  isTracked: true,
  leastHitShare: LEAST_HIT_SHARE,
  missing: (tally) => atLeastOnce(tally, "invalidated", "suspect"),
  async run(options) {
    const redis = await openSentinelRedis(options.stage, REPLICAS);
    const world = await openTrackedWorld(options, redis);
    for (const watch of world.watches) watch.comesBack = true;
    await world.episode("steady", () => delay(options.steadyMs));
    await world.episode("promotion", () => promote(world, redis));
    return world.finish(TRACKED_JUDGEMENT);
  },
};

async function promote(world: FreshWorld, redis: SentinelRedis): Promise<void> {
  const old = world.watches[0] as NodeWatch;
  const killedMs = nowMs();
  old.detach();
  await old.node.kill();
  const promoted = await until("a promotion", TIMEOUT_MS, async () => {
    const port = await redis.primaryPort();
    const watch = world.watches.find(({ node }) => node.port === port && node !== old.node);
    return watch !== undefined && (await watch.node.info("replication")).get("role") === "master" ? watch : undefined;
  });
  promoted.role(true, nowMs());
  await world.writeTo(promoted);
  const others = world.watches.filter((watch) => watch !== old && watch !== promoted);
  await rejoin(world, others, killedMs, { primary: promoted });
  await old.node.restart("empty");
  await until("the old primary follows", TIMEOUT_MS, async () => {
    return (await old.node.info("replication")).get("master_port") === String(promoted.node.port);
  });
  const followsMs = nowMs();
  old.role(false, followsMs);
  await untilInSync(promoted.node, [old.node]);
  await old.attach();
  await rejoin(world, [old], followsMs, { primary: promoted });
  world.exclude(old, { fromMs: killedMs, toMs: nowMs() - SETTLE_MS });
}
