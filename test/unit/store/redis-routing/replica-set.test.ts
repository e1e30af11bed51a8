import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { FakeNode, now, outcomeOf, type Rig, rigOf, SMALL, servingNodes } from "./routing-kit.ts";

const PRIMARY = { role: "primary", linkUp: undefined } as const;
const FRESH = { replId: "own", offset: 1, linkUp: false, keys: 0 } as const;

let rigs: Rig[];
beforeEach(() => {
  vi.useFakeTimers({ now: 1000 });
  rigs = [];
});
afterEach(() => {
  for (const { set, sweep } of rigs) {
    set.close();
    sweep.close();
  }
  vi.useRealTimers();
});

function rig(nodes: readonly FakeNode[], changes: Parameters<typeof rigOf>[1] = {}): Rig {
  const made = rigOf(nodes, changes);
  rigs.push(made);
  return made;
}

const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);
const serving = ({ set }: Rig): string[] => set.routes.map(({ who }) => who.slice("redis ".length));

describe("who serves, as they say what they are", () => {
  test("nobody, then the primary, then the replicas that are linked", () => {
    const [a, b, c] = ["a", "b", "c"].map((name) => new FakeNode(name)) as [FakeNode, FakeNode, FakeNode];
    const it = rig([a, b, c]);
    expect(serving(it)).toEqual([]);
    it.says(a, PRIMARY);
    expect(serving(it)).toEqual(["a"]);
    it.says(b, FRESH);
    expect(serving(it)).toEqual(["a"]);
    it.says(b);
    expect([serving(it), it.set.hasOthers]).toEqual([["b"], true]);
    it.says(c);
    expect([serving(it), it.set.hasOthers]).toEqual([["b", "c"], true]);
    expect(it.serving).toBe(1);
    b.break();
    it.set.changed();
    expect(serving(it)).toEqual(["c"]);
    c.break();
    it.set.changed();
    expect(serving(it)).toEqual(["a"]);
    a.break();
    it.set.changed();
    expect([serving(it), it.serving]).toEqual([[], 2]);
  });

  test("a replica that falls behind leaves without a word, when the set is next looked at by a read", async () => {
    const [a, b] = [new FakeNode("a"), new FakeNode("b")];
    const it = rig([a, b]);
    it.says(a, PRIMARY);
    it.says(b);
    expect(serving(it)).toEqual(["b"]);
    await pass(1001);
    const outcome = outcomeOf(it.set.read(SMALL, now() + 100));
    expect([serving(it), a.sent.length, b.sent.length]).toEqual([["a"], 1, 0]);
    a.answer(a.latest, 2);
    expect(await outcome).toBe("02");
  });

  test("a node that left the set is not asked", () => {
    const [a, b] = servingNodes(2) as [FakeNode, FakeNode];
    const it = rig([a, b]);
    it.set.setNodes([b.node]);
    expect([serving(it), it.set.nodes.length]).toEqual([["n1"], 1]);
  });

  test("LOADING puts a node out until it is sampled again", () => {
    const [a] = [new FakeNode("a")];
    const it = rig([a]);
    it.says(a, PRIMARY);
    it.set.sawUnready(a.node);
    expect(serving(it)).toEqual([]);
    it.says(a, PRIMARY);
    expect([serving(it), it.serving]).toEqual([["a"], 3]);
  });
});

describe("stale answers", () => {
  test("where all that have data are behind, the least behind answers and says by how much", async () => {
    const [a, b] = [new FakeNode("a"), new FakeNode("b")];
    const it = rig([a, b], { readFrom: "nearest" });
    it.says(a, { offset: 900 });
    it.says(b, { offset: 1000 });
    await pass(3000);
    const read = it.set.read(SMALL, now() + 100);
    expect([serving(it), it.set.isStale, it.set.lagMs]).toEqual([["b"], true, 3000]);
    b.answer(b.latest);
    expect((await read)[0]).toMatchObject({ lagMs: 3000, isFromPrimary: false });
  });

  test("an answer in sync is not marked, and one of the primary says so", async () => {
    const a = new FakeNode("a");
    const it = rig([a]);
    it.says(a, PRIMARY);
    const read = it.set.read(SMALL, now() + 100);
    a.answer(a.latest);
    expect((await read)[0]).toMatchObject({ lagMs: 0, isFromPrimary: true });
  });
});

