/** The Redis lane against a fake that can do what Redis never does. */

import { afterEach, describe, expect, test, vi } from "vitest";
import type { StoreState } from "../../src/model/feature-store.ts";
import { RedisNode } from "../../src/store/redis/lane/redis-node.ts";
import type { RespValue } from "../../src/store/redis/lane/resp-value.ts";
import type { RedisStoreOptions } from "../../src/store/redis/redis-settings.ts";
import { FakeRedis, type Reaction } from "../fakes/fake-redis.ts";
import { noteChanges } from "../fakes/state-log.ts";
import { driverKeyHex, lookupOf, rowHex, shapeOf } from "../unit/store/lookup-fixture.ts";

const SHAPE = shapeOf(["driver_stats", "conv_rate"]);
const WIDE = shapeOf(["driver_stats", "conv_rate"], ["v", ...Array.from({ length: 98 }, (_, i) => `f${i}`)]);

const fakes: FakeRedis[] = [];
const nodes: RedisNode[] = [];
afterEach(async () => {
  await Promise.all(nodes.splice(0).map((node) => node.close()));
  await Promise.all(fakes.splice(0).map((fake) => fake.close()));
});

interface Setup {
  readonly fake: FakeRedis;
  readonly node: RedisNode;
  readonly states: StoreState[];
  readonly pushes: RespValue[];
}

async function setup(
  protocol: 2 | 3,
  settings: Partial<RedisStoreOptions> = {},
  react?: FakeRedis["react"],
): Promise<Setup> {
  const fake = new FakeRedis(protocol);
  if (react !== undefined) fake.react = react;
  fakes.push(fake);
  const port = await fake.listen();
  const states: StoreState[] = [];
  const pushes: RespValue[] = [];
  const node = new RedisNode(
    { host: "127.0.0.1", port, db: 0, connectTimeoutMs: 500, nodeTimeoutMs: 5, project: "shop", ...settings },
    { now: () => performance.now(), random: () => 0 },
    (frame) => pushes.push(frame),
  );
  nodes.push(node);
  node.start(noteChanges(states));
  return { fake, node, states, pushes };
}

async function setupUp(...args: Parameters<typeof setup>): Promise<Setup> {
  const made = await setup(...args);
  await vi.waitFor(() => expect(made.states.at(-1)).toBe("up"), 5000);
  return made;
}

function store(fake: FakeRedis, id: number, hex: string): void {
  fake.hashes.set(`${driverKeyHex(id)}73686f70`, new Map([["fa731014", Buffer.from(hex, "hex")]]));
}

async function readOne(node: RedisNode, id: number, timeoutMs = 5000): Promise<string> {
  const read = node.read([lookupOf(SHAPE, driverKeyHex(id))], performance.now() + timeoutMs);
  return read.then(
    ([block]) => rowHex(block!, SHAPE, 0).join(),
    (error: Error) => error.message,
  );
}

const keys = (count: number): string[] => Array.from({ length: count }, (_, id) => driverKeyHex(id));
const hmget =
  (reaction: Reaction): FakeRedis["react"] =>
  (name) =>
    name === "HMGET" ? reaction : { kind: "reply" };

describe.each([2, 3] as const)("RESP%i", (protocol) => {
  test("reads, and greets as it should", async () => {
    const { fake, node } = await setupUp(protocol, { username: "u", password: "p", clientName: "me", db: 4 });
    store(fake, 1, "2007");
    expect(await readOne(node, 1)).toBe("2007,");
    const hello = ["HELLO", "3", "AUTH", "u", "p", "SETNAME", "me"];
    const later = [["SELECT", "4"], ["PING"]];
    const oldWay = [["AUTH", "u", "p"], ["CLIENT", "SETNAME", "me"], ...later];
    expect(fake.commands.slice(0, -1)).toEqual([hello, ...later, ...(protocol === 2 ? oldWay : [])]);
  });

  test("reads of one turn leave together and come back each to its own", async () => {
    const { fake, node } = await setupUp(protocol);
    for (let id = 0; id < 50; id += 1) store(fake, id, `${(10 + id).toString(16).padStart(2, "0")}`);
    const rows = await Promise.all(Array.from({ length: 60 }, (_, id) => readOne(node, id)));
    expect(rows).toEqual(
      Array.from({ length: 60 }, (_, id) => (id < 50 ? `${(10 + id).toString(16).padStart(2, "0")},` : ",")),
    );
    expect(fake.chunks).toBeLessThan(10);
  });

  test("an error in the middle of a pipeline fails its read only", async () => {
    const { fake, node } = await setupUp(protocol);
    store(fake, 1, "01");
    store(fake, 3, "03");
    fake.react = (name, args) =>
      name === "HMGET" && args[0]!.toString("hex").startsWith(driverKeyHex(2))
        ? { kind: "error", text: "MOVED 1 127.0.0.1:1" }
        : { kind: "reply" };
    const many = node
      .read([lookupOf(SHAPE, ...keys(4))], performance.now() + 5000)
      .catch((error: Error) => error.message);
    const outcomes = await Promise.all([readOne(node, 1), many, readOne(node, 2), readOne(node, 3)]);
    const refused = expect.stringMatching(/answered: MOVED 1 127\.0\.0\.1:1$/);
    expect(outcomes).toEqual(["01,", refused, refused, "03,"]);
  });
});

