import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type FakeNode, LARGE, now, outcomeOf, type Rig, rigOf, SMALL, servingNodes } from "./routing-kit.ts";

let nodes: FakeNode[];
let rig: Rig;
beforeEach(() => {
  vi.useFakeTimers({ now: 1000 });
  nodes = servingNodes(3);
  rig = rigOf(nodes);
});
afterEach(() => {
  rig.set.close();
  rig.sweep.close();
  vi.useRealTimers();
});

const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);
const read = (lookups = SMALL, deadlineMs = now() + 100): Promise<string> =>
  outcomeOf(rig.set.read(lookups, deadlineMs));
const asked = (): FakeNode[] => nodes.filter(({ sent }) => sent.length > 0);
const otherThan = (first: FakeNode): FakeNode => asked().find((node) => node !== first)!;

describe("once on another node", () => {
  test.each(["LOADING", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN"])("for %s", async (word) => {
    const outcome = read();
    const [first] = asked() as [FakeNode];
    first.refuse(first.latest, word);
    expect(asked()).toHaveLength(2);
    const other = otherThan(first);
    other.answer(other.latest, 4);
    expect([await outcome, rig.set.retries.taken]).toEqual(["04", 1]);
    expect(rig.set.routes.includes(first.node)).toBe(word !== "LOADING" && word !== "MASTERDOWN");
  });

  test("for a connection that breaks", async () => {
    const outcome = read();
    const [first] = asked() as [FakeNode];
    first.break();
    const other = otherThan(first);
    other.answer(other.latest, 4);
    expect(await outcome).toBe("04");
  });

  test("for one that breaks in the moment of sending, and the second error is the answer", async () => {
    for (const node of nodes) node.onSend = (sent) => node.refuse(sent, "CLUSTERDOWN");
    expect(await read()).toMatch(/^UNAVAILABLE: redis n\d answered: CLUSTERDOWN because$/);
    expect(asked()).toHaveLength(2);
    expect(rig.sweep.size).toBe(0);
  });

  test("for silence of the node timeout, and whoever answers first is taken", async () => {
    const outcome = read();
    const [first] = asked() as [FakeNode];
    await pass(4);
    expect(asked()).toHaveLength(1);
    await pass(2);
    expect(asked()).toHaveLength(2);
    first.answer(first.latest, 6);
    expect(await outcome).toBe("06");
    const other = otherThan(first);
    other.answer(other.latest, 5);
    expect(rig.sweep.size).toBe(0);
  });

  test("silence counts for the gate; three in a row open it", async () => {
    const [silent] = nodes as [FakeNode];
    const outcomes = Array.from({ length: 9 }, () => read());
    expect(silent.sent).toHaveLength(3);
    for (const node of nodes.slice(1)) {
      for (const sent of node.sent) node.answer(sent);
      node.onSend = (sent) => node.answer(sent);
    }
    await pass(6);
    expect(new Set(await Promise.all(outcomes))).toEqual(new Set(["01"]));
    expect([silent.gate.state, silent.gate.cause, rig.set.retries.taken]).toEqual(["open", "slow", 3]);
    for (let i = 0; i < 10; i += 1) expect(await read()).toBe("01");
    expect(silent.sent).toHaveLength(3);
  });

  test("no second time, but the deadline is kept", async () => {
    const outcome = read(SMALL, now() + 40);
    await pass(35);
    expect(asked()).toHaveLength(2);
    expect(rig.set.retries.taken).toBe(1);
    await pass(6);
    expect(await outcome).toMatch(/^DEADLINE_EXCEEDED/);
  });
});

describe("not", () => {
  test.each(["NOPERM", "WRONGTYPE", "ERR", "READONLY", "MOVED"])("for %s", async (word) => {
    const outcome = read();
    const [first] = asked() as [FakeNode];
    first.refuse(first.latest, word);
    expect(await outcome).toBe(`UNAVAILABLE: ${first.who} answered: ${word} because`);
    expect([asked().length, rig.set.retries.taken, rig.sweep.size]).toEqual([1, 0, 0]);
  });

  test("when the budget is spent", async () => {
    while (rig.set.retries.tryTake());
    const outcome = read();
    const [first] = asked() as [FakeNode];
    first.refuse(first.latest, "CLUSTERDOWN");
    expect(await outcome).toMatch(/CLUSTERDOWN/);
    expect(asked()).toHaveLength(1);
  });

  test("when there is no other node", async () => {
    rig.set.setNodes([nodes[0]!.node]);
    const outcome = read();
    nodes[0]!.refuse(nodes[0]!.latest, "CLUSTERDOWN");
    expect(await outcome).toMatch(/CLUSTERDOWN/);
  });

  test("for a read of one node and no other", async () => {
    const only = { node: nodes[1]!.node, isAsking: true };
    const outcome = outcomeOf(rig.set.read(SMALL, now() + 50, only));
    expect([asked(), nodes[1]!.latest.isAsking]).toEqual([[nodes[1]], true]);
    await pass(30);
    expect(asked()).toHaveLength(1);
    nodes[1]!.refuse(nodes[1]!.latest, "TRYAGAIN");
    expect(await outcome).toMatch(/n1 answered: TRYAGAIN/);
    const late = outcomeOf(rig.set.read(SMALL, now() + 50, only));
    await pass(51);
    expect(await late).toMatch(/^DEADLINE_EXCEEDED: redis n1/);
    // It earns nothing for those that may be hedged.
    for (let i = 0; i < 40; i += 1) void outcomeOf(rig.set.read(SMALL, now() + 50, only));
    expect(rig.set.hedges.tryTake()).toBe(false);
  });
});

describe("a large read", () => {
  test("is not hedged, and is not silent while its connection brings bytes", async () => {
    for (let i = 0; i < 40; i += 1) rig.set.counted();
    const outcome = read(LARGE, now() + 500);
    const [first] = asked() as [FakeNode];
    expect([first.latest.isLarge, first.latency.inFlight]).toEqual([true, 1]);
    for (let i = 0; i < 10; i += 1) {
      await pass(10);
      first.lastByteMs = now();
    }
    expect(asked()).toHaveLength(1);
    first.answer(first.latest, 2);
    expect([await outcome, first.latency.inFlight, rig.sweep.size]).toEqual(["02", 0, 0]);
  });

  test("after 20 ms without a byte it is repeated", async () => {
    const outcome = read(LARGE, now() + 500);
    const [first] = asked() as [FakeNode];
    await pass(12);
    first.lastByteMs = now();
    await pass(12);
    expect(asked()).toHaveLength(1);
    await pass(12);
    const other = otherThan(first);
    other.answer(other.latest, 3);
    expect([await outcome, nodes.map(({ latency }) => latency.inFlight)]).toEqual(["03", [0, 0, 0]]);
  });

  test("at its deadline nothing is left in flight", async () => {
    const outcome = read(LARGE, now() + 60);
    await pass(61);
    expect(await outcome).toMatch(/^DEADLINE_EXCEEDED/);
    expect([nodes.map(({ latency }) => latency.inFlight), rig.sweep.size]).toEqual([[0, 0, 0], 0]);
  });
});
