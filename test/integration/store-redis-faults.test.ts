import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FaultRig, PASSWORD } from "./store-redis-fault-kit.ts";

let rig: FaultRig;
beforeEach(async () => {
  rig = await FaultRig.open();
});
afterEach(() => rig.close());

test("reads through the rig.fake", async () => {
  rig.write("2007");
  await rig.startUp();
  expect(await rig.read()).toMatchObject({ code: "OK", message: "2007," });
});

test("a hung server: a deadline is kept, then reads fail, the connection is replaced, and answers come again", async () => {
  await rig.startUp();
  rig.onHmget({ kind: "hang" });
  const [late, hung] = await Promise.all([rig.read(60), rig.read()]);
  expect(late).toMatchObject({ code: "DEADLINE_EXCEEDED" });
  expect(late.tookMs).toBeLessThan(500);
  expect(hung).toMatchObject({
    code: "UNAVAILABLE",
    message: `redis 127.0.0.1:${rig.port} cannot be reached: no reply for 1000 ms, the connection was dropped`,
  });
  expect(hung.tookMs).toBeGreaterThan(950);
  expect(hung.tookMs).toBeLessThan(3000);
  rig.onHmget({ kind: "reply" });
  await vi.waitFor(() => expect(rig.states).toEqual(["up", "down", "up"]), 5000);
  expect(await rig.read()).toMatchObject({ code: "OK", message: "," });
});

test("a cut connection fails the reads on it and is made anew", async () => {
  await rig.startUp();
  rig.onHmget({ kind: "disconnect" });
  expect(await rig.read()).toMatchObject({
    code: "UNAVAILABLE",
    message: expect.stringMatching(/cannot be reached: (the server closed the connection|.*ECONNRESET)/),
  });
  rig.onHmget({ kind: "reply" });
  await vi.waitFor(() => expect(rig.states).toEqual(["up", "down", "up"]), 5000);
  expect(await rig.read()).toMatchObject({ code: "OK" });
});

test("a late reply is dropped and does not shift the ones after it", async () => {
  rig.write("2007");
  await rig.startUp();
  rig.onHmget({ kind: "slow", delayMs: 120 });
  expect(await rig.read(30)).toMatchObject({ code: "DEADLINE_EXCEEDED" });
  expect(await rig.read()).toMatchObject({ code: "OK", message: "2007," });
  expect(rig.states).toEqual(["up"]);
});

test("a deadline that has passed sends nothing", async () => {
  await rig.startUp();
  expect(await rig.read(-1)).toMatchObject({ code: "DEADLINE_EXCEEDED" });
  expect(rig.fake.commands.filter(([name]) => name === "HMGET")).toEqual([]);
});

test("a server that answers LOADING is not read until it says that it is done", async () => {
  await rig.startUp();
  let isLoading = true;
  rig.fake.info = () => `role:master\r\nloading:${isLoading ? 1 : 0}\r\n`;
  rig.onHmget({ kind: "error", text: "LOADING Redis is loading the dataset in memory" });
  expect(await rig.read()).toMatchObject({
    code: "UNAVAILABLE",
    message: `redis 127.0.0.1:${rig.port} answered: LOADING Redis is loading the dataset in memory`,
  });
  expect(rig.states).toEqual(["up", "down"]);
  expect(await rig.read()).toMatchObject({
    code: "UNAVAILABLE",
    message: `No Redis node may serve: redis 127.0.0.1:${rig.port} is loading its data`,
  });
  // Longer than it takes to be asked again.
  await new Promise((resolve) => setTimeout(resolve, 400));
  expect(rig.states).toEqual(["up", "down"]);
  rig.onHmget({ kind: "reply" });
  isLoading = false;
  await vi.waitFor(() => expect(rig.states).toEqual(["up", "down", "up"]), 2000);
  expect(await rig.read()).toMatchObject({ code: "OK" });
});

test.each(["NOAUTH Authentication required.", "READONLY You can't write against a read only replica."])(
  "error reply: %s",
  async (text) => {
    await rig.startUp();
    rig.onHmget({ kind: "error", text });
    expect(await rig.read()).toMatchObject({
      code: "UNAVAILABLE",
      message: `redis 127.0.0.1:${rig.port} answered: ${text}`,
    });
    expect(rig.states).toEqual(["up"]);
  },
);

test("an error that echoes the password is masked", async () => {
  rig.fake.react = (name) =>
    name === "AUTH"
      ? { kind: "error", text: `ERR unknown command 'AUTH', with args: '${PASSWORD}'` }
      : { kind: "reply" };
  rig.start();
  await vi.waitFor(
    async () => expect((await rig.read()).message).toContain("ERR unknown command 'AUTH', with args: '***'"),
    5000,
  );
});
