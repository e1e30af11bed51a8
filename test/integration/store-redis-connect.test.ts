/** The store while there is no connection: before, between and after. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FakeRedis } from "../fakes/fake-redis.ts";
import { noteChanges } from "../fakes/state-log.ts";
import { FaultRig } from "./store-redis-fault-kit.ts";
import { freePort, startRedis } from "./store-redis-server.ts";

let rig: FaultRig;
beforeEach(async () => {
  rig = await FaultRig.open();
});
afterEach(() => rig.close());

test("a server that hangs in the handshake is left and tried again", async () => {
  rig.fake.react = () => ({ kind: "hang" });
  rig.start();
  await vi.waitFor(() => expect(rig.fake.accepted).toBe(1), 2000);
  expect(await rig.read()).toMatchObject({ code: "UNAVAILABLE" });
  rig.fake.react = () => ({ kind: "reply" });
  await vi.waitFor(() => expect(rig.states).toEqual(["up"]), 5000);
  expect(rig.fake.commands.filter(([name]) => name === "HELLO").length).toBeGreaterThan(1);
});

test("nobody listens: UNAVAILABLE at once with the address and the cause, again and again", async () => {
  const unused = await freePort();
  const store = rig.start({ endpoints: [{ host: "127.0.0.1", port: unused }] });
  await vi.waitFor(
    async () =>
      expect(await rig.read()).toMatchObject({
        code: "UNAVAILABLE",
        message: `redis 127.0.0.1:${unused} cannot be reached: connect ECONNREFUSED 127.0.0.1:${unused}`,
      }),
    5000,
  );
  expect((await rig.read()).tookMs).toBeLessThan(200);
  expect(store.state()).toBe("connecting");
});

test("a read waits for a connect in progress, as long as it may", async () => {
  rig.fake.react = (name) => (name === "AUTH" ? { kind: "slow", delayMs: 100 } : { kind: "reply" });
  rig.start({ nodeTimeoutMs: 2000 });
  expect(await rig.read(40)).toMatchObject({ code: "DEADLINE_EXCEEDED" });
  expect(await rig.read(2000)).toMatchObject({ code: "OK" });
});

test("a read does not wait longer than the node timeout for a connect in progress", async () => {
  rig.fake.react = (name) => (name === "AUTH" ? { kind: "slow", delayMs: 600 } : { kind: "reply" });
  rig.start({ nodeTimeoutMs: 5 });
  const outcome = await rig.read();
  expect(outcome).toMatchObject({
    code: "UNAVAILABLE",
    message: `redis 127.0.0.1:${rig.port} cannot be reached: connecting`,
  });
  expect(outcome.tookMs).toBeLessThan(300);
});

test("before start and after close reads fail, and close leaves no connection", async () => {
  const store = rig.make();
  expect(await rig.read()).toMatchObject({ code: "UNAVAILABLE", message: "No Redis node is known yet" });
  store.start(noteChanges(rig.states));
  await vi.waitFor(() => expect(rig.states).toEqual(["up"]), 5000);
  const pending = rig.read();
  rig.onHmget({ kind: "hang" });
  await store.close();
  expect(await pending).toMatchObject({ code: expect.stringMatching(/UNAVAILABLE|OK/) });
  expect(await rig.read()).toMatchObject({ code: "UNAVAILABLE", message: `redis 127.0.0.1:${rig.port} is closed` });
  await vi.waitFor(() => expect(rig.fake.openConnections()).toBe(0), 5000);
  const { accepted } = rig.fake;
  await new Promise((resolve) => setTimeout(resolve, 400));
  expect(rig.fake.accepted).toBe(accepted);
  expect(rig.states).toEqual(["up"]);
});

test("close while reconnecting ends the retries", async () => {
  const store = await rig.startUp();
  await rig.fake.close();
  await vi.waitFor(() => expect(rig.states).toEqual(["up", "down"]), 5000);
  await store.close();
  const again = new FakeRedis();
  await again.listen(rig.port);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(again.accepted).toBe(0);
  await again.close();
});

test("a connection that had held for a second is made anew at once, another one after a pause", async () => {
  // Every pause is 2.5 s or more.
  rig.random = 99;
  await rig.startUp();
  await new Promise((resolve) => setTimeout(resolve, 1020));
  rig.onHmget({ kind: "disconnect" });
  expect((await rig.read()).code).toBe("UNAVAILABLE");
  rig.onHmget({ kind: "reply" });
  const before = performance.now();
  await vi.waitFor(() => expect(rig.states).toEqual(["up", "down", "up"]), { timeout: 2000, interval: 5 });
  expect(performance.now() - before).toBeLessThan(1000);
  rig.onHmget({ kind: "disconnect" });
  expect((await rig.read()).code).toBe("UNAVAILABLE");
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(rig.states).toEqual(["up", "down", "up", "down"]);
  const { message, tookMs } = await rig.read();
  expect(message).toMatch(/cannot be reached: the server closed the connection|ECONNRESET/);
  expect(tookMs).toBeLessThan(100);
});

test("a server that goes and comes back: down, UNAVAILABLE at once, up again", async () => {
  const port = await freePort();
  let server = await startRedis(port);
  const store = await rig.startUp({ endpoints: [{ host: "127.0.0.1", port }], password: undefined });
  await server.stop();
  await vi.waitFor(() => expect(rig.states).toEqual(["up", "down"]), 5000);
  const { code, tookMs } = await rig.read(5000);
  expect(code).toBe("UNAVAILABLE");
  expect(tookMs).toBeLessThan(500);
  server = await startRedis(port);
  try {
    await vi.waitFor(() => expect(rig.states).toEqual(["up", "down", "up"]), 5000);
    expect([(await rig.read(5000)).code, store.state()]).toEqual(["OK", "up"]);
  } finally {
    await server.stop();
  }
});
