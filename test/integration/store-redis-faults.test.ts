import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { StoreState } from "../../src/model/feature-store.ts";
import type { RedisStoreOptions } from "../../src/store/redis/redis-settings.ts";
import { RedisStore } from "../../src/store/redis/redis-store.ts";
import { FakeRedis, type Reaction } from "../fakes/fake-redis.ts";
import { noteChanges } from "../fakes/state-log.ts";
import { driverKeyHex, lookupOf, rowHex, shapeOf } from "../unit/store/lookup-fixture.ts";
import { freePort } from "./store-redis-server.ts";

const SHAPE = shapeOf(["driver_stats", "conv_rate"]);
const ASK = [lookupOf(SHAPE, driverKeyHex(1))];
const PASSWORD = "pa55-word";

let fake: FakeRedis;
let port: number;
let store: RedisStore;
let states: StoreState[];

beforeEach(async () => {
  fake = new FakeRedis();
  port = await fake.listen();
  states = [];
});
afterEach(async () => {
  await store.close();
  await fake.close();
});

function start(settings: Partial<RedisStoreOptions> = {}): void {
  store = new RedisStore(
    {
      host: "127.0.0.1",
      port,
      db: 0,
      connectTimeoutMs: 500,
      nodeTimeoutMs: 5,
      project: "shop",
      password: PASSWORD,
      ...settings,
    },
    { now: () => performance.now(), random: () => 0 },
  );
  store.start(noteChanges(states));
}

async function startUp(settings: Partial<RedisStoreOptions> = {}): Promise<void> {
  start(settings);
  await vi.waitFor(() => expect(states.at(-1)).toBe("up"), 5000);
}

/** Outcome of a read, with how long it took; no error may ever carry the password. */
async function read(timeoutMs = Number.POSITIVE_INFINITY): Promise<{ code: string; message: string; tookMs: number }> {
  const before = performance.now();
  const outcome: unknown = await store.read(ASK, before + timeoutMs).catch((error: unknown) => error);
  const tookMs = performance.now() - before;
  if (!(outcome instanceof Error))
    return { code: "OK", message: rowHex((outcome as never)[0], SHAPE, 0).join(), tookMs };
  expect(`${outcome.message} ${JSON.stringify(outcome)} ${String(outcome.cause)}`).not.toContain(PASSWORD);
  return { code: (outcome as never)["code"], message: outcome.message, tookMs };
}

const onHmget = (reaction: Reaction): void => {
  fake.react = (name) => (name === "HMGET" ? reaction : { kind: "reply" });
};

test("reads through the fake", async () => {
  fake.hashes.set(`${driverKeyHex(1)}73686f70`, new Map([["fa731014", Buffer.from("2007", "hex")]]));
  await startUp();
  expect(await read()).toMatchObject({ code: "OK", message: "2007," });
});

test("a hung server: a deadline is kept, then reads fail, the connection is replaced, and answers come again", async () => {
  await startUp();
  onHmget({ kind: "hang" });
  const [late, hung] = await Promise.all([read(60), read()]);
  expect(late).toMatchObject({ code: "DEADLINE_EXCEEDED" });
  expect(late.tookMs).toBeLessThan(500);
  expect(hung).toMatchObject({
    code: "UNAVAILABLE",
    message: `redis 127.0.0.1:${port} cannot be reached: no reply for 1000 ms, the connection was dropped`,
  });
  expect(hung.tookMs).toBeGreaterThan(950);
  expect(hung.tookMs).toBeLessThan(3000);
  onHmget({ kind: "reply" });
  await vi.waitFor(() => expect(states).toEqual(["up", "down", "up"]), 5000);
  expect(await read()).toMatchObject({ code: "OK", message: "," });
});

test("a server that hangs in the handshake is left and tried again", async () => {
  fake.react = () => ({ kind: "hang" });
  start();
  await vi.waitFor(() => expect(fake.accepted).toBe(1), 2000);
  expect(await read()).toMatchObject({ code: "UNAVAILABLE" });
  fake.react = () => ({ kind: "reply" });
  await vi.waitFor(() => expect(states).toEqual(["up"]), 5000);
  expect(fake.accepted).toBe(2);
});

test("a cut connection fails the reads on it and is made anew", async () => {
  await startUp();
  onHmget({ kind: "disconnect" });
  expect(await read()).toMatchObject({
    code: "UNAVAILABLE",
    message: expect.stringMatching(/cannot be reached: (the server closed the connection|.*ECONNRESET)/),
  });
  onHmget({ kind: "reply" });
  await vi.waitFor(() => expect(states).toEqual(["up", "down", "up"]), 5000);
  expect(await read()).toMatchObject({ code: "OK" });
});

