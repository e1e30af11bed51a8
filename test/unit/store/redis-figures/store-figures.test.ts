import { describe, expect, test } from "vitest";
import { NO_READS, plusReads, storeFigures } from "../../../../src/store/redis/store-figures.ts";
import { ToldNode, ToldSet } from "./told-set.ts";

const told = (set: ToldSet) => storeFigures([set], NO_READS).nodes;
const states = (set: ToldSet) => told(set).map(({ role, state, reason }) => [role, state, reason]);

describe("a node is", () => {
  test("down without a connection, and nothing is known of it", () => {
    expect(told(new ToldSet([new ToldNode("a", "z1")]))).toEqual([
      {
        node: "a:6379",
        role: "unknown",
        zone: "z1",
        state: "down",
        reason: "disconnected",
        latencySeconds: undefined,
        lagSeconds: undefined,
        inFlight: 0,
        gateOpened: 0,
      },
    ]);
  });

  test("out until it has said what it is, then serving", () => {
    const [primary, replica] = [new ToldNode("p"), new ToldNode("r")];
    const set = new ToldSet([primary, replica]);
    set.says(primary, "primary");
    replica.sync.connected(1);
    expect(states(set)).toEqual([
      ["primary", "serving", "primary"],
      ["unknown", "out", "unknown"],
    ]);
    set.says(replica, "replica");
    expect(states(set)).toEqual([
      ["primary", "out", "read_from"],
      ["replica", "serving", "in_sync"],
    ]);
  });

  test("out when it lags beside another, serving when it is the least behind of all", () => {
    const [primary, one, two] = [new ToldNode("p"), new ToldNode("r1"), new ToldNode("r2")];
    const set = new ToldSet([primary, one, two], "replica");
    for (const node of [one, two]) set.says(node, "replica");
    set.says(primary, "primary");
    set.nowMs = 100;
    set.says(primary, "primary", 2000);
    set.nowMs = 1500;
    set.says(one, "replica", 2000);
    set.says(two, "replica", 1000);
    const of = (name: string) => told(set).find(({ node }) => node === name);
    expect(of("r1:6379")).toMatchObject({ state: "serving", reason: "in_sync", lagSeconds: 0 });
    expect(of("r2:6379")).toMatchObject({ state: "out", reason: "lag", lagSeconds: 1.4 });
    set.nowMs = 1600;
    one.sync.lost();
    expect(of("r1:6379")).toMatchObject({ state: "down", reason: "disconnected", lagSeconds: undefined });
    expect(of("r2:6379")).toMatchObject({ state: "serving", reason: "lag", lagSeconds: 1.5 });
  });

  test("gated while it may serve but does not answer", () => {
    const node = new ToldNode("::1");
    const set = new ToldSet([node]);
    set.says(node, "replica");
    for (let i = 0; i < 3; i += 1) node.gate.silent(5, false);
    node.latency.sent();
    node.latency.sent();
    node.latency.answered(4, 5);
    expect(told(set)).toEqual([
      {
        node: "[::1]:6379",
        role: "replica",
        zone: "",
        state: "gated",
        reason: "slow",
        latencySeconds: 0.004,
        lagSeconds: 0,
        inFlight: 1,
        gateOpened: 1,
      },
    ]);
  });

  test("serving without a lag where it refuses to say what it is", () => {
    const node = new ToldNode("a");
    node.sync.connected(1);
    node.sync.unsampled();
    expect(told(new ToldSet([node]))).toMatchObject([
      { role: "unknown", state: "serving", reason: "unsampled", lagSeconds: undefined },
    ]);
  });
});

test("reads are summed over the sets, and those of sets that are gone stay", () => {
  const [one, two] = [new ToldSet([]), new ToldSet([])];
  for (const take of [0, 1]) {
    one.hedges.tryTake();
    two.retries.tryTake();
    one.hedgesWon += take;
  }
  two.hedges.tryTake();
  two.staleReads = 4;
  const sum = { hedges: 2, hedgesWon: 1, hedgesRefused: 1, retries: 1, retriesRefused: 1, staleReads: 4 };
  expect(storeFigures([one, two], NO_READS).reads).toEqual(sum);
  expect(storeFigures([one], plusReads(NO_READS, two)).reads).toEqual(sum);
});
