/**
 * Ten times as many connections as the fleet has sidecars, bare ones (a fleet of that size would not fit on the machine): whether
 * bytes per item and time per push are still what the fleet shows.
 */
import { setTimeout as delay } from "node:timers/promises";
import { BareClient } from "./bare-client.ts";
import type { FleetWorld } from "./fleet-world.ts";
import { sum } from "./fleet-world.ts";
import { type ReplicaState, replicaState, type Spent, spent, takeSample } from "./sample.ts";

const OPEN_AT_A_TIME = 100;
const MEMORY_SETTLES_MS = 1100;
const POLL_MS = 50;

export interface ManyClientsRun {
  readonly isTracking: boolean;
  readonly clients: number;
  /** Each of them holds all of these. */
  readonly keys: number;
  readonly connected: ReplicaState;
  readonly filled: ReplicaState;
  /** All rows written at full speed. */
  readonly storm: Spent;
  readonly pushes: number;
}

/** So many keys that there are as many items, and so pushes, as in a run of the fleet. */
export async function manyClientsRun(world: FleetWorld, isTracking: boolean): Promise<ManyClientsRun> {
  const { plan, redis, materialization } = world;
  const count = 10 * plan.sidecars;
  const keys = Math.max(1, Math.floor(plan.keysPerSidecar / 10));
  const stride = Math.floor(materialization.rows / keys);
  const entities = Array.from({ length: keys }, (_, key) => key * stride);
  const clients: BareClient[] = [];
  try {
    while (clients.length < count) {
      const some = Array.from({ length: Math.min(OPEN_AT_A_TIME, count - clients.length) }, () =>
        BareClient.open(redis.replica.port, isTracking),
      );
      clients.push(...(await Promise.all(some)));
    }
    await delay(MEMORY_SETTLES_MS);
    const connected = await replicaState(redis);
    for (let first = 0; first < count; first += OPEN_AT_A_TIME) {
      await Promise.all(clients.slice(first, first + OPEN_AT_A_TIME).map((client) => client.read(entities)));
    }
    await delay(MEMORY_SETTLES_MS);
    const filled = await replicaState(redis);
    const before = await takeSample(world);
    await materialization.write(redis.primary.port, undefined);
    await redis.untilInSync();
    const pushes = (): number => sum(clients.map((client) => client.pushes));
    for (let last = -1; last !== pushes(); await delay(POLL_MS)) last = pushes();
    const storm = spent(before, await takeSample(world));
    return { isTracking, clients: count, keys, connected, filled, storm, pushes: pushes() };
  } finally {
    for (const client of clients) client.close();
    await redis.forgetTracked();
  }
}
