/** A primary and two replicas of it: who answers, and what becomes of reads when one or all of them stand still. */
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import type { RedisSettings } from "../../src/model/redis-settings.ts";
import type { ServeError } from "../../src/model/serve-error.ts";
import { featureField } from "../../src/store/redis/field-hash.ts";
import { RedisStore } from "../../src/store/redis/redis-store.ts";
import { plainRedis } from "../helpers/redis-settings.ts";
import { driverKeyHex, lookupOf, rowHex, shapeOf } from "../unit/store/lookup-fixture.ts";
import { freePort, type RunningRedis, startRedis } from "./store-redis-server.ts";

const NAMES = Array.from({ length: 9 }, (_, i) => `f${i}`);
const SHAPE = shapeOf(["v", ...NAMES]);
const KEYS = 2000;

/** The primary, then its replicas. */
const servers: RunningRedis[] = [];
const clients: Redis[] = [];
const opened: RedisStore[] = [];

const follows = (port: number) => (): string[] => [
  ...["--replicaof", `127.0.0.1 ${port}`],
  ...["--repl-diskless-sync-delay", "0"],
];

beforeAll(async () => {
  servers.push(await startRedis(await freePort(), () => ["--repl-diskless-sync-delay", "0"]));
  const { port } = servers[0]!;
  servers.push(
    ...(await Promise.all([freePort(), freePort()].map(async (free) => startRedis(await free, follows(port))))),
  );
  clients.push(...servers.map((server) => new Redis(server.port, "127.0.0.1")));
  const pipeline = clients[0]!.pipeline();
  for (let id = 0; id < KEYS; id += 1) {
    const cells = NAMES.flatMap((name, slot) => [featureField("v", name), `${id}.${slot}`]);
    pipeline.hset(Buffer.from(`${driverKeyHex(id)}73686f70`, "hex"), "_ts:v", "t", ...cells);
  }
  await pipeline.exec();
  await vi.waitFor(async () => expect(await clients[0]!.wait(2, 1000)).toBe(2), 10_000);
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((store) => store.close()));
});
afterAll(async () => {
  for (const client of clients) client.disconnect();
  await Promise.all(servers.map((server) => server.stop()));
});

interface Opened {
  readonly store: RedisStore;
  readonly reasons: string[];
}

function open(settings: Partial<RedisSettings> = {}): Opened {
  const defaults = plainRedis("127.0.0.1", servers[0]!.port);
  const store = new RedisStore({ ...defaults, ...settings }, "shop", { now: () => performance.now(), random: () => 0 });
  opened.push(store);
  const reasons: string[] = [];
  store.start((_, reason) => {
    if (reason !== undefined) reasons.push(reason);
  });
  return { store, reasons };
}

const servingPorts = (store: RedisStore): string[] =>
  store
    .figures()
    .nodes.filter(({ state }) => state === "serving")
    .map(({ node }) => node.replace("127.0.0.1:", ""))
    .toSorted();

/** @param ports of those that are to serve before the test begins, and no others */
async function openOn(ports: readonly number[], settings: Partial<RedisSettings> = {}): Promise<Opened> {
  const it = open(settings);
  await vi.waitFor(() => expect(servingPorts(it.store)).toEqual(ports.map(String).toSorted()), 5000);
  return it;
}

const portOf = (index: number): number => servers[index]!.port;

/** The first cell as text, or why there is none. */
async function cell(store: RedisStore, id: number, timeoutMs = 1000): Promise<string> {
  return store.read([lookupOf(SHAPE, driverKeyHex(id))], performance.now() + timeoutMs).then(
    ([block]) => Buffer.from(rowHex(block!, SHAPE, 0)[0] ?? "", "hex").toString(),
    (error: ServeError) => `${error.code}: ${error.message}`,
  );
}

async function reads(store: RedisStore, count: number): Promise<string[]> {
  const wrong: string[] = [];
  for (let id = 0; id < count; id += 1) {
    const text = await cell(store, id);
    if (text !== `${id}.0`) wrong.push(text);
  }
  return wrong;
}

/** HMGETs that each server was sent since the last look. */
async function hmgets(): Promise<number[]> {
  const found = await Promise.all(clients.map((client) => client.info("commandstats")));
  await Promise.all(clients.map((client) => client.config("RESETSTAT")));
  return found.map((text) => Number(/cmdstat_hmget:calls=(\d+)/.exec(text)?.[1] ?? 0));
}

test("both replicas are found and read in turn, the primary is left alone", async () => {
  const { store } = await openOn([portOf(1), portOf(2)]);
  await hmgets();
  const wrong = await Promise.all(Array.from({ length: 10 }, () => reads(store, 100)));
  expect(wrong.flat()).toEqual([]);
  const [primary, first, second] = await hmgets();
  expect(primary).toBe(0);
  expect(Math.min(first!, second!)).toBeGreaterThan(200);
});

