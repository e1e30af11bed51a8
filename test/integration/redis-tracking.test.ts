/** Changes as real servers tell them: which rows have a feed, what is told of them, and when a feed is not to be trusted any more. */
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { type RowFeed, UNTOLD_FEED } from "../../src/model/lookup.ts";
import { openClusterRedis } from "../faults/cluster-redis.ts";
import { keySlot } from "../faults/key-slot.ts";
import { openPlainRedis } from "../faults/plain-redis.ts";
import { type RedisProcess, startRedis } from "../faults/redis-process.ts";
import { migrateSlots } from "../faults/slot-migration.ts";
import { Stage } from "../faults/stage.ts";
import { until } from "../faults/until.ts";
import {
  clientsOf,
  FIELD,
  MANY,
  storeKey,
  trackedKeys,
  trackersOf,
  type Watched,
  watchStore,
  write,
} from "./redis-tracking-kit.ts";

const stage = new Stage();
afterEach(() => stage.close());

const CHANNEL = "feast.fresh";

/** Reads the row until it comes with a feed. */
async function feedOfRow(watched: Watched, id: number): Promise<RowFeed> {
  return until("a feed", 5000, async () => (await watched.read(id)).feed);
}

async function untrusted(feed: RowFeed, withinMs: number): Promise<number> {
  const sinceMs = performance.now();
  await until("the feed is not trusted", withinMs, () => !feed.isTrusted);
  return performance.now() - sinceMs;
}