test("a late reply is dropped and does not shift the ones after it", async () => {
  fake.hashes.set(`${driverKeyHex(1)}73686f70`, new Map([["fa731014", Buffer.from("2007", "hex")]]));
  await startUp();
  onHmget({ kind: "slow", delayMs: 120 });
  expect(await read(30)).toMatchObject({ code: "DEADLINE_EXCEEDED" });
  expect(await read()).toMatchObject({ code: "OK", message: "2007," });
  expect(states).toEqual(["up"]);
});

test("a deadline that has passed sends nothing", async () => {
  await startUp();
  expect(await read(-1)).toMatchObject({ code: "DEADLINE_EXCEEDED" });
  expect(fake.commands.filter(([name]) => name === "HMGET")).toEqual([]);
});

test.each([
  "LOADING Redis is loading the dataset in memory",
  "NOAUTH Authentication required.",
  "READONLY You can't write against a read only replica.",
])("error reply: %s", async (text) => {
  await startUp();
  onHmget({ kind: "error", text });
  expect(await read()).toMatchObject({ code: "UNAVAILABLE", message: `redis 127.0.0.1:${port} answered: ${text}` });
  expect(states).toEqual(["up"]);
});

test("an error that echoes the password is masked", async () => {
  fake.react = (name) =>
    name === "AUTH"
      ? { kind: "error", text: `ERR unknown command 'AUTH', with args: '${PASSWORD}'` }
      : { kind: "reply" };
  start();
  await vi.waitFor(
    async () => expect((await read()).message).toContain("ERR unknown command 'AUTH', with args: '***'"),
    5000,
  );
});

test("nobody listens: UNAVAILABLE at once with the address and the cause, again and again", async () => {
  const unused = await freePort();
  start({ port: unused });
  await vi.waitFor(
    async () =>
      expect(await read()).toMatchObject({
        code: "UNAVAILABLE",
        message: `redis 127.0.0.1:${unused} cannot be reached: connect ECONNREFUSED 127.0.0.1:${unused}`,
      }),
    5000,
  );
  expect((await read()).tookMs).toBeLessThan(200);
  expect(store.state()).toBe("connecting");
});

test("a read waits for a connect in progress, as long as it may", async () => {
  fake.react = (name) => (name === "AUTH" ? { kind: "slow", delayMs: 100 } : { kind: "reply" });
  start({ nodeTimeoutMs: 2000 });
  expect(await read(40)).toMatchObject({ code: "DEADLINE_EXCEEDED" });
  expect(await read(2000)).toMatchObject({ code: "OK" });
});

test("a read does not wait longer than the node timeout for a connect in progress", async () => {
  fake.react = (name) => (name === "AUTH" ? { kind: "slow", delayMs: 600 } : { kind: "reply" });
  start({ nodeTimeoutMs: 5 });
  const outcome = await read();
  expect(outcome).toMatchObject({
    code: "UNAVAILABLE",
    message: `redis 127.0.0.1:${port} cannot be reached: connecting`,
  });
  expect(outcome.tookMs).toBeLessThan(300);
});

test("before start and after close reads fail, and close leaves no connection", async () => {
  store = new RedisStore(
    { host: "127.0.0.1", port, db: 0, connectTimeoutMs: 500, nodeTimeoutMs: 5, project: "shop" },
    { now: () => performance.now(), random: () => 0 },
  );
  expect(await read()).toMatchObject({ code: "UNAVAILABLE", message: `redis 127.0.0.1:${port} is not connected yet` });
  store.start(noteChanges(states));
  await vi.waitFor(() => expect(states).toEqual(["up"]), 5000);
  const pending = read();
  onHmget({ kind: "hang" });
  await store.close();
  expect(await pending).toMatchObject({ code: expect.stringMatching(/UNAVAILABLE|OK/) });
  expect(await read()).toMatchObject({ code: "UNAVAILABLE", message: `redis 127.0.0.1:${port} is closed` });
  await vi.waitFor(() => expect(fake.openConnections()).toBe(0), 5000);
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(fake.accepted).toBe(1);
  expect(states).toEqual(["up"]);
});

test("close while reconnecting ends the retries", async () => {
  await startUp();
  await fake.close();
  await vi.waitFor(() => expect(states).toEqual(["up", "down"]), 5000);
  await store.close();
  const again = new FakeRedis();
  await again.listen(port);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(again.accepted).toBe(0);
  await again.close();
});
