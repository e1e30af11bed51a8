import { readFileSync } from "node:fs";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import type { RedisSettings } from "../../src/model/redis-settings.ts";
import { openStore } from "../../src/store/open-store.ts";
import { RedisStore } from "../../src/store/redis/redis-store.ts";
import { plainRedis } from "../helpers/redis-settings.ts";
import {
  driverKeyHex,
  type FeastStores,
  lookupOf,
  rowHex,
  shapeOf,
  timestampMicros,
} from "../unit/store/lookup-fixture.ts";
import { freePort, type RunningRedis, startRedis } from "./store-redis-server.ts";

const FEAST = JSON.parse(
  readFileSync(new URL("../fixtures/store/feast-stores.json", import.meta.url), "utf8"),
) as FeastStores;
const DEPS = { now: () => performance.now(), random: () => 0.5 };
const STATS = shapeOf(["driver_stats", "conv_rate", "trips", "city"]);

const opened: RedisStore[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((store) => store.close()));
});

function newStore(port: number, settings: Partial<RedisSettings> = {}, project = "shop"): RedisStore {
  const store = new RedisStore({ ...plainRedis("127.0.0.1", port), ...settings }, project, DEPS);
  opened.push(store);
  return store;
}

async function upStore(...args: Parameters<typeof newStore>): Promise<RedisStore> {
  const store = newStore(...args);
  store.start(() => {});
  await vi.waitFor(() => expect(store.state()).toBe("up"), 5000);
  return store;
}

const soon = (): number => performance.now() + 5000;

