/** Several nodes that call themselves primary, where nobody says which one it is; and a spare primary beside replicas. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { FakeNode, now, outcomeOf, type Rig, rigOf, SMALL } from "./routing-kit.ts";

const PRIMARY = { role: "primary", linkUp: undefined } as const;
const EMPTY = { ...PRIMARY, replId: "own", offset: 0, keys: 0 } as const;

let it: Rig;
let nodes: readonly [FakeNode, FakeNode, FakeNode];
beforeEach(() => {
  vi.useFakeTimers({ now: 1000 });
  nodes = [new FakeNode("a"), new FakeNode("b"), new FakeNode("c")];
});
afterEach(() => {
  it.set.close();
  it.sweep.close();
  vi.useRealTimers();
});

/** What a node says is also what it said last. */
function says(node: FakeNode, changes: Parameters<Rig["says"]>[1]): void {
  Object.assign(node.node, { lastSample: { keys: 10, ...changes } });
  it.says(node, changes);
}

const serving = (): string[] => it.set.routes.map(({ who }) => who.slice("redis ".length));

describe("two primaries", () => {
  beforeEach(() => {
    it = rigOf(nodes, { rolesAreTold: false, readFrom: "nearest" });
  });

  test("a replica that was started without its primary, and empty, never serves beside it", () => {
    says(nodes[0], PRIMARY);
    says(nodes[1], EMPTY);
    expect([serving(), it.set.verdicts[1]?.reason]).toEqual([["a"], "rival"]);
  });

  test("nor when it was heard first", () => {
    says(nodes[1], EMPTY);
    says(nodes[0], PRIMARY);
    expect(serving()).toEqual(["a"]);
  });

  test("one that was promoted serves when the configured one is gone, and goes on when that comes back empty", () => {
    says(nodes[0], PRIMARY);
    says(nodes[1], {});
    nodes[0].break();
    says(nodes[1], { ...PRIMARY, replId: "promoted", offset: 1_000_000 });
    expect(serving()).toEqual(["b"]);
    nodes[0].isUp = true;
    nodes[0].sync.connected(7);
    says(nodes[0], { ...EMPTY, epoch: 7 });
    expect(serving()).toEqual(["b"]);
  });
});

describe("a spare primary", () => {
  beforeEach(() => {
    it = rigOf(nodes.slice(0, 2), { readFrom: "replica_preferred", hedge: { maxRatio: 0, minDelayMs: 1 } });
    says(nodes[0], PRIMARY);
    says(nodes[1], {});
  });

  test("is not read while a replica answers, and takes what that one fails", async () => {
    expect([serving(), it.set.hasOthers]).toEqual([["b"], true]);
    const outcome = outcomeOf(it.set.read(SMALL, now() + 1000));
    expect([nodes[0].sent.length, nodes[1].sent.length]).toEqual([0, 1]);
    await vi.advanceTimersByTimeAsync(6);
    nodes[0].answer(nodes[0].latest, 5);
    expect(await outcome).toBe("05");
  });

  test("takes the place of a replica that takes half the slice", async () => {
    for (const [node, ms] of [
      [nodes[0], 1],
      [nodes[1], 50],
    ] as const) {
      node.latency.sent();
      node.latency.answered(ms, now());
    }
    void it.set.read(SMALL, now() + 1000).catch(() => {});
    expect([nodes[0].sent.length, nodes[1].sent.length]).toEqual([1, 0]);
  });
});
