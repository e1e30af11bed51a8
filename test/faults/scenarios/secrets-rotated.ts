/** New certificates and a new password, after which every connection is ended by Redis and must be made again with them. */
import { setTimeout as delay } from "node:timers/promises";
import { nowMs } from "../clock.ts";
import { after, noFailure, notesOf, rightValues, soundControl } from "../figures.ts";
import { firstHitMs } from "../first-hit.ts";
import type { Figure, RunOptions, Scenario, ScenarioRun } from "../scenario.ts";
import { openTlsRedis } from "../tls-redis.ts";
import { openWorld } from "../world.ts";

const REPLICAS = 2;
const APART_MS = 1_000;
/** Changed files are looked at about once a second. */
const NOTICED_MS = 1_200;
const AT_ONCE_BAR_MS = 20;

export const secretsRotated: Scenario = {
  name: "secrets-rotated",
  title: "TLS certificate and password rotated, then CLIENT KILL node by node, 1 s apart",
  bar: "no failed request",
  run: (options) => run(options, APART_MS),
};

export const secretsRotatedAtOnce: Scenario = {
  name: "secrets-rotated-at-once",
  title: "TLS certificate and password rotated, then CLIENT KILL on all nodes at once",
  bar: "failures only within 20 ms, printed",
  run: (options) => run(options, 0),
};

async function run(options: RunOptions, apartMs: number): Promise<ScenarioRun> {
  const redis = await openTlsRedis(options.stage, REPLICAS);
  const world = await openWorld(options, redis);
  const rotatedMs = nowMs();
  await redis.rotate(async () => {
    process.kill(world.sidecar.pid, "SIGHUP");
    await delay(NOTICED_MS);
  });
  const killedMs = nowMs();
  const killed: Promise<number>[] = [];
  for (const node of redis.nodes.keys()) {
    killed.push(redis.killClients(node));
    if (apartMs > 0) await delay(apartMs);
  }
  const ended = await Promise.all(killed);
  await delay(world.times.phaseMs / 2);
  const connections = await Promise.all(redis.nodes.map((_, node) => redis.connections(node)));
  const endMs = nowMs();
  const { calls, control, summary } = await world.finish();
  // What was due just before the kill and in flight at it fails by the kill, and is none of the rotation's.
  const hitMs = firstHitMs(calls, killedMs, AT_ONCE_BAR_MS);
  const rotation = summary(rotatedMs, hitMs);
  const kill = summary(hitMs, endMs);
  const lastFailureMs = calls.findLast(({ dueMs, outcome }) => dueMs < endMs && outcome !== "ok")?.dueMs ?? killedMs;
  const atOnce: Figure[] = [
    ...rightValues(kill),
    { name: "failed", value: kill.failed, unit: "calls" },
    after("last failure after the kill", Math.max(killedMs, lastFailureMs), killedMs, AT_ONCE_BAR_MS),
  ];
  return {
    figures: [
      ...soundControl(control, world, [0, 1, 2]),
      { name: "failed in the rotation", value: rotation.failed, unit: "calls", atMost: 0 },
      ...(apartMs > 0 ? noFailure(kill, control) : atOnce),
      { name: "connections ended on a node", value: Math.min(...ended), unit: "connections", atLeast: 1 },
      { name: "connections made anew on a node", value: Math.min(...connections), unit: "connections", atLeast: 1 },
    ],
    notes: notesOf({ control, rotation, kill }),
  };
}
