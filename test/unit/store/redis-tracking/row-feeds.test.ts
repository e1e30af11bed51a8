import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { feedOf, type Lookup, type RowBlock, type RowFeed } from "../../../../src/model/lookup.ts";
import { BlockMerger } from "../../../../src/store/redis/cluster/merge-blocks.ts";
import { evenly } from "../../../../src/store/redis/cluster/split-lookups.ts";
import { lookupOf, shapeOf } from "../lookup-fixture.ts";
import { FakeCluster, keysIn } from "../redis-cluster/cluster-kit.ts";
import { type FakeNode, now, rigOf, SMALL, servingNodes } from "../redis-routing/routing-kit.ts";

const SHAPE = shapeOf(["v", "f"]);
const LOW = keysIn(0, 3) as [string, string, string];
const HIGH = keysIn(1, 2) as [string, string];

/** The node gives its feed to reads that are to be kept, as RedisNode does. @returns whether each read was one */
function feeding(node: FakeNode): boolean[] {
  const feed = Object.assign(
    { isTrusted: true, trustedUntilMs: Number.POSITIVE_INFINITY, isTold: true },
    { who: node.who.slice("redis ".length) },
  );
  const cached: boolean[] = [];
  const { onSend } = node;
  node.onSend = (read) => {
    cached.push(read.isCached);
    if (read.isCached) read.feed = feed;
    onSend(read);
  };
  return cached;
}

const whoseFeed = (feed: RowFeed | undefined): string => (feed as { who?: string } | undefined)?.who ?? "none";
const feedsOf = (blocks: readonly RowBlock[], { keys }: Lookup): string[] =>
  keys.map((_, key) => whoseFeed(feedOf(blocks[0]!, key)));

beforeEach(() => void vi.useFakeTimers({ now: 1000 }));
afterEach(() => void vi.useRealTimers());

describe("a read of one set", () => {
  test("carries the feed of the node that answered, only when it is to be kept", async () => {
    const nodes = servingNodes(1) as [FakeNode];
    const cached = feeding(nodes[0]);
    const { set, sweep } = rigOf(nodes);
    nodes[0].onSend = ((send) => (read) => {
      send(read);
      nodes[0].answer(read);
    })(nodes[0].onSend);
    const rows = await Promise.all([
      set.read(SMALL, now() + 50),
      set.read(SMALL, now() + 50, undefined, true),
      set.read(SMALL, now() + 50, { node: nodes[0].node, isAsking: false }, true),
    ]);
    expect(cached).toEqual([false, true, true]);
    expect(rows.map((blocks) => feedsOf(blocks, SMALL[0]!))).toEqual([["none"], ["n0"], ["n0"]]);
    set.close();
    sweep.close();
  });

  test("a hedge's answer carries the feed of its own node", async () => {
    const nodes = servingNodes(2) as [FakeNode, FakeNode];
    for (const node of nodes) feeding(node);
    const { set, sweep } = rigOf(nodes, { hedge: { maxRatio: 1, minDelayMs: 1 } });
    const read = set.read(SMALL, now() + 50, undefined, true);
    const [first, second] = nodes[0].sent.length > 0 ? nodes : [nodes[1], nodes[0]];
    await vi.advanceTimersByTimeAsync(4);
    second.answer(second.latest, 2);
    first.answer(first.latest);
    expect(feedsOf(await read, SMALL[0]!)).toEqual([second.runId]);
    set.close();
    sweep.close();
  });
});

describe("merged blocks", () => {
  const keys = ["00", "01", "02", "03"];
  const block = (count: number, more: Partial<RowBlock>): RowBlock => ({
    sources: new Array<Buffer>(count).fill(Buffer.alloc(2)),
    spans: new Int32Array(4 * count),
    ...more,
  });
  const feed = (who: string): RowFeed =>
    Object.assign({ isTrusted: true, trustedUntilMs: Number.POSITIVE_INFINITY, isTold: true }, { who });

  test("tell each key's feed", () => {
    const lookups = [lookupOf(SHAPE, ...keys)];
    const parts = evenly(lookups, 2);
    const merger = new BlockMerger(lookups);
    merger.put(parts[0]!, [block(2, { feed: feed("a") })]);
    merger.put(parts[1]!, [block(2, { feed: feed("b"), feeds: [feed("c"), undefined] })]);
    expect(feedsOf(merger.blocks(), lookups[0]!)).toEqual(["a", "a", "c", "none"]);
  });

  test("of which only one part has feeds, and of none that has", () => {
    const lookups = [lookupOf(SHAPE, ...keys)];
    const parts = evenly(lookups, 2);
    const [half, none] = [new BlockMerger(lookups), new BlockMerger(lookups)];
    half.put(parts[0]!, [block(2, {})]);
    half.put(parts[1]!, [block(2, { feed: feed("b") })]);
    for (const part of parts) none.put(part, [block(2, {})]);
    expect(feedsOf(half.blocks(), lookups[0]!)).toEqual(["none", "none", "b", "b"]);
    expect(none.blocks()[0]!.feeds).toBeUndefined();
  });
});

describe("a read of a cluster", () => {
  let cluster: FakeCluster;
  let lookup: Lookup;
  const read = async (isCached = true): Promise<string[]> =>
    feedsOf(await cluster.reader.read([lookup], now() + 50, isCached), lookup);
  const open = (readFrom: "primary" | "replica_preferred", ...keys: readonly string[]): void => {
    cluster = new FakeCluster(readFrom);
    lookup = lookupOf(SHAPE, ...keys);
  };
  afterEach(() => cluster.close());

  test("carries the feed of each part's node", async () => {
    open("primary", HIGH[0], LOW[0], HIGH[1], LOW[1]);
    for (const node of cluster.nodes) feeding(node);
    expect(await read()).toEqual(["p1", "p0", "p1", "p0"]);
    expect(await read(false)).toEqual(["none", "none", "none", "none"]);
  });

  test("a key that was followed has the feed of the node where it was found, or none", async () => {
    open("primary", ...LOW);
    const [p0, p1] = cluster.primaries;
    cluster.elsewhere(p0, "ASK 7 guest:6379", LOW[2]);
    const first = p0.onSend;
    p0.onSend = (sent) =>
      sent.isAsking
        ? first(sent)
        : p0.answer(sent, 1, (key) =>
            key.toString("hex") === LOW[1]
              ? "MOVED 7 p1:6379"
              : key.toString("hex") === LOW[2]
                ? "ASK 7 guest:6379"
                : undefined,
          );
    const asked = [p0, p1].map(feeding);
    expect(await read()).toEqual(["p0", "p1", "none"]);
    // What follows a key is to be kept as well.
    expect(asked).toEqual([[true], [true]]);
  });

  test("a row that a replica does not have has the feed of the primary that was asked instead", async () => {
    open("replica_preferred", LOW[0], HIGH[0]);
    const [r0] = cluster.replicas;
    r0.onSend = (sent) => r0.answer(sent, -1);
    for (const node of cluster.nodes) feeding(node);
    expect(await read()).toEqual(["p0", "r1"]);
  });

  test("and none when there is no primary to ask", async () => {
    open("replica_preferred", ...LOW);
    const [r0] = cluster.replicas;
    feeding(r0);
    cluster.primaries[0].break();
    cluster.rigs[0]!.set.changed();
    expect(await read()).toEqual(["r0", "r0", "r0"]);
    r0.onSend = (sent) => r0.answer(sent, -1);
    feeding(r0);
    expect(await read()).toEqual(["none", "none", "none"]);
  });
});