test("a large batch over two nodes gives the same rows as over one", async () => {
  const ask = [lookupOf(SHAPE, ...Array.from({ length: KEYS }, (_, id) => driverKeyHex((id * 7919) % (KEYS + 100))))];
  const { store: over2 } = await openOn([portOf(1), portOf(2)]);
  const { store: over1 } = await openOn([portOf(0)], { readFrom: "primary" });
  await hmgets();
  const [spread] = await over2.read(ask, performance.now() + 5000);
  const [primary, first, second] = await hmgets();
  expect([primary, first! + second!]).toEqual([0, KEYS]);
  expect(Math.min(first!, second!)).toBeGreaterThan(KEYS / 2 - 100);
  const [whole] = await over1.read(ask, performance.now() + 5000);
  for (let key = 0; key < KEYS; key += 1) expect(rowHex(spread!, SHAPE, key)).toEqual(rowHex(whole!, SHAPE, key));
  expect(rowHex(whole!, SHAPE, 1)[0]).not.toBeNull();
});

describe("a replica that was never synchronised", () => {
  let fresh: RunningRedis;
  beforeAll(async () => {
    fresh = await startRedis(await freePort(), follows(await freePort()));
  });
  afterAll(() => fresh.stop());

  const replicas = (): RedisSettings["replicas"] => [{ address: { host: "127.0.0.1", port: fresh.port }, zone: "" }];

  test("never answers beside others", async () => {
    const { store } = await openOn([portOf(1), portOf(2)], { replicas: replicas() });
    expect(await reads(store, 100)).toEqual([]);
    const client = new Redis(fresh.port, "127.0.0.1");
    expect(await client.info("commandstats")).not.toContain("cmdstat_hmget");
    expect(await client.info("replication")).toMatch(/role:slave[\s\S]*master_link_status:down/);
    client.disconnect();
  });

  test("nor alone: no answer is not a nil", async () => {
    const { store } = open({ endpoints: replicas().map(({ address }) => address) });
    await vi.waitFor(async () => expect(await cell(store, 1, 50)).toMatch(/has no data yet/), 3000);
    for (let i = 0; i < 20; i += 1) expect(await cell(store, 1, 50)).toMatch(/^UNAVAILABLE: No Redis node may serve/);
    expect(store.state()).toBe("connecting");
  });
});

test("a user who may ask neither INFO nor ROLE: the node serves, and it is said why nothing is known of it", async () => {
  await clients[0]!.call("ACL", "SETUSER", "limited", "on", "nopass", "~*", "+@read", "+@connection");
  const { store, reasons } = open({ username: "limited" });
  await vi.waitFor(() => expect(store.state()).toBe("up"), 5000);
  expect(await reads(store, 20)).toEqual([]);
  expect(reasons.join("\n")).toMatch(
    new RegExp(`redis 127\\.0\\.0\\.1:${portOf(0)} does not say how far its data is: NOPERM`),
  );
});

describe("standing still", () => {
  afterEach(() => {
    for (const server of servers) server.signal("SIGCONT");
  });

  test("one of two replicas: every read is answered, and it comes back", async () => {
    const { store } = await openOn([portOf(1), portOf(2)]);
    expect(await reads(store, 100)).toEqual([]);
    servers[1]!.signal("SIGSTOP");
    expect(await reads(store, 300)).toEqual([]);
    servers[1]!.signal("SIGCONT");
    await hmgets();
    await vi.waitFor(async () => {
      expect(await reads(store, 50)).toEqual([]);
      expect((await hmgets())[1]).toBeGreaterThan(0);
    }, 10_000);
  });

  test("all: the deadline is kept, small and large, and reads go on afterwards", async () => {
    const { store } = await openOn([portOf(1), portOf(2)]);
    const large = [lookupOf(SHAPE, ...Array.from({ length: KEYS }, (_, id) => driverKeyHex(id)))];
    await store.read(large, performance.now() + 5000);
    for (const server of servers) server.signal("SIGSTOP");
    const before = performance.now();
    const outcomes = await Promise.all([
      ...Array.from({ length: 20 }, (_, id) => cell(store, id, 60)),
      store.read(large, before + 60).catch((error: ServeError) => `${error.code}: ${error.message}`),
    ]);
    expect(performance.now() - before).toBeLessThan(250);
    for (const outcome of outcomes) expect(outcome).toMatch(/^DEADLINE_EXCEEDED/);
    for (const server of servers) server.signal("SIGCONT");
    await vi.waitFor(async () => expect(await reads(store, 20)).toEqual([]), 5000);
    expect(store.state()).toBe("up");
  });
});
