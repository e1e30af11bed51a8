/** The replica may remember fewer keys than the sidecars hold: it forgets some at random, and tells their holders as if they had changed. */
import { setTimeout as delay } from "node:timers/promises";
import { closeFleet, type FleetWorld, openFleet } from "./fleet-world.ts";
import { heldKeys } from "./plan.ts";
import { replicaState, type Spent, spent, takeSample } from "./sample.ts";
import { untilPushed } from "./storm-run.ts";

const SECONDS = 2;
const READS_PER_SECOND = 50;

export interface FullTableRun {
  /** `tracking-table-max-keys`. */
  readonly maxKeys: number;
  readonly keysHeld: number;
  /** All rows read once; nothing is written. */
  readonly fill: Spent;
  readonly trackedKeys: number;
  /** Single rows are read again, in turn: those that were forgotten and those that were not. */
  readonly reading: Spent;
}

/** All sidecars hold different keys. @param share of them that the table has room for, below 1 */
export async function fullTableRun(world: FleetWorld, share: number): Promise<FullTableRun> {
  const { plan, redis, fleet } = world;
  const keysHeld = heldKeys(plan, 1);
  const maxKeys = Math.round(keysHeld * share);
  await redis.replica.ask("CONFIG", "SET", "tracking-table-max-keys", String(maxKeys));
  await openFleet(world, 1, true);
  const empty = await takeSample(world);
  await fleet.call("fill", plan.keysPerSidecar);
  await untilPushed(world);
  const full = await takeSample(world);
  const { trackedKeys } = await replicaState(redis);
  await fleet.call("read", READS_PER_SECOND * plan.sidecars);
  const before = await takeSample(world);
  await delay(SECONDS * 1000);
  const after = await takeSample(world);
  await closeFleet(world);
  return { maxKeys, keysHeld, fill: spent(empty, full), trackedKeys, reading: spent(before, after) };
}
