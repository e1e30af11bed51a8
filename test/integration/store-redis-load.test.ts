/** The Redis lane against a real server: many keys, large values, large beside small, and memory. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { featureField } from "../../src/store/redis/field-hash.ts";
import { RedisStore } from "../../src/store/redis/redis-store.ts";
import { createRandom } from "../helpers/random.ts";
import { plainRedis } from "../helpers/redis-settings.ts";
import { driverKeyHex, lookupOf, rowHex, shapeOf } from "../unit/store/lookup-fixture.ts";
import { freePort, type RunningRedis, startRedis } from "./store-redis-server.ts";

const NAMES = Array.from({ length: 20 }, (_, i) => `f${i}`);
const SHAPE = shapeOf(["v", ...NAMES]);
const KEYS = 10_000;

let server: RunningRedis;
let writer: Redis;
let store: RedisStore;

beforeAll(async () => {
  server = await startRedis(await freePort());
  writer = new Redis(server.port, "127.0.0.1");
  for (let first = 0; first < KEYS; first += 1000) {
    const pipeline = writer.pipeline();
    for (let id = first; id < first + 1000; id += 1) {
      const key = Buffer.from(`${driverKeyHex(id)}73686f70`, "hex");
      for (const [i, name] of NAMES.entries()) {
        if (isWritten(id, i)) pipeline.hset(key, featureField("v", name), writtenValue(id, i));
      }
    }
    await pipeline.exec();
  }
  store = new RedisStore(plainRedis("127.0.0.1", server.port), "shop", {
    now: () => performance.now(),
    random: Math.random,
  });
  store.start(() => {});
  await vi.waitFor(() => expect(store.state()).toBe("up"), 5000);
});
afterAll(async () => {
  await store.close();
  writer.disconnect();
  await server.stop();
});

function isWritten(id: number, slot: number): boolean {
  return (id + slot) % 5 !== 0;
}

function writtenValue(id: number, slot: number): string {
  return `${id}.${slot}.${"x".repeat((id * 7 + slot) % 40)}`;
}

/** Cells of the row that are not as written. */
function wrongCells(row: readonly (string | null)[], id: number): number[] {
  const wrong = NAMES.map((_, slot) => slot).filter((slot) => {
    const expected = isWritten(id, slot) ? Buffer.from(writtenValue(id, slot)).toString("hex") : null;
    return row[slot] !== expected;
  });
  return row[NAMES.length] === null ? wrong : [...wrong, NAMES.length];
}

async function readAndCheck(ids: readonly number[]): Promise<void> {
  const [block] = await store.read([lookupOf(SHAPE, ...ids.map(driverKeyHex))], performance.now() + 20_000);
  const wrong = ids.flatMap((id, k) => wrongCells(rowHex(block!, SHAPE, k), id).map((slot) => `${id}.${slot}`));
  expect(wrong).toEqual([]);
}

test("10,000 keys in one read", async () => {
  await readAndCheck(Array.from({ length: KEYS }, (_, i) => (i * 7919) % KEYS));
});

test("small, middling and large reads interleaved, every cell right", async () => {
  const random = createRandom(4);
  const reads = Array.from({ length: 300 }, () => {
    const count = random.pick([1, 1, 1, 3, 40, 400]);
    return Array.from({ length: count }, () => random.below(KEYS + 50) - 25).map((id) =>
      Math.min(Math.max(id, 0), KEYS - 1),
    );
  });
  let next = 0;
  const loop = async (): Promise<void> => {
    while (next < reads.length) await readAndCheck(reads[next++]!);
  };
  await Promise.all(Array.from({ length: 12 }, loop));
  // For small reads, for large ones, and for questions.
  expect(String(await writer.client("LIST")).match(/cmd=(hmget|info|ping|hello) /g)).toHaveLength(3);
});

test("values of 64 kB to 3 MB beside small ones", async () => {
  const sizes = [65_535, 65_536, 70_000, 3_000_000, 1];
  for (const [i, size] of sizes.entries()) {
    const key = Buffer.from(`${driverKeyHex(50_000 + i)}73686f70`, "hex");
    await writer.hset(key, featureField("v", "f0"), Buffer.alloc(size, i + 1), featureField("v", "f9"), "end");
  }
  const ids = sizes.map((_, i) => driverKeyHex(50_000 + i));
  const reads = await Promise.all(
    [1, 2, 3].map(() => store.read([lookupOf(SHAPE, ...ids)], performance.now() + 20_000)),
  );
  for (const [block] of reads) {
    for (const [i, size] of sizes.entries()) {
      const row = rowHex(block!, SHAPE, i);
      expect([row[0]?.length, row[0]?.slice(0, 2), row[9]]).toEqual([
        2 * size,
        `0${i + 1}`,
        Buffer.from("end").toString("hex"),
      ]);
    }
  }
});

