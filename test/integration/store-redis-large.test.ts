/** Large reads beside small ones, and the connection of their own. */
import { afterEach, describe, expect, test, vi } from "vitest";
import type { FakeRedis } from "../fakes/fake-redis.ts";
import { lookupOf, rowHex } from "../unit/store/lookup-fixture.ts";
import { closeAll, hmget, keys, readOne, setupUp, WIDE, write } from "./store-redis-lane-kit.ts";

afterEach(closeAll);

/** Beside the connections for small reads and for questions there is one for large reads, and it has said where it leads. */
async function untilChecked(fake: FakeRedis): Promise<void> {
  await vi.waitFor(() => expect(fake.accepted).toBe(3));
  await vi.waitFor(() => expect(fake.commands.filter(([name]) => name === "INFO").length).toBeGreaterThan(1));
  await new Promise((resolve) => setTimeout(resolve, 30));
}

describe("large reads", () => {
  test("the first goes in chunks between small ones, then a second connection is there for them", async () => {
    const { fake, store } = await setupUp(3);
    write(fake, 7, "07");
    const large = (): Promise<readonly { readonly spans: Int32Array }[]> =>
      store.read([lookupOf(WIDE, ...keys(100))], performance.now() + 5000);
    const [blocks] = await Promise.all([large(), readOne(store, 7)]);
    expect(rowHex(blocks[0] as never, WIDE, 7)[0]).toBe("07");
    expect(rowHex(blocks[0] as never, WIDE, 8)).toEqual(Array(WIDE.stride).fill(null));
    const order = fake.commands.filter(([name]) => name === "HMGET").map((command) => command.length);
    expect(order).toHaveLength(101);
    // The small read was not behind all of it.
    expect(order.indexOf(4)).toBeLessThan(60);
    await untilChecked(fake);
    const used = fake.sockets();
    await Promise.all([large(), large(), readOne(store, 7)]);
    expect(fake.sockets().map((commands, i) => commands - used[i]!)).toEqual([1, 0, 200]);
  });

  test("several are served in turn, so a shorter one need not wait for a longer one", async () => {
    const { store } = await setupUp(3);
    const done: string[] = [];
    const read = (name: string, count: number): Promise<void> =>
      store.read([lookupOf(WIDE, ...keys(count))], performance.now() + 20_000).then(() => void done.push(name));
    await Promise.all([read("long", 3000), read("short", 60)]);
    expect(done).toEqual(["short", "long"]);
  });

  test("a deadline in the middle stops the rest from being asked for", async () => {
    const { fake, store, states } = await setupUp(3);
    fake.react = hmget({ kind: "slow", delayMs: 5 });
    const read = store.read([lookupOf(WIDE, ...keys(2000))], performance.now() + 60);
    await expect(read).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
    fake.react = hmget({ kind: "reply" });
    expect(await readOne(store, 1)).toBe(",");
    expect(fake.commands.filter(([name]) => name === "HMGET").length).toBeLessThan(500);
    expect(states).toEqual(["up"]);
  });

  test("a caller who leaves in the middle stops the rest from being asked for, too", async () => {
    const { fake, store } = await setupUp(3);
    fake.react = hmget({ kind: "slow", delayMs: 5 });
    const caller = { cancelled: false };
    const read = store.read([lookupOf(WIDE, ...keys(2000))], Number.POSITIVE_INFINITY, false, caller);
    setTimeout(() => {
      caller.cancelled = true;
    }, 60);
    await expect(read).rejects.toMatchObject({ code: "CANCELLED" });
    fake.react = hmget({ kind: "reply" });
    expect(await readOne(store, 1)).toBe(",");
    expect(fake.commands.filter(([name]) => name === "HMGET").length).toBeLessThan(500);
  });

  test("when the second connection is cut its reads fail, the first does not notice, and reads go on", async () => {
    const { fake, store, states } = await setupUp(3);
    const large = (): Promise<unknown> => store.read([lookupOf(WIDE, ...keys(100))], performance.now() + 5000);
    await large();
    await untilChecked(fake);
    fake.react = (name, args) => (name === "HMGET" && args.length > 50 ? { kind: "disconnect" } : { kind: "reply" });
    await expect(large()).rejects.toMatchObject({ code: "UNAVAILABLE" });
    expect(await readOne(store, 1)).toBe(",");
    fake.react = hmget({ kind: "reply" });
    await expect(large()).resolves.toHaveLength(1);
    expect(states).toEqual(["up"]);
    await vi.waitFor(() => expect(fake.accepted).toBe(4));
  });
});
