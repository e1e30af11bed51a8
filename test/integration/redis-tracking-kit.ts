/** A Redis store whose changes are watched, over real servers of the stage, and what it tells. */
import type { StoreFigures } from "../../src/model/feature-store.ts";
import { feedOf, type LookupShape, type RowFeed } from "../../src/model/lookup.ts";
import type { RedisSettings } from "../../src/model/redis-settings.ts";
import { featureField } from "../../src/store/redis/field-hash.ts";
import { RedisStore } from "../../src/store/redis/redis-store.ts";
import type { RedisProcess } from "../faults/redis-process.ts";
import type { Stage } from "../faults/stage.ts";
import { until } from "../faults/until.ts";
import { plainRedis } from "../helpers/redis-settings.ts";
import { driverKeyHex, lookupOf, rowHex, shapeOf } from "../unit/store/lookup-fixture.ts";

export const SHAPE = shapeOf(["v", "f"]);
export const FIELD = featureField("v", "f");
/** 4,000 of them are a large read. */
export const MANY = Array.from({ length: 2000 }, (_, id) => id);

export const storeKey = (id: number): Buffer => Buffer.from(`${driverKeyHex(id)}73686f70`, "hex");

/** A row of entity `id`. */
export function write(redis: Pick<RedisProcess, "ask">, id: number, value: string): Promise<unknown> {
  return redis.ask("HSET", storeKey(id), FIELD, value, "_ts:v", "t");
}

export interface Row {
  /** undefined = there is none. */
  readonly value: string | undefined;
  readonly feed: RowFeed | undefined;
}

export interface Watched {
  readonly store: RedisStore;
  /** In order: `key ID`, `all`, `view NAME …`, with `again` at the end for repeats. */
  readonly told: string[];
  readonly reasons: string[];
  read(id: number, isCached?: boolean): Promise<Row>;
  readMany(ids: readonly number[], isCached: boolean, shape?: LookupShape): Promise<(RowFeed | undefined)[]>;
  /** Waits until it is told, from `from` on. */
  hears(what: string, from?: number): Promise<void>;
  changes(): NonNullable<StoreFigures["changes"]>;
}

const idOf = (key: Buffer): string => String(key.readBigInt64LE(key.length - 12));

/** Starts one on the port of a node and waits until it is up. */
export async function watchStore(
  stage: Stage,
  port: number,
  settings: Partial<RedisSettings> = {},
  isWatched = true,
): Promise<Watched> {
  const store = new RedisStore({ ...plainRedis("127.0.0.1", port), ...settings }, "shop", {
    now: () => performance.now(),
    random: () => 0,
  });
  stage.own(() => store.close());
  const [told, reasons]: string[][] = [[], []];
  if (isWatched) {
    store.watch({
      keyChanged: (key) => told!.push(`key ${idOf(key)}`),
      allChanged: () => told!.push("all"),
      viewChanged: (view, keys, isRepeat) =>
        told!.push(`view ${view} ${keys?.map(idOf).join() ?? "all"}${isRepeat ? " again" : ""}`),
    });
  }
  store.start((state, reason) => {
    if (reason !== undefined) reasons!.push(`${state}: ${reason}`);
  });
  await until("the store is up", 5000, () => store.state() === "up");
  return {
    store,
    told: told!,
    reasons: reasons!,
    async read(id, isCached = true) {
      const [block] = await store.read([lookupOf(SHAPE, driverKeyHex(id))], performance.now() + 5000, isCached);
      const [hex] = rowHex(block!, SHAPE, 0);
      return { value: hex == null ? undefined : Buffer.from(hex, "hex").toString(), feed: feedOf(block!, 0) };
    },
    async readMany(ids, isCached, shape = SHAPE) {
      const [block] = await store.read([lookupOf(shape, ...ids.map(driverKeyHex))], performance.now() + 5000, isCached);
      return ids.map((_, key) => feedOf(block!, key));
    },
    async hears(what, from = 0) {
      await until(`"${what}" is told`, 3000, () => told!.includes(what, from));
    },
    changes: () => store.figures().changes!,
  };
}

/** Lines of CLIENT LIST. */
export async function clientsOf(redis: RedisProcess): Promise<string[]> {
  return String(await redis.ask("CLIENT", "LIST"))
    .trim()
    .split("\n");
}

/** Those that track keys. */
export async function trackersOf(redis: RedisProcess): Promise<string[]> {
  return (await clientsOf(redis)).filter((line) => / flags=\S*t/.test(line));
}

export async function trackedKeys(redis: RedisProcess): Promise<number> {
  return Number((await redis.info("stats")).get("tracking_total_keys"));
}
