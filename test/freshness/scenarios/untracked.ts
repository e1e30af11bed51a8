/** A Redis user who may not ask for tracking: a row is as old as the policy of its view allows, and no older. */
import { setTimeout as delay } from "node:timers/promises";
import { openPlainRedis } from "../../faults/plain-redis.ts";
import { LEAVE_MS } from "../episodes/fault-world.ts";
import { openFreshWorld } from "../fresh-world.ts";
import { atLeastOnce, type FreshnessScenario, LEAST_HIT_SHARE } from "../freshness-scenario.ts";
import type { FreshnessBound } from "../judge-reads.ts";
import { ACTS_PER_SECOND, READS_PER_SECOND } from "./tracked-world.ts";

/** An answer is made a moment after its read left, and clocks are compared. */
const SLACK_MS = 5;
const USER = "reader";
const PASSWORD = "of-the-reader";
const RULES = [
  "on",
  `>${PASSWORD}`,
  "~*",
  "resetchannels",
  "-@all",
  "+hmget",
  "+hgetall",
  "+hlen",
  "+info",
  "+role",
  "+ping",
];

const CACHE = {
  mode: "live",
  ttl: "400ms",
  negative_ttl: "150ms",
  views: {
    feature_view_1: { policy: "swr", ttl: "150ms", stale_for: "300ms" },
    feature_view_2: { ttl: "80ms", negative_ttl: "400ms" },
  },
};
const BOUNDS: readonly FreshnessBound[] = [
  { rowMs: 400 + SLACK_MS, absentMs: 150 + SLACK_MS },
  { rowMs: 150 + 300 + SLACK_MS, absentMs: 150 + SLACK_MS },
  { rowMs: 80 + SLACK_MS, absentMs: 400 + SLACK_MS },
];

export const untracked: FreshnessScenario = {
  name: "untracked",
  title: "no right to CLIENT TRACKING: ttl, swr and negative_ttl bound the age",
  bounds: BOUNDS,
  isTracked: false,
  leastHitShare: LEAST_HIT_SHARE,
  missing: (tally) => [
    ...atLeastOnce(tally, "coalesced", "negative_hits", "swr_hits"),
    ...(tally.cache.invalidated > 0 ? ["changes were told after all"] : []),
  ],
  async run({ stage, seed, steadyMs }) {
    const connectionOptions = `,username=${USER},password=${PASSWORD}`;
    const redis = await openPlainRedis(stage, { replicas: 2, connectionOptions });
    for (const node of redis.nodes) await node.ask("ACL", "SETUSER", USER, ...RULES);
    const world = await openFreshWorld({
      ...{ stage, seed, redis, readsPerSecond: READS_PER_SECOND, actsPerSecond: ACTS_PER_SECOND },
      sidecars: [{ cache: CACHE }],
    });
    await world.episode("steady", () => delay(steadyMs));
    return world.finish({ bounds: BOUNDS, behindWriteMs: LEAVE_MS, isHeldUpExcused: false });
  },
};
