import { beforeEach, describe, expect, test } from "vitest";
import { isLastClosed, NodeChooser, type Route } from "../../../../src/store/redis/routing/choose-node.ts";
import { LatencyEstimate } from "../../../../src/store/redis/routing/latency-estimate.ts";
import { NodeGate } from "../../../../src/store/redis/routing/node-gate.ts";

function route(runId: string, latencyMs = 1, zone = ""): Route {
  const latency = new LatencyEstimate();
  latency.sent();
  latency.answered(latencyMs, 0);
  return { runId, zone, gate: new NodeGate(() => 1), latency };
}

function slowGate(it: Route): Route {
  for (let i = 0; i < 3; i += 1) it.gate.silent(0, false);
  return it;
}

function broken(it: Route): Route {
  it.gate.broken(0);
  return it;
}

let chooser: NodeChooser;
beforeEach(() => {
  chooser = new NodeChooser("");
});

/** How often each is chosen in 60 reads at one moment. */
function counts(routes: readonly Route[], other?: Route): number[] {
  const found = routes.map(() => 0);
  for (let i = 0; i < 60; i += 1) {
    const index = chooser.choose(routes, other, 1, false);
    if (index >= 0) found[index]! += 1;
  }
  return found;
}

describe("by latency and reads in flight", () => {
  test("the fastest, and equal ones in turn", () => {
    expect(counts([route("a", 1), route("b", 0.5), route("c", 2)])).toEqual([0, 60, 0]);
    expect(counts([route("a", 1), route("b", 1), route("c", 1)])).toEqual([20, 20, 20]);
    expect(counts([route("a", 1), route("b", 5), route("c", 1.1)])).toEqual([30, 0, 30]);
  });

  test("a read in flight makes a node dearer", () => {
    const busy = route("a", 1);
    busy.latency.sent();
    expect(counts([busy, route("b", 1.2)])).toEqual([0, 60]);
  });

  test("reads of one moment spread", () => {
    const routes = [route("a"), route("b"), route("c")];
    const sent = [0, 0, 0];
    for (let i = 0; i < 30; i += 1) {
      const index = chooser.choose(routes, undefined, 1, false);
      routes[index]!.latency.sent();
      sent[index]! += 1;
    }
    expect(sent).toEqual([10, 10, 10]);
  });

  test("a node that was never heard is tried", () => {
    const unknown: Route = { ...route("b"), latency: new LatencyEstimate() };
    expect(counts([route("a", 1), unknown])).toEqual([30, 30]);
    expect(chooser.choose([unknown], undefined, 1, false)).toBe(0);
  });

  test("nobody", () => {
    expect(chooser.choose([], undefined, 0, false)).toBe(-1);
  });
});

describe("gates", () => {
  test("a node whose gate is not closed is left out, be it the fastest", () => {
    expect(counts([slowGate(route("a", 0.1)), route("b", 9)])).toEqual([0, 60]);
  });

  test("where there is no other, a slow one is taken, for a hedge not, and a broken one never", () => {
    const routes = [broken(route("a")), slowGate(route("b"))];
    expect(chooser.choose(routes, undefined, 1, false)).toBe(1);
    expect(chooser.choose(routes, undefined, 1, true)).toBe(-1);
    expect(chooser.choose([broken(route("a"))], undefined, 1, false)).toBe(-1);
  });

  test("the last closed one: no other process has a closed gate", () => {
    const a = route("a");
    expect(isLastClosed([a, route("b")], a)).toBe(false);
    expect(isLastClosed([a, slowGate(route("b")), broken(route("c"))], a)).toBe(true);
    expect(isLastClosed([a, route("a")], a)).toBe(true);
  });
});

describe("another node than the first", () => {
  test("not itself, and not under another name", () => {
    const a = route("a");
    expect(counts([a, route("a"), route("b", 50)], a)).toEqual([0, 0, 60]);
    expect(counts([a, route("a")], a)).toEqual([0, 0]);
  });

  test("nodes whose run id is not known count as different ones", () => {
    const a = route("");
    expect(counts([a, route("")], a)).toEqual([0, 60]);
  });
});

describe("zones", () => {
  beforeEach(() => {
    chooser = new NodeChooser("z1");
  });

  test("the own zone first, be it somewhat slower", () => {
    expect(counts([route("a", 1, "z2"), route("b", 2, "z1"), route("c", 2, "z1")])).toEqual([0, 30, 30]);
    expect(counts([route("a", 0.3, "z2"), route("b", 5, "z1")])).toEqual([0, 60]);
  });

  test("not when a node there is 3 × and 5 ms dearer", () => {
    expect(counts([route("a", 1, "z2"), route("b", 50, "z1")])).toEqual([60, 0]);
    expect(counts([route("a", 20, "z2"), route("b", 50, "z1")])).toEqual([0, 60]);
  });

  test("another zone where none of the own has a closed gate", () => {
    expect(counts([route("a", 1, "z2"), slowGate(route("b", 1, "z1"))])).toEqual([60, 0]);
    const near = route("b", 1, "z1");
    expect(counts([route("a", 1, "z2"), near], near)).toEqual([60, 0]);
  });

  test("without a zone of our own, those of the nodes do not matter", () => {
    chooser = new NodeChooser("");
    expect(counts([route("a", 1, "z2"), route("b", 1, "")])).toEqual([30, 30]);
  });
});

describe("over time", () => {
  let due: { atMs: number; node: number; sentMs: number }[] = [];
  beforeEach(() => {
    due = [];
  });

  /** One read each 2 ms, answered after the latency of its node; gives the reads that each node got. */
  function load(
    routes: readonly Route[],
    latencyMs: (node: number) => number,
    fromMs: number,
    untilMs: number,
  ): number[] {
    const sent = routes.map(() => 0);
    for (let nowMs = fromMs; nowMs < untilMs; nowMs += 2) {
      for (let i = due.length - 1; i >= 0; i -= 1) {
        const { atMs, node, sentMs } = due[i]!;
        if (atMs > nowMs) continue;
        routes[node]!.latency.answered(atMs - sentMs, nowMs);
        due.splice(i, 1);
      }
      const node = chooser.choose(routes, undefined, nowMs, false);
      routes[node]!.latency.sent();
      sent[node]! += 1;
      due.push({ atMs: nowMs + latencyMs(node), node, sentMs: nowMs });
    }
    return sent;
  }

  test("a node that is 50 ms slower gets under 1 % of the reads, and its share back when it is well", () => {
    const routes = [route("a"), route("b"), route("c")];
    load(routes, () => 1, 0, 2000);
    load(routes, (node) => (node === 1 ? 51 : 1), 2000, 3000);
    const slow = load(routes, (node) => (node === 1 ? 51 : 1), 3000, 13_000);
    expect(slow[1]).toBeLessThan(50);
    expect(slow[1]).toBeGreaterThan(0);
    load(routes, () => 1, 13_000, 46_000);
    expect(load(routes, () => 1, 46_000, 48_000)[1]).toBeGreaterThan(250);
  });

  test("the same with two of three slow: the measure is who is heard", () => {
    const routes = [route("a"), route("b"), route("c")];
    const slow = load(routes, (node) => (node > 0 ? 51 : 1), 0, 10_000);
    expect(slow[1]! + slow[2]!).toBeLessThan(100);
    load(routes, () => 1, 10_000, 50_000);
    expect(Math.min(...load(routes, () => 1, 50_000, 52_000))).toBeGreaterThan(250);
  });
});
