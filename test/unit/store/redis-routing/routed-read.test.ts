import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Lookup } from "../../../../src/model/lookup.ts";
import { shapeOf } from "../lookup-fixture.ts";
import { type FakeNode, now, outcomeOf, type Rig, rigOf, SMALL, servingNodes } from "./routing-kit.ts";

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
const read = (deadlineMs = now() + 100): Promise<string> => outcomeOf(rig.set.read(SMALL, deadlineMs));
/** The node that was asked latest, and those that were asked at all. */
const askedOf = (from = nodes): FakeNode[] => from.filter(({ sent }) => sent.length > 0);

/** Ends what is outstanding, so that only the next read counts. */
async function settle(count: number): Promise<void> {
  for (let i = 0; i < count; i += 1) {
    const outcome = read();
    for (const node of askedOf()) node.answer(node.latest);
    expect(await outcome).toBe("01");
    for (const node of nodes) node.sent.length = 0;
  }
}

/** A token of the hedges is there. */
const earnHedge = (): Promise<void> => settle(20);

describe("one answer", () => {
  test("comes from the one node that was asked, and leaves nothing behind", async () => {
    const outcome = read();
    expect(askedOf()).toHaveLength(1);
    expect(rig.sweep.size).toBe(1);
    askedOf()[0]!.answer(askedOf()[0]!.latest, 7);
    expect(await outcome).toBe("07");
    expect(rig.sweep.size).toBe(0);
    expect(nodes.map(({ latency }) => latency.inFlight)).toEqual([0, 0, 0]);
  });

  test("a read that asks nothing is answered without a node", async () => {
    const nothing: readonly Lookup[] = [{ shape: shapeOf(), keys: [Buffer.of(1)] }];
    const [block] = await rig.set.read(nothing, now() + 100);
    expect([block!.sources.length, askedOf().length, rig.sweep.size]).toEqual([1, 0, 0]);
  });

  test("none until the deadline, on any node: the error names the first, late replies change nothing", async () => {
    const outcome = read(now() + 30);
    await pass(29);
    const asked = askedOf();
    expect(asked).toHaveLength(2);
    await pass(2);
    expect(await outcome).toMatch(/^DEADLINE_EXCEEDED: redis n\d did not answer before the deadline of the request$/);
    for (const node of asked) node.answer(node.latest, 3);
    expect(nodes.map(({ latency }) => latency.inFlight)).toEqual([0, 0, 0]);
    expect(rig.sweep.size).toBe(0);
  });

  test("a deadline that has passed asks nobody", async () => {
    expect(await read(now())).toMatch(/^DEADLINE_EXCEEDED/);
    expect(askedOf()).toEqual([]);
  });

  test("one node, no deadline: nothing to watch, no second attempt", async () => {
    rig.set.setNodes([nodes[0]!.node]);
    const outcome = read(Number.POSITIVE_INFINITY);
    expect(rig.sweep.size).toBe(0);
    await pass(5000);
    nodes[0]!.answer(nodes[0]!.latest);
    expect([await outcome, nodes[0]!.sent.length]).toEqual(["01", 1]);
  });
});

describe("hedge", () => {
  test("after the delay on another node; the first answer counts, the late one is dropped", async () => {
    await earnHedge();
    const outcome = read();
    const [first] = askedOf();
    await pass(0);
    expect(askedOf()).toHaveLength(1);
    await pass(2);
    const other = askedOf().find((node) => node !== first)!;
    expect(askedOf()).toHaveLength(2);
    other.answer(other.latest, 9);
    expect(await outcome).toBe("09");
    first!.answer(first!.latest, 8);
    expect([rig.set.hedges.taken, rig.set.hedgesWon, rig.sweep.size]).toEqual([1, 1, 0]);
  });

  test("one that loses is not counted as won", async () => {
    await earnHedge();
    const outcome = read();
    const [first] = askedOf();
    await pass(2);
    expect(askedOf()).toHaveLength(2);
    const other = askedOf().find((node) => node !== first)!;
    first!.answer(first!.latest, 8);
    other.answer(other.latest, 9);
    expect([await outcome, rig.set.hedges.taken, rig.set.hedgesWon]).toEqual(["08", 1, 0]);
  });

  test("at most the ratio of reads", async () => {
    let hedged = 0;
    for (let i = 0; i < 200; i += 1) {
      const outcome = read();
      await pass(3);
      const asked = askedOf();
      hedged += asked.length - 1;
      for (const node of asked) node.answer(node.latest);
      expect(await outcome).toBe("01");
      for (const node of nodes) node.sent.length = 0;
    }
    expect(hedged).toBe(10);
    expect(rig.set.hedges.taken).toBe(10);
  });

  test("none on a node whose gate is not closed", async () => {
    await earnHedge();
    const outcome = read();
    const [first] = askedOf();
    for (const node of nodes) if (node !== first) for (let i = 0; i < 3; i += 1) node.gate.silent(now(), false);
    await pass(3);
    expect(askedOf()).toEqual([first]);
    expect(rig.set.hedges.taken).toBe(0);
    first!.answer(first!.latest);
    expect(await outcome).toBe("01");
  });

  test("none under another name of the same process", async () => {
    const [a] = nodes as [FakeNode];
    const twin = Object.assign(servingNodes(1)[0]!, { runId: a.runId });
    rig.set.setNodes([a.node, twin.node]);
    for (let i = 0; i < 20; i += 1) rig.set.counted();
    void read();
    await pass(3);
    expect(a.sent.length + twin.sent.length).toBe(1);
  });

  test("while the first fails the hedge is waited for", async () => {
    await earnHedge();
    const outcome = read();
    const [first] = askedOf();
    await pass(2);
    const other = askedOf().find((node) => node !== first)!;
    first!.refuse(first!.latest, "WRONGTYPE");
    other.answer(other.latest, 5);
    expect(await outcome).toBe("05");
  });
});
