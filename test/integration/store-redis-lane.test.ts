/** The Redis lane against a fake that can do what Redis never does. */
import { afterEach, describe, expect, test, vi } from "vitest";
import type { FakeRedis } from "../fakes/fake-redis.ts";
import { driverKeyHex, lookupOf } from "../unit/store/lookup-fixture.ts";
import { closeAll, hmget, keys, readOne, SHAPE, setup, setupUp, write } from "./store-redis-lane-kit.ts";

afterEach(closeAll);

describe.each([2, 3] as const)("RESP%i", (protocol) => {
  test("reads, and greets as it should", async () => {
    const { fake, store } = await setupUp(protocol, { username: "u", password: "p", clientName: "me", db: 4 });
    write(fake, 1, "2007");
    expect(await readOne(store, 1)).toBe("2007,");
    const hello = ["HELLO", "3", "AUTH", "u", "p", "SETNAME", "me"];
    const later = [["SELECT", "4"], ["PING"]];
    const oldWay = [["AUTH", "u", "p"], ["CLIENT", "SETNAME", "me"], ...later];
    const greeting = [hello, ...later, ...(protocol === 2 ? oldWay : [])];
    expect(fake.commands.slice(0, greeting.length + 1)).toEqual([...greeting, ["INFO"]]);
  });

  test("reads of one turn leave together and come back each to its own", async () => {
    const { fake, store } = await setupUp(protocol);
    for (let id = 0; id < 50; id += 1) write(fake, id, `${(10 + id).toString(16).padStart(2, "0")}`);
    const { chunks } = fake;
    const rows = await Promise.all(Array.from({ length: 60 }, (_, id) => readOne(store, id)));
    expect(rows).toEqual(
      Array.from({ length: 60 }, (_, id) => (id < 50 ? `${(10 + id).toString(16).padStart(2, "0")},` : ",")),
    );
    expect(fake.chunks - chunks).toBeLessThan(10);
  });

  test.each(["WRONGTYPE no hash", "MOVED 1 127.0.0.1:1"])("%s in the middle fails its read only", async (text) => {
    const { fake, store } = await setupUp(protocol);
    write(fake, 1, "01");
    write(fake, 3, "03");
    fake.react = (name, args) =>
      name === "HMGET" && args[0]!.toString("hex").startsWith(driverKeyHex(2))
        ? { kind: "error", text }
        : { kind: "reply" };
    const many = store
      .read([lookupOf(SHAPE, ...keys(4))], performance.now() + 5000)
      .catch((error: Error) => error.message);
    const outcomes = await Promise.all([readOne(store, 1), many, readOne(store, 2), readOne(store, 3)]);
    const refused = expect.stringMatching(new RegExp(`answered: ${text}$`));
    expect(outcomes).toEqual(["01,", refused, refused, "03,"]);
  });
});

test.each([
  ["bytes that are not RESP", "HTTP/1.1 400\r\n\r\n", /cannot be reached: malformed reply: an unknown type/],
  ["a row of another width", "*1\r\n$1\r\na\r\n", /sent something else than 2 hash fields/],
  ["a value of another type", ":1\r\n", /sent something else than 2 hash fields/],
])("%s", async (name, bytes, text) => {
  const { fake, store, states } = await setupUp(3);
  fake.react = hmget({ kind: "raw", bytes: Buffer.from(bytes) });
  expect(await readOne(store, 1)).toMatch(text);
  fake.react = hmget({ kind: "reply" });
  await vi.waitFor(async () => expect(await readOne(store, 1)).toBe(","), 5000);
  expect(states).toEqual(name.startsWith("bytes") ? ["up", "down", "up"] : ["up"]);
});

test("a reply that nobody asked for ends the connection, not the process", async () => {
  const { fake, store, states } = await setupUp(3);
  fake.react = hmget({ kind: "raw", bytes: Buffer.from("*2\r\n_\r\n_\r\n*2\r\n_\r\n_\r\n") });
  expect(await readOne(store, 1)).toBe(",");
  await vi.waitFor(() => expect(states).toEqual(["up", "down", "up"]), 5000);
});

test("many deadlines, one sweep: each fails in its time, late replies are drained", async () => {
  const { fake, store, states } = await setupUp(3);
  write(fake, 1, "01");
  fake.react = hmget({ kind: "slow", delayMs: 300 });
  const late = await Promise.all(
    Array.from({ length: 200 }, async (_, i) => {
      const before = performance.now();
      const text = await readOne(store, 1, 20 + i);
      return { text, overMs: performance.now() - before - 20 - i };
    }),
  );
  expect(late.map(({ text }) => text)).toEqual(
    late.map(() => expect.stringMatching(/did not answer before the deadline/)),
  );
  expect(Math.min(...late.map(({ overMs }) => overMs))).toBeGreaterThanOrEqual(0);
  expect(await readOne(store, 1)).toBe("01,");
  expect(states).toEqual(["up"]);
});

describe("greeting", () => {
  test("a proxy that hangs up on HELLO is greeted the old way next time", async () => {
    const hangUp: FakeRedis["react"] = (name) => (name === "HELLO" ? { kind: "disconnect" } : { kind: "reply" });
    const { fake, store } = await setupUp(2, { password: "p" }, hangUp);
    expect(fake.commands).toContainEqual(["AUTH", "p"]);
    expect(await readOne(store, 1)).toBe(",");
  });

  test("a server that has no room says so and hangs up: its words are the cause", async () => {
    const { store } = await setup(2, {}, (name) =>
      name === "HELLO" ? { kind: "error", text: "ERR max number of clients reached" } : { kind: "disconnect" },
    );
    await vi.waitFor(
      async () => expect(await readOne(store, 1)).toMatch(/cannot be reached: ERR max number of clients reached$/),
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
    expect(fake.accepted).toBe(1);
    loading = false;
    await vi.waitFor(() => expect(states).toEqual(["up"]), 5000);
  });

  test("a name with several addresses", async () => {
    const { store, fake } = await setupUp(3, { endpoints: [{ host: "localhost", port: 0 }] });
    write(fake, 1, "01");
    expect(await readOne(store, 1)).toBe("01,");
  });
});
