/** A Redis store beside a fake server, for tests of its connections. */
import { expect, vi } from "vitest";
import type { StoreState } from "../../src/model/feature-store.ts";
import type { RedisSettings } from "../../src/model/redis-settings.ts";
import { RedisStore } from "../../src/store/redis/redis-store.ts";
import { FakeRedis, type Reaction } from "../fakes/fake-redis.ts";
import { noteChanges } from "../fakes/state-log.ts";
import { plainRedis } from "../helpers/redis-settings.ts";
import { driverKeyHex, lookupOf, rowHex, shapeOf } from "../unit/store/lookup-fixture.ts";

export const SHAPE = shapeOf(["driver_stats", "conv_rate"]);
export const WIDE = shapeOf(["driver_stats", "conv_rate"], ["v", ...Array.from({ length: 98 }, (_, i) => `f${i}`)]);
export const DEPS = { now: () => performance.now(), random: () => 0 };

export const fakes: FakeRedis[] = [];
export const stores: { close(): Promise<void> }[] = [];

/** Ends what the tests of a file have made. */
export async function closeAll(): Promise<void> {
  await Promise.all(stores.splice(0).map((store) => store.close()));
  await Promise.all(fakes.splice(0).map((fake) => fake.close()));
}

export interface Setup {
  readonly fake: FakeRedis;
  readonly store: RedisStore;
  readonly states: StoreState[];
}

export async function setup(
  protocol: 2 | 3,
  settings: Partial<RedisSettings> = {},
  react?: FakeRedis["react"],
): Promise<Setup> {
  const fake = new FakeRedis(protocol);
  if (react !== undefined) fake.react = react;
  fakes.push(fake);
  const port = await fake.listen();
  const states: StoreState[] = [];
  const host = settings.endpoints?.[0]?.host ?? "127.0.0.1";
  const store = new RedisStore(
    { ...plainRedis("127.0.0.1", port), connectTimeoutMs: 500, ...settings, endpoints: [{ host, port }] },
    "shop",
    DEPS,
  );
  stores.push(store);
  store.start(noteChanges(states));
  return { fake, store, states };
}

export async function setupUp(...args: Parameters<typeof setup>): Promise<Setup> {
  const made = await setup(...args);
  await vi.waitFor(() => expect(made.states.at(-1)).toBe("up"), 5000);
  return made;
}

export function write(fake: FakeRedis, id: number, hex: string): void {
  fake.hashes.set(`${driverKeyHex(id)}73686f70`, new Map([["fa731014", Buffer.from(hex, "hex")]]));
}

export async function readOne(store: RedisStore, id: number, timeoutMs = 5000): Promise<string> {
  const read = store.read([lookupOf(SHAPE, driverKeyHex(id))], performance.now() + timeoutMs);
  return read.then(
    ([block]) => rowHex(block!, SHAPE, 0).join(),
    (error: Error) => error.message,
  );
}

export const keys = (count: number): string[] => Array.from({ length: count }, (_, id) => driverKeyHex(id));
export const hmget =
  (reaction: Reaction): FakeRedis["react"] =>
  (name) =>
    name === "HMGET" ? reaction : { kind: "reply" };
