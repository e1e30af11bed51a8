/** The primary dies, Sentinel promotes a replica; the old one comes back empty and for some seconds still takes itself for a primary. */
import { setTimeout as delay } from "node:timers/promises";
import { nowMs } from "../clock.ts";
import { after, noFailure, notesOf, soundControl } from "../figures.ts";
import type { RedisProcess } from "../redis-process.ts";
import type { RunOptions, Scenario, ScenarioRun } from "../scenario.ts";
import { openSentinelRedis } from "../sentinel-redis.ts";
import { until } from "../until.ts";
import { openWorld } from "../world.ts";

const REPLICAS = 2;
const PROMOTION_TIMEOUT_MS = 15_000;

export const sentinelFailover: Scenario = {
  name: "sentinel-failover",
  title: "primary killed: Sentinel promotes",
  bar: "reads never fail; figures of the switch printed",
  run,
};

async function run(options: RunOptions): Promise<ScenarioRun> {
  const redis = await openSentinelRedis(options.stage, REPLICAS);
  // An acknowledged write that only the old primary had would be lost by the failover itself.
  redis.route.replicas = REPLICAS;
  const world = await openWorld(options, redis);
  const old = redis.nodes[0] as RedisProcess;
  const killedMs = nowMs();
  await old.kill();
  const promoted = await until("a promotion", PROMOTION_TIMEOUT_MS, async () => {
    const port = await redis.primaryPort();
    const node = redis.nodes.find((each) => each.port === port && each !== old);
    return node !== undefined && (await node.info("replication")).get("role") === "master" ? node : undefined;
  });
  const promotedMs = nowMs();
  redis.route.port = promoted.port;
  redis.route.replicas = 0;
  await until("a write after the promotion", PROMOTION_TIMEOUT_MS, () => redis.writer.ledger.lastAckMs > promotedMs);
  const writtenMs = redis.writer.ledger.lastAckMs;
  await delay(world.times.phaseMs / 4);
  await old.restart("empty");
  await delay(world.times.phaseMs / 2);
  const endMs = nowMs();
  const { control, summary } = await world.finish();
  const fault = summary(killedMs, endMs);
  return {
    figures: [
      ...soundControl(control, world, [0, 1, 2]),
      ...noFailure(fault, control),
      { name: "marked as degraded", value: fault.degraded, unit: "calls" },
      after("promoted after", promotedMs, killedMs),
      after("writes again after", writtenMs, killedMs),
      {
        name: "rows of the empty old primary",
        value: world.reads[0]?.rowsBetween(promotedMs, endMs) ?? Number.NaN,
        unit: "rows",
      },
    ],
    notes: notesOf({ control, fault }),
  };
}