test("pushes between replies go to the listener", async () => {
  const push = Buffer.from(">2\r\n$10\r\ninvalidate\r\n*1\r\n$2\r\n\xff\x00\r\n", "latin1");
  const { fake, node, pushes, states } = await setupUp(3);
  const row = Buffer.from("*2\r\n$1\r\na\r\n_\r\n");
  fake.react = hmget({ kind: "raw", bytes: Buffer.concat([push, row, push]) });
  expect(await Promise.all([readOne(node, 1), readOne(node, 2)])).toEqual(["61,", "61,"]);
  await vi.waitFor(() => expect(pushes).toHaveLength(4));
  expect(pushes[0]).toEqual([Buffer.from("invalidate"), [Buffer.from([0xff, 0])]]);
  expect(states).toEqual(["up"]);
});

test.each([
  ["bytes that are not RESP", "HTTP/1.1 400\r\n\r\n", /cannot be reached: malformed reply: an unknown type/],
  ["a row of another width", "*1\r\n$1\r\na\r\n", /sent something else than 2 hash fields/],
  ["a value of another type", ":1\r\n", /sent something else than 2 hash fields/],
])("%s", async (name, bytes, text) => {
  const { fake, node, states } = await setupUp(3);
  fake.react = hmget({ kind: "raw", bytes: Buffer.from(bytes) });
  expect(await readOne(node, 1)).toMatch(text);
  fake.react = hmget({ kind: "reply" });
  await vi.waitFor(async () => expect(await readOne(node, 1)).toBe(","), 5000);
  expect(states).toEqual(name.startsWith("bytes") ? ["up", "down", "up"] : ["up"]);
});

test("a reply that nobody asked for ends the connection, not the process", async () => {
  const { fake, node, states } = await setupUp(3);
  fake.react = hmget({ kind: "raw", bytes: Buffer.from("*2\r\n_\r\n_\r\n*2\r\n_\r\n_\r\n") });
  expect(await readOne(node, 1)).toBe(",");
  await vi.waitFor(() => expect(states).toEqual(["up", "down", "up"]), 5000);
});

test("many deadlines, one sweep: each fails in its time, late replies are drained", async () => {
  const { fake, node, states } = await setupUp(3);
  store(fake, 1, "01");
  fake.react = hmget({ kind: "slow", delayMs: 300 });
  const late = await Promise.all(
    Array.from({ length: 200 }, async (_, i) => {
      const before = performance.now();
      const text = await readOne(node, 1, 20 + i);
      return { text, overMs: performance.now() - before - 20 - i };
    }),
  );
  expect(late.map(({ text }) => text)).toEqual(
    late.map(() => expect.stringMatching(/did not answer before the deadline/)),
  );
  expect(Math.min(...late.map(({ overMs }) => overMs))).toBeGreaterThanOrEqual(0);
  expect(await readOne(node, 1)).toBe("01,");
  expect(states).toEqual(["up"]);
});

