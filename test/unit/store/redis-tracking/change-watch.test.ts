import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { StoreChanges } from "../../../../src/model/store-changes.ts";
import { ChangeWatch } from "../../../../src/store/redis/tracking/change-watch.ts";

let told: string[];
let problems: string[];
let watch: ChangeWatch;

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
  told = [];
  problems = [];
  const changes: StoreChanges = {
    keyChanged: (key) => told.push(`key ${key.toString("hex")}`),
    allChanged: () => told.push("all"),
    viewChanged: (view, keys, isRepeat) => {
      const named = keys?.map((key) => key.toString("hex")).join() ?? "all";
      told.push(`view ${view} ${named}${isRepeat ? " again" : ""}`);
    },
  };
  watch = new ChangeWatch(changes, 1000, Date.now, (reason) => problems.push(reason));
});
afterEach(() => {
  watch.close();
  vi.useRealTimers();
});

test("hands on what it hears, and counts it", () => {
  watch.pushed();
  watch.keyChanged(Buffer.of(1));
  watch.keyChanged(Buffer.of(2));
  watch.pushed();
  watch.allChanged();
  watch.message(Buffer.from('{"view":"v"}'), undefined);
  watch.message(Buffer.from('{"view":"w","entity_keys":["0a","0b"]}'), undefined);
  watch.message(Buffer.from("{}"), undefined);
  expect(told).toEqual(["key 01", "key 02", "all", "view v all", "view w 0a,0b"]);
  expect(watch.counts).toEqual({
    pushes: 2,
    keysInvalidated: 2,
    flushes: 1,
    freshnessMessages: 2,
    freshnessRefused: 1,
  });
});

test("says of a message that other nodes have passed on before, each within 2 × max_lag and a second", () => {
  const pass = (node: string | undefined): void => watch.message(Buffer.from('{"view":"v"}'), node);
  pass("a");
  vi.setSystemTime(3000);
  pass("b");
  vi.setSystemTime(3001);
  pass("c");
  expect(told.splice(0)).toEqual(["view v all", "view v all again", "view v all"]);
  pass(undefined);
  pass(undefined);
  expect(told).toEqual(["view v all", "view v all"]);
  // For each node.
  expect(watch.counts).toMatchObject({ freshnessMessages: 5, freshnessRefused: 0 });
});

test("has the nodes looked at 20 times a second until it is closed", async () => {
  const look = vi.fn();
  watch.start(look);
  await vi.advanceTimersByTimeAsync(1001);
  expect(look).toHaveBeenCalledTimes(20);
  watch.close();
  await vi.advanceTimersByTimeAsync(1000);
  expect(look).toHaveBeenCalledTimes(20);
  expect(vi.getTimerCount()).toBe(0);
});

test("tells once what a node does not tell", () => {
  for (const reason of ["a: no", "b: no", "a: no", "a: why"]) watch.untold(reason);
  expect(problems).toEqual(["a: no", "b: no", "a: why"]);
});
