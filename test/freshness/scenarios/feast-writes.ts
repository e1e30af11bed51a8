/** Nothing breaks: real Feast pushes and materializes the same rows that the raw writer writes, deletes and expires. */
import { setTimeout as delay } from "node:timers/promises";
import { nowMs } from "../../faults/clock.ts";
import { type FeastWriter, openFeastWriter } from "../feast-writer.ts";
import type { FreshWorld } from "../fresh-world.ts";
import { atLeastOnce, type FreshnessScenario, LEAST_HIT_SHARE } from "../freshness-scenario.ts";
import { ENTITIES } from "../hot-data.ts";
import { VersionClock } from "../version-clock.ts";
import { openReplicatedRedis, openTrackedWorld, TRACKED_BOUNDS, TRACKED_JUDGEMENT } from "./tracked-world.ts";

export const feastWrites: FreshnessScenario = {
  name: "feast-writes",
  title: "Feast `push` and `materialize` beside raw commands; two replicas",
  bounds: TRACKED_BOUNDS,
  isTracked: true,
  leastHitShare: LEAST_HIT_SHARE,
  missing: (tally) => [
    ...atLeastOnce(tally, "invalidated", "coalesced", "negative_hits"),
    ...["push", "materialize"].filter((name) => !tally.commands.has(name)).map((name) => `Feast did no ${name}`),
  ],
  async run(options) {
    const { stage, seed } = options;
    const redis = await openReplicatedRedis(options);
    const versions = new VersionClock(nowMs());
    const feast = await openFeastWriter(stage, { redisPort: redis.route.port, startMs: versions.startMs, seed });
    const world = await openTrackedWorld(options, redis, { versions, registry: feast.registry });
    feast.start();
    await world.episode("steady", () => delay(options.steadyMs));
    await feast.stop();
    const runs = await world.finish(TRACKED_JUDGEMENT);
    const writes = countWrites(world, feast);
    return runs.map((run) => ({ ...run, commands: new Map([...run.commands, ...writes]) }));
  },
};

/** @throws Error when a call of Feast failed, though nothing was broken */
function countWrites(world: FreshWorld, { writes }: FeastWriter): ReadonlyMap<string, number> {
  const seen = new Set<string>();
  for (const event of world.watches[0]?.events ?? []) {
    if (event.kind === "set") seen.add(`${event.entity} ${event.view} ${event.version}`);
  }
  const counts = new Map<string, number>();
  for (const { event, view, entities = [], version, error } of writes) {
    if (error !== undefined) throw new Error(`Feast's ${event} failed: ${error}`);
    counts.set(event, (counts.get(event) ?? 0) + 1);
    const arrived = entities.filter((entity) => seen.has(`${ENTITIES.indexOf(entity)} ${view} ${version}`)).length;
    counts.set("rows of Feast", (counts.get("rows of Feast") ?? 0) + arrived);
    // Feast does not write a row that is older than the stored one (redis.py:online_write_batch).
    counts.set(
      "rows that Feast found newer",
      (counts.get("rows that Feast found newer") ?? 0) + entities.length - arrived,
    );
  }
  return counts;
}
