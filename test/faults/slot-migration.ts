/** Moves slots from one primary to another as `redis-cli --cluster reshard` does, with pauses in which a slot is half moved. */
import { setTimeout as delay } from "node:timers/promises";
import { type ClusterRedis, PRIMARIES } from "./cluster-redis.ts";
import { keySlot } from "./key-slot.ts";
import type { RedisProcess } from "./redis-process.ts";
import { entityKey, MOVING_ENTITIES, SETTLED_ENTITIES } from "./versioned-data.ts";

const MIGRATE_TIMEOUT_MS = 5_000;

/** Slots of the tests' rows that a primary holds by the first distribution, some with settled and some with moving rows. */
export async function slotsWithRows(primary: RedisProcess): Promise<number[]> {
  const slots = new Set([...SETTLED_ENTITIES, ...MOVING_ENTITIES].map((entity) => keySlot(entityKey(entity))));
  const held: number[] = [];
  for (const slot of slots) {
    if (Number(await primary.ask("CLUSTER", "COUNTKEYSINSLOT", slot)) > 0) held.push(slot);
  }
  return held;
}

export interface Migration {
  readonly slots: readonly number[];
  /** Numbers of primaries. */
  readonly from: number;
  readonly to: number;
  /** Pause before, between and after the keys. */
  readonly pauseMs: number;
}

/** @returns how many keys were moved @throws Error with Redis' words */
export async function migrateSlots(cluster: ClusterRedis, { slots, from, to, pauseMs }: Migration): Promise<number> {
  const source = cluster.nodes[from] as RedisProcess;
  const target = cluster.nodes[to] as RedisProcess;
  for (const slot of slots) {
    await target.ask("CLUSTER", "SETSLOT", slot, "IMPORTING", cluster.ids[from] as string);
    await source.ask("CLUSTER", "SETSLOT", slot, "MIGRATING", cluster.ids[to] as string);
  }
  await delay(pauseMs);
  const half = Math.ceil(slots.length / 2);
  let moved = await moveKeys(source, target, slots.slice(0, half));
  await delay(pauseMs);
  moved += await moveKeys(source, target, slots.slice(half));
  await delay(pauseMs);
  const others = cluster.nodes.slice(0, PRIMARIES).filter((node) => node !== source && node !== target);
  for (const slot of slots) {
    for (const node of [target, source, ...others]) {
      await node.ask("CLUSTER", "SETSLOT", slot, "NODE", cluster.ids[to] as string);
    }
  }
  return moved;
}

async function moveKeys(source: RedisProcess, target: RedisProcess, slots: readonly number[]): Promise<number> {
  let moved = 0;
  for (const slot of slots) {
    const keys = (await source.askBytes("CLUSTER", "GETKEYSINSLOT", slot, 100)) as readonly Buffer[];
    if (keys.length === 0) continue;
    await source.ask("MIGRATE", "127.0.0.1", target.port, "", 0, MIGRATE_TIMEOUT_MS, "KEYS", ...keys);
    moved += keys.length;
  }
  return moved;
}