describe("a plain server", () => {
  let server: RunningRedis;
  let writer: Redis;

  beforeAll(async () => {
    server = await startRedis(await freePort());
    writer = new Redis(server.port, "127.0.0.1");
  });
  afterAll(async () => {
    writer.disconnect();
    await server.stop();
  });
  afterEach(async () => {
    await writer.flushall();
  });

  async function write(hashes: FeastStores["redis"]["hashes"]): Promise<void> {
    for (const [key, fields] of Object.entries(hashes)) {
      for (const [field, value] of Object.entries(fields)) {
        await writer.hset(Buffer.from(key, "hex"), Buffer.from(field, "hex"), Buffer.from(value, "hex"));
      }
    }
  }

  test("reads the documented layout: two views of a key, absent features and keys", async () => {
    const ts = (view: string): string => Buffer.from(`_ts:${view}`).toString("hex");
    await write({
      [`${driverKeyHex(1001)}73686f70`]: {
        [ts("driver_stats")]: "08c096f9d506108094ef3a",
        fa731014: "350000003f",
        "426aa434": "",
        [ts("driver_loc")]: "08c596f9d506108094ef3a",
        edd7a843: "12044f736c6f",
      },
    });
    const both = shapeOf(["driver_stats", "conv_rate", "trips", "city"], ["driver_loc", "city"]);
    const store = await upStore(server.port);
    const blocks = await store.read(
      [lookupOf(both, driverKeyHex(7), driverKeyHex(1001)), lookupOf(STATS, driverKeyHex(1001)), lookupOf(STATS)],
      soon(),
    );
    expect([0, 1].map((k) => rowHex(blocks[0]!, both, k))).toEqual([
      [null, null, null, null, null, null],
      ["350000003f", "", null, "08c096f9d506108094ef3a", "12044f736c6f", "08c596f9d506108094ef3a"],
    ]);
    expect(rowHex(blocks[1]!, STATS, 0)).toEqual(["350000003f", "", null, "08c096f9d506108094ef3a"]);
    expect(blocks[2]).toMatchObject({ sources: [], spans: new Int32Array(0), lagMs: 0 });
  });

  test("reads what real Feast wrote", async () => {
    await write(FEAST.redis.hashes);
    const store = await upStore(server.port, {}, FEAST.project);
    for (const answer of FEAST.redis.answer) {
      const shape = shapeOf([answer.view, ...answer.features]);
      const [block] = await store.read([lookupOf(shape, answer.key)], soon());
      const row = rowHex(block!, shape, 0);
      // Feast makes an unset Value of an absent field, and 1970 of an absent time.
      expect(Object.fromEntries(answer.features.map((name, i) => [name, row[i] ?? ""]))).toEqual(answer.values);
      expect(timestampMicros(row.at(-1) ?? "")).toBe(answer.event_time_us);
    }
    expect(FEAST.redis.answer).toHaveLength(6);
  });

  test("2,345 keys with large and small values come back in order", async () => {
    const keys = Array.from({ length: 2345 }, (_, i) => driverKeyHex(i * 3));
    const pipeline = writer.pipeline();
    for (const [i, key] of keys.entries()) {
      if (i % 7 === 0) continue;
      pipeline.hset(
        Buffer.from(`${key}73686f70`, "hex"),
        Buffer.from("fa731014", "hex"),
        Buffer.alloc(i % 5 ? 9 : 9000, i),
      );
    }
    await pipeline.exec();
    const store = await upStore(server.port);
    const [block] = await store.read([lookupOf(STATS, ...keys)], soon());
    const wrong = keys.filter((_, i) => {
      const expected = i % 7 === 0 ? null : Buffer.alloc(i % 5 ? 9 : 9000, i).toString("hex");
      return rowHex(block!, STATS, i)[0] !== expected;
    });
    expect(wrong).toEqual([]);
  });

  test("a shape without features asks nothing", async () => {
    const store = await upStore(server.port);
    const [block] = await store.read([lookupOf(shapeOf(), driverKeyHex(1))], soon());
    expect([block?.sources.length, block?.spans.length]).toEqual([1, 0]);
  });

  test("a key of another type is UNAVAILABLE with the server's words, and the store serves on", async () => {
    await writer.set(Buffer.from(`${driverKeyHex(1)}73686f70`, "hex"), "text");
    const store = await upStore(server.port);
    await expect(store.read([lookupOf(STATS, driverKeyHex(2), driverKeyHex(1))], soon())).rejects.toMatchObject({
      code: "UNAVAILABLE",
      message: `redis 127.0.0.1:${server.port} answered: WRONGTYPE Operation against a key holding the wrong kind of value`,
    });
    await expect(store.read([lookupOf(STATS, driverKeyHex(2))], soon())).resolves.toHaveLength(1);
  });

  test("reads from the chosen database under the chosen name", async () => {
    await writer.select(3);
    await write({ [`${driverKeyHex(1)}73686f70`]: { fa731014: "2003" } });
    const store = await upStore(server.port, { db: 3, clientName: "sidecar-test" });
    const [block] = await store.read([lookupOf(STATS, driverKeyHex(1))], soon());
    expect(rowHex(block!, STATS, 0)[0]).toBe("2003");
    expect(await writer.client("LIST")).toMatch(/name=sidecar-test .*db=3/);
    await writer.select(0);
  });

  test("a database that does not exist is never replaced by database 0", async () => {
    const store = newStore(server.port, { db: 99 });
    store.start(() => {});
    await vi.waitFor(
      async () =>
        expect(
          await store.read([lookupOf(STATS, driverKeyHex(1))], soon()).catch((error: unknown) => error),
        ).toMatchObject({
          code: "UNAVAILABLE",
          message: `redis 127.0.0.1:${server.port} cannot be reached: ERR DB index is out of range`,
        }),
      5000,
    );
    expect(store.state()).toBe("connecting");
  });

  test("openStore makes it from settings, and describes without a connection", async () => {
    const store = openStore({ type: "redis", redis: plainRedis("h", 1) }, "shop", DEPS);
    expect([store.type, store.absentCells, store.readsVersions, store.state()]).toEqual([
      "redis",
      "null",
      true,
      "connecting",
    ]);
    expect(store.describe([lookupOf(shapeOf(["driver_stats", "conv_rate"]), "aa")])).toEqual([
      { words: ["HMGET", "aa73686f70", "fa731014", "_ts:driver_stats"] },
    ]);
    await store.close();
  });
});