test("memory stays where it is over 100,000 reads", async () => {
  setFlagsFromString("--expose_gc");
  const collect = runInNewContext("gc") as () => void;
  const lookups = Array.from({ length: 100 }, (_, i) => [lookupOf(SHAPE, driverKeyHex(i * 97))]);
  const read = async (count: number): Promise<number> => {
    let left = count;
    const loop = async (): Promise<void> => {
      while (left-- > 0) await store.read(lookups[left % 100]!, performance.now() + 20_000);
    };
    await Promise.all(Array.from({ length: 16 }, loop));
    // Twice, as in bench/cache-memory: what the first one finds dead V8 frees beside us, some megabytes of buffers now and then.
    for (let time = 0; time < 2; time += 1) {
      collect();
      await new Promise((resolve) => setImmediate(resolve));
    }
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const before = await read(20_000);
  const after = await read(100_000);
  expect(after - before).toBeLessThan(2 * 1024 * 1024);
});

describe("HGETALL where it pays", () => {
  const WIDE = shapeOf(["wide", ...Array.from({ length: 99 }, (_, i) => `f${i}`)]);
  const fieldsOf = (id: number): [Buffer, string][] =>
    WIDE.views[0]!.featureNames.filter((_, i) => (i + id) % 9 !== 0).map((name) => [
      featureField("wide", name),
      `${id}.${name}`,
    ]);
  const check = async (from: RedisStore, id: number): Promise<void> => {
    const [block] = await from.read([lookupOf(WIDE, driverKeyHex(id))], performance.now() + 5000);
    const expected = WIDE.views[0]!.featureNames.map((name, i) =>
      (i + id) % 9 === 0 ? null : Buffer.from(`${id}.${name}`).toString("hex"),
    );
    expect(rowHex(block!, WIDE, 0)).toEqual([...expected, Buffer.from("t").toString("hex")]);
  };
  const calls = async (command: string): Promise<number> =>
    Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(await writer.info("commandstats"))?.[1] ?? 0);

  beforeAll(async () => {
    for (let id = 70_000; id < 70_020; id += 1) {
      const key = Buffer.from(`${driverKeyHex(id)}73686f70`, "hex");
      await writer.hset(key, "_ts:wide", "t", ...fieldsOf(id).flat());
    }
  });

  test("the first reads find out, the others use it; a hash that has long values ends it", async () => {
    await check(store, 70_000);
    await vi.waitFor(async () => expect(await calls("hgetall")).toBe(1));
    await writer.config("RESETSTAT");
    for (let id = 70_000; id < 70_010; id += 1) await check(store, id);
    expect([await calls("hgetall"), await calls("hmget")]).toEqual([10, 0]);
    const long = Buffer.from(`${driverKeyHex(70_010)}73686f70`, "hex");
    await writer.hset(long, "other", Buffer.alloc(50_000));
    await check(store, 70_010);
    await check(store, 70_011);
    expect([await calls("hgetall"), await calls("hmget")]).toEqual([11, 1]);
  });

  test("a user who may not: HMGET as before, and no read fails for it", async () => {
    const rules = ["on", "nopass", "~*", "+hmget", "+ping", "+select"];
    for (const [name, more] of [
      ["none", []],
      ["some", ["+hlen", "+object|encoding"]],
    ] as const) {
      await writer.call("ACL", "SETUSER", name, ...rules, ...more);
      const limited = new RedisStore({ ...plainRedis("127.0.0.1", server.port), username: name }, "shop", {
        now: () => performance.now(),
        random: Math.random,
      });
      limited.start(() => {});
      await vi.waitFor(() => expect(limited.state()).toBe("up"), 5000);
      await writer.config("RESETSTAT");
      for (let id = 70_000; id < 70_010; id += 1) await check(limited, id);
      expect(await calls("hmget")).toBe(10);
      await limited.close();
    }
  });
});