describe("a read while nobody serves", () => {
  test("waits for a node that is coming, and is then sent", async () => {
    const a = Object.assign(new FakeNode("a"), { isComing: true });
    const it = rig([a]);
    const outcome = outcomeOf(it.set.read(SMALL, now() + 100));
    await pass(3);
    expect(a.sent).toHaveLength(0);
    it.says(a, PRIMARY);
    await pass(0);
    a.answer(a.latest);
    expect([await outcome, vi.getTimerCount()]).toEqual(["01", 1]);
  });

  test("not longer than the node timeout", async () => {
    const a = Object.assign(new FakeNode("a"), { isComing: true, isUp: false });
    const it = rig([a]);
    const outcome = outcomeOf(it.set.read(SMALL, now() + 100));
    await pass(4);
    expect(vi.getTimerCount()).toBe(1);
    await pass(1);
    expect([await outcome, vi.getTimerCount()]).toEqual(["UNAVAILABLE: redis a cannot be reached: refused", 0]);
  });

  test("nor than its deadline", async () => {
    const a = Object.assign(new FakeNode("a"), { isComing: true, isUp: false });
    const outcome = outcomeOf(rig([a]).set.read(SMALL, now() + 2));
    await pass(2);
    expect(await outcome).toMatch(/^DEADLINE_EXCEEDED: redis a/);
  });

  test("not at all once nobody is coming any more", async () => {
    const a = Object.assign(new FakeNode("a"), { isComing: true, isUp: false });
    const it = rig([a], { nodeTimeoutMs: 10_000 });
    const outcome = outcomeOf(it.set.read(SMALL, now() + 20_000));
    await pass(1);
    a.isComing = false;
    it.set.changed();
    expect(await outcome).toMatch(/cannot be reached/);
    expect(await outcomeOf(it.set.read(SMALL, now() + 20_000))).toMatch(/cannot be reached/);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("many wait and all are sent", async () => {
    const a = Object.assign(new FakeNode("a"), { isComing: true });
    const it = rig([a]);
    const outcomes = Array.from({ length: 50 }, () => outcomeOf(it.set.read(SMALL, now() + 100)));
    it.says(a, PRIMARY);
    await pass(0);
    expect(a.sent).toHaveLength(50);
    for (const sent of a.sent) a.answer(sent);
    expect(new Set(await Promise.all(outcomes))).toEqual(new Set(["01"]));
  });
});

describe("why nobody may serve", () => {
  const unavailable = (it: Rig): string => it.set.unavailable().message;

  test("no node, no connection", () => {
    expect(unavailable(rig([]))).toBe("No Redis node is known yet");
    const down = [new FakeNode("a"), new FakeNode("b")];
    for (const node of down) node.break();
    expect(unavailable(rig(down))).toBe("redis a cannot be reached: refused");
  });

  test("each that is connected has its reason", () => {
    const [a, b, c, d] = ["a", "b", "c", "d"].map((name) => new FakeNode(name)) as [
      FakeNode,
      FakeNode,
      FakeNode,
      FakeNode,
    ];
    const it = rig([a, b, c, d], { readFrom: "replica" });
    it.says(a, PRIMARY);
    it.says(b, FRESH);
    it.says(c, { isLoading: true });
    d.break();
    it.set.changed();
    expect(unavailable(it)).toBe(
      "No Redis node may serve: redis a is the primary, redis b has no data yet, redis c is loading its data",
    );
  });

  test("one that cannot be asked, and one that was not asked yet", () => {
    const [a, b] = [new FakeNode("a"), new FakeNode("b")];
    const it = rig([a, b]);
    expect(unavailable(it)).toMatch(/redis a has not said what it is yet, redis b has not/);
    a.sync.unsampled();
    it.set.changed();
    expect(serving(it)).toEqual(["a"]);
  });
});
