/** A replica stops answering without closing anything, and later goes on where it was, with old data and old replies. */
import { setTimeout as delay } from "node:timers/promises";
import { nowMs } from "../clock.ts";
import { after, noFailure, notesOf, p99Under, soundControl } from "../figures.ts";
import { openPlainRedis } from "../plain-redis.ts";
import type { RedisProcess } from "../redis-process.ts";
import type { RunOptions, Scenario, ScenarioRun } from "../scenario.ts";
import { openWorld } from "../world.ts";

const FROZEN = 1;
const SETTLES_MS = 1_000;
const RETURN_BAR_MS = 5_000;

export const replicaFrozen: Scenario = {
  name: "replica-frozen",
  title: "replica frozen (SIGSTOP), then thawed",
  bar: "no failed request; P99 < 10 ms from one second after the freeze; returns after the thaw",
  run,
};

async function run(options: RunOptions): Promise<ScenarioRun> {
  const redis = await openPlainRedis(options.stage, { replicas: 2 });
  const world = await openWorld(options, redis);
  const replica = redis.nodes[FROZEN] as RedisProcess;
  const frozenMs = nowMs();
  replica.freeze();
  await delay(SETTLES_MS + world.times.phaseMs / 2);
  const thawedMs = nowMs();
  replica.thaw();
  const watch = world.reads[FROZEN];
  while ((watch?.firstReadMs(thawedMs, nowMs()) ?? 0) > nowMs() && nowMs() < thawedMs + RETURN_BAR_MS) await delay(25);
  await delay(world.times.phaseMs / 4);
  const endMs = nowMs();
  const { control, summary } = await world.finish();
  const fault = summary(frozenMs, endMs);
  const settled = summary(frozenMs + SETTLES_MS, thawedMs);
  return {
    figures: [
      ...soundControl(control, world, [0, FROZEN, 2]),
      ...noFailure(fault, control),
      p99Under("P99 from 1 s after the freeze", settled, control),
      after("read again after the thaw", watch?.firstReadMs(thawedMs, endMs) ?? Number.NaN, thawedMs, RETURN_BAR_MS),
    ],
    notes: notesOf({ control, fault }),
  };
}