describe("large reads", () => {
  test("the first goes in chunks between small ones, then a second connection is there for them", async () => {
    const { fake, node } = await setupUp(3);
    store(fake, 7, "07");
    const large = (): Promise<readonly { readonly spans: Int32Array }[]> =>
      node.read([lookupOf(WIDE, ...keys(100))], performance.now() + 5000);
    const [blocks] = await Promise.all([large(), readOne(node, 7)]);
    expect(rowHex(blocks[0] as never, WIDE, 7)[0]).toBe("07");
    expect(rowHex(blocks[0] as never, WIDE, 8)).toEqual(Array(WIDE.stride).fill(null));
    const order = fake.commands.filter(([name]) => name === "HMGET").map((command) => command.length);
    expect(order).toHaveLength(101);
    // The small read was not behind all of it.
    expect(order.indexOf(4)).toBeLessThan(60);
    await vi.waitFor(() => expect(fake.accepted).toBe(2));
    await vi.waitFor(() => expect(fake.commands.filter(([name]) => name === "PING")).toHaveLength(2));
    await new Promise((resolve) => setTimeout(resolve, 20));
    const used = fake.sockets();
    await Promise.all([large(), large(), readOne(node, 7)]);
    const [first, second] = fake.sockets().map((commands, i) => commands - used[i]!);
    expect([first, second]).toEqual([1, 200]);
    expect(fake.accepted).toBe(2);
  });

  test("several are served in turn, so a shorter one need not wait for a longer one", async () => {
    const { node } = await setupUp(3);
    const done: string[] = [];
    const read = (name: string, count: number): Promise<void> =>
      node.read([lookupOf(WIDE, ...keys(count))], performance.now() + 20_000).then(() => void done.push(name));
    await Promise.all([read("long", 3000), read("short", 60)]);
    expect(done).toEqual(["short", "long"]);
  });

  test("a deadline in the middle stops the rest from being asked for", async () => {
    const { fake, node, states } = await setupUp(3);
    fake.react = hmget({ kind: "slow", delayMs: 5 });
    const read = node.read([lookupOf(WIDE, ...keys(2000))], performance.now() + 60);
    await expect(read).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
    fake.react = hmget({ kind: "reply" });
    expect(await readOne(node, 1)).toBe(",");
    expect(fake.commands.filter(([name]) => name === "HMGET").length).toBeLessThan(500);
    expect(states).toEqual(["up"]);
  });

  test("when the second connection is cut its reads fail, the first does not notice, and reads go on", async () => {
    const { fake, node, states } = await setupUp(3);
    const large = (): Promise<unknown> => node.read([lookupOf(WIDE, ...keys(100))], performance.now() + 5000);
    await large();
    await vi.waitFor(() => expect(fake.commands.filter(([name]) => name === "PING")).toHaveLength(2));
    await new Promise((resolve) => setTimeout(resolve, 20));
    fake.react = (name, args) => (name === "HMGET" && args.length > 50 ? { kind: "disconnect" } : { kind: "reply" });
    await expect(large()).rejects.toMatchObject({ code: "UNAVAILABLE" });
    expect(await readOne(node, 1)).toBe(",");
    fake.react = hmget({ kind: "reply" });
    await expect(large()).resolves.toHaveLength(1);
    expect(states).toEqual(["up"]);
    await vi.waitFor(() => expect(fake.accepted).toBe(3));
  });
});

describe("greeting", () => {
  test("a proxy that hangs up on HELLO is greeted the old way next time", async () => {
    const hangUp: FakeRedis["react"] = (name) => (name === "HELLO" ? { kind: "disconnect" } : { kind: "reply" });
    const { fake, node } = await setupUp(2, { password: "p" }, hangUp);
    expect(fake.commands.at(-2)).toEqual(["AUTH", "p"]);
    expect(await readOne(node, 1)).toBe(",");
  });

  test("a server that has no room says so and hangs up: its words are the cause", async () => {
    const { node } = await setup(2, {}, (name) =>
      name === "HELLO" ? { kind: "error", text: "ERR max number of clients reached" } : { kind: "disconnect" },
    );
    await vi.waitFor(
      async () => expect(await readOne(node, 1)).toMatch(/cannot be reached: ERR max number of clients reached$/),
      5000,
    );
  });

  test("a server that is loading is waited for, without a read on it", async () => {
    let loading = true;
    const { fake, states } = await setup(3, {}, (name) =>
      name === "PING" && loading ? { kind: "error", text: "LOADING Redis is loading the dataset" } : { kind: "reply" },
    );
    await vi.waitFor(() => expect(fake.commands.filter(([name]) => name === "PING").length).toBeGreaterThan(1), 5000);
    expect(states).toEqual([]);
    loading = false;
    await vi.waitFor(() => expect(states).toEqual(["up"]), 5000);
    expect(fake.accepted).toBe(1);
  });

  test("a name with several addresses", async () => {
    const { node, fake } = await setupUp(3, { host: "localhost" });
    store(fake, 1, "01");
    expect(await readOne(node, 1)).toBe("01,");
  });
});