describe("one server", () => {
  async function open(settings = {}): Promise<{ redis: RedisProcess; watched: Watched }> {
    const redis = await startRedis(stage);
    await write(redis, 1, "one");
    return { redis, watched: await watchStore(stage, redis.port, settings) };
  }

  test("tells what is written, deleted, expires and is flushed, of keys that were read to be kept", async () => {
    const { redis, watched } = await open();
    const { feed, value } = await watched.read(1);
    expect([value, feed]).toMatchObject(["one", { isTrusted: true, isTold: true }]);
    const steps: [string, () => Promise<unknown>, string | undefined][] = [
      ["key 1", () => write(redis, 1, "two"), "two"],
      ["key 1", () => redis.ask("HDEL", storeKey(1), FIELD), undefined],
      ["key 1", () => redis.ask("DEL", storeKey(1)), undefined],
      ["key 1", () => write(redis, 1, "three"), "three"],
      ["all", () => redis.ask("FLUSHALL"), undefined],
      ["key 1", () => write(redis, 1, "four"), "four"],
    ];
    for (const [what, change, expected] of steps) {
      const from = watched.told.length;
      await change();
      await watched.hears(what, from);
      expect(await watched.read(1)).toEqual({ value: expected, feed });
    }
    // The deadline is one change, and its end another, which nobody has to ask for.
    const from = watched.told.length;
    await redis.ask("PEXPIRE", storeKey(1), 100);
    await watched.hears("key 1", from);
    expect((await watched.read(1)).value).toBe("four");
    await watched.hears("key 1", from + 1);
    expect((await watched.read(1)).value).toBeUndefined();
    expect((await watched.read(1)).feed).toBe(feed);
    const { pushes, keysInvalidated, flushes } = watched.changes();
    expect([pushes, keysInvalidated, flushes]).toEqual([watched.told.length, watched.told.length - 1, 1]);
  });

  test("keys that were not read to be kept, and large reads, are not tracked and have no feed", async () => {
    const { redis, watched } = await open();
    const feed = await feedOfRow(watched, 1);
    await until("the second connection", 3000, async () => (await clientsOf(redis)).length === 4);
    await redis.ask("FLUSHALL");
    await watched.hears("all");
    // Known to be the same process only once it has said so.
    await until("it takes reads", 3000, async () => {
      await redis.ask("FLUSHALL");
      await watched.read(2, false);
      return (await trackedKeys(redis)) === 0;
    });
    expect(await watched.read(1, false)).toEqual({ value: undefined, feed: undefined });
    for (const isCached of [true, false]) {
      expect(new Set(await watched.readMany(MANY, isCached))).toEqual(new Set([undefined]));
    }
    expect(await trackedKeys(redis)).toBe(0);
    expect(await watched.readMany(MANY.slice(0, 1024), true)).toEqual(new Array(1024).fill(feed));
    expect(await trackedKeys(redis)).toBe(1024);
    const trackers = await trackersOf(redis);
    expect(trackers).toHaveLength(1);
    expect(await clientsOf(redis)).toHaveLength(4);
    expect(watched.store.figures().nodes[0]?.tracking).toEqual({ isOn: true, reason: "on" });
    expect(watched.reasons).toEqual([]);
  });

  test("nobody watches: nothing is tracked", async () => {
    const redis = await startRedis(stage);
    await write(redis, 1, "one");
    const watched = await watchStore(stage, redis.port, {}, false);
    expect(await watched.read(1)).toEqual({ value: "one", feed: undefined });
    expect([await trackersOf(redis), await trackedKeys(redis)]).toEqual([[], 0]);
    expect(watched.store.figures()).not.toHaveProperty("changes");
    expect(watched.store.figures().nodes[0]?.tracking).toBeUndefined();
  });

  test("a killed connection: its feed is not trusted at once, and the next connection is another feed", async () => {
    const { redis, watched } = await open();
    const feed = await feedOfRow(watched, 1);
    const [tracker] = await trackersOf(redis);
    await redis.ask("CLIENT", "KILL", "ID", /^id=(\d+)/.exec(tracker!)![1]!);
    expect(await untrusted(feed, 500)).toBeLessThan(250);
    const next = await feedOfRow(watched, 1);
    expect([next.isTrusted, feed.isTrusted]).toEqual([true, false]);
    await write(redis, 1, "two");
    await watched.hears("key 1");
  });

  test("a server that stands still: not trusted after max_lag, though nobody reads", async () => {
    const { redis, watched } = await open({ maxLagMs: 200 });
    const feed = await feedOfRow(watched, 1);
    await delay(300);
    expect(feed.isTrusted).toBe(true);
    redis.freeze();
    const tookMs = await untrusted(feed, 2000);
    redis.thaw();
    // A connection is given up after a second.
    expect(tookMs).toBeLessThan(700);
    expect(await feedOfRow(watched, 1)).not.toBe(feed);
  });

  test("one that does not allow it: no feed, said once, and reads go on", async () => {
    const redis = await startRedis(stage);
    await write(redis, 1, "one");
    await redis.ask("ACL", "SETUSER", "default", "-client|tracking");
    const watched = await watchStore(stage, redis.port);
    await until("it is told", 3000, () => watched.reasons.length > 0);
    expect(await watched.read(1)).toEqual({ value: "one", feed: UNTOLD_FEED });
    expect(watched.store.figures().nodes[0]?.tracking).toEqual({ isOn: false, reason: "refused" });
    await redis.ask("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
    await until("reads go on", 3000, async () => (await watched.read(1)).value === "one");
    await delay(100);
    const { reasons } = watched;
    expect(reasons.filter((reason) => reason.includes("does not tell"))).toEqual([
      expect.stringMatching(
        new RegExp(`^up: redis 127.0.0.1:${redis.port} does not tell what changes: NOPERM .*client\\|tracking`),
      ),
    ]);
    // Asked anew on each connection.
    await redis.ask("ACL", "SETUSER", "default", "+client|tracking");
    await redis.ask("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
    await feedOfRow(watched, 1);
  });

  test("one that refuses to say how far it is has no feed", async () => {
    const redis = await startRedis(stage);
    await redis.ask("ACL", "SETUSER", "default", "-info", "-role");
    const watched = await watchStore(stage, redis.port);
    await delay(200);
    expect((await watched.read(1)).feed).toBeUndefined();
    expect(watched.store.figures().nodes[0]?.tracking).toEqual({ isOn: false, reason: "in_doubt" });
    await redis.ask("ACL", "SETUSER", "default", "+info", "+role");
  });
});

describe("freshness channel", () => {
  test.each([3, 2])(
    "on RESP%i: messages arrive, what cannot be understood is counted, connections are made anew",
    async (protocol) => {
      const args = protocol === 2 ? ["--rename-command", "HELLO", ""] : [];
      const redis = await startRedis(stage, { args });
      await write(redis, 1, "one");
      const watched = await watchStore(stage, redis.port, { freshnessChannel: CHANNEL });
      const publish = (message: string): Promise<unknown> => redis.ask("PUBLISH", CHANNEL, message);
      await until("it listens", 5000, async () => Number(await publish('{"view":"v"}')) === 1);
      await watched.hears("view v all");
      const keys = [1, 7].map((id) => storeKey(id).toString("hex"));
      await publish(JSON.stringify({ view: "w", entity_keys: keys }));
      await watched.hears("view w 1,7");
      const before = watched.changes();
      for (const bad of ["", "{}", "x".repeat(1024 * 1024 + 1), '{"view":"v","entity_keys":["x"]}']) await publish(bad);
      await until("four are refused", 3000, () => watched.changes().freshnessRefused === before.freshnessRefused + 4);
      expect(watched.changes().freshnessMessages).toBe(before.freshnessMessages);
      await redis.ask("CLIENT", "KILL", "TYPE", "pubsub");
      await until("it listens again", 5000, async () => Number(await publish('{"view":"again"}')) === 1);
      await watched.hears("view again all");
      // Questions go on beside the subscription: the node has not fallen behind.
      expect(watched.store.figures().nodes[0]).toMatchObject({ state: "serving", lagSeconds: 0 });
      expect((await watched.read(1)).feed).toMatchObject({ isTrusted: true, isTold: protocol === 3 });
      expect(watched.reasons.filter((reason) => reason.includes("does not tell"))).toEqual(
        protocol === 3 ? [] : [`up: redis 127.0.0.1:${redis.port} does not tell what changes: it does not speak RESP3`],
      );
    },
  );

  test("a message that a primary and its replica pass on is new once, each time that it is published", async () => {
    const { nodes, linkProxy } = await openPlainRedis(stage, { replicas: 1, linkProxies: [1] });
    const [primary, replica] = nodes as [RedisProcess, RedisProcess];
    const replicas = [{ address: { host: "127.0.0.1", port: replica.port }, zone: "" }];
    // The replica names the proxy as its primary.
    const addressMap = new Map([[`127.0.0.1:${linkProxy(1).port}`, { host: "127.0.0.1", port: primary.port }]]);
    const watched = await watchStore(stage, primary.port, { replicas, addressMap, freshnessChannel: CHANNEL });
    for (const node of nodes) {
      await until("it listens", 5000, async () => String(await node.ask("PUBSUB", "NUMSUB", CHANNEL)).endsWith(",1"));
    }
    const publish = (): Promise<unknown> => primary.ask("PUBLISH", CHANNEL, '{"view":"v"}');
    const passedOn = (times: number): Promise<unknown> =>
      until(`${times} messages`, 2000, () => watched.changes().freshnessMessages === times);
    const views = (): string[] => watched.told.filter((what) => what.startsWith("view")).toSorted();
    await publish();
    await publish();
    await passedOn(4);
    expect(views()).toEqual(["view v all", "view v all", "view v all again", "view v all again"]);
    // The replica passes on late, after the primary has passed on both.
    linkProxy(1).silence();
    await publish();
    await publish();
    await passedOn(6);
    expect(views().filter((what) => what === "view v all")).toHaveLength(4);
    linkProxy(1).speak();
    await passedOn(8);
    expect(views().filter((what) => what === "view v all")).toHaveLength(4);
  });

  test("a user who may not listen: said, and everything else goes on", async () => {
    const redis = await startRedis(stage);
    await redis.ask("ACL", "SETUSER", "default", "resetchannels");
    const watched = await watchStore(stage, redis.port, { freshnessChannel: CHANNEL });
    await until("it is told", 3000, () => watched.reasons.length > 0);
    expect(watched.reasons[0]).toMatch(/^up: redis .* does not tell what changes: SUBSCRIBE: NOPERM/);
    await feedOfRow(watched, 1);
  });
});

describe("a replica", () => {
  test("tells what its primary was told; a cut link, a promotion: not trusted any more", async () => {
    const { nodes, linkProxy } = await openPlainRedis(stage, { replicas: 1, linkProxies: [1] });
    const [primary, replica] = nodes as [RedisProcess, RedisProcess];
    await write(primary, 1, "one");
    const replicas = [{ address: { host: "127.0.0.1", port: replica.port }, zone: "" }];
    const watched = await watchStore(stage, primary.port, { replicas, maxLagMs: 300, readFrom: "replica" });
    const feed = await feedOfRow(watched, 1);
    expect([await trackedKeys(primary), await trackedKeys(replica)]).toEqual([0, 1]);
    const from = watched.told.length;
    await write(primary, 1, "two");
    await watched.hears("key 1", from);
    expect(await watched.read(1)).toEqual({ value: "two", feed });
    // The replica hears no more, its connections to us are whole: it is behind once something is written.
    linkProxy(1).silence();
    await write(primary, 1, "three");
    await untrusted(feed, 2000);
    expect((await watched.read(1)).feed).toBeUndefined();
    linkProxy(1).speak();
    const next = await feedOfRow(watched, 1);
    expect([next === feed, (await watched.read(1)).value]).toEqual([false, "three"]);
    await replica.ask("REPLICAOF", "NO", "ONE");
    await untrusted(next, 1000);
  });
});

describe("a cluster", () => {
  test("a slot that moves away: its rows are told of, and no feed of before is trusted", async () => {
    const cluster = await openClusterRedis(stage);
    const slotOf = (id: number): number => keySlot(storeKey(id));
    const ownerOf = (id: number): number => Math.floor((slotOf(id) * 3) / 16_384);
    const [moving, staying] = [0, 2].map((owner) => MANY.find((id) => ownerOf(id) === owner)!) as [number, number];
    for (const id of [moving, staying]) await write(cluster.nodes[ownerOf(id)]!, id, "one");
    const endpoints = cluster.nodes.map(({ port }) => ({ host: "127.0.0.1", port }));
    const watched = await watchStore(stage, 0, { kind: "cluster", endpoints, readFrom: "primary" });
    const [first, other] = [await feedOfRow(watched, moving), await feedOfRow(watched, staying)];
    expect(await watched.readMany([staying, moving], true)).toEqual([other, first]);
    expect(first).not.toBe(other);
    await migrateSlots(cluster, { slots: [slotOf(moving)], from: 0, to: 1, pauseMs: 20 });
    await watched.hears(`key ${moving}`);
    expect((await watched.read(moving)).value).toBe("one");
    await untrusted(first, 10_000);
    const next = await feedOfRow(watched, moving);
    expect([next.isTrusted, other.isTrusted]).toEqual([true, true]);
    const from = watched.told.length;
    await write(cluster.nodes[1]!, moving, "two");
    await watched.hears(`key ${moving}`, from);
    expect((await watched.read(moving)).value).toBe("two");
  });
});
