import { beforeEach, describe, expect, test } from "vitest";
import { type RowFeed, UNTOLD_FEED } from "../../../../src/model/lookup.ts";
import { RespError, type RespValue } from "../../../../src/store/redis/lane/resp-value.ts";
import { NodeTracking } from "../../../../src/store/redis/node/node-tracking.ts";
import { NodeGate } from "../../../../src/store/redis/routing/node-gate.ts";
import { NodeSync } from "../../../../src/store/redis/sync/node-sync.ts";
import { OffsetMarks } from "../../../../src/store/redis/sync/offset-marks.ts";
import { judgeNodes } from "../../../../src/store/redis/sync/serving-set.ts";
import { type FedNode, judgeFeeds } from "../../../../src/store/redis/tracking/judge-feeds.ts";
import { MAX_LAG_MS, primarySample, replicaSample } from "../redis-sync/sync-kit.ts";

/** A node without connections, whose other parts are real. */
class Node implements FedNode {
  readonly tracking: NodeTracking;
  readonly gate = new NodeGate(() => 0);
  readonly sync = new NodeSync();
  oldestSentMs = Number.POSITIVE_INFINITY;
  heard = 0;
  #epoch = 0;
  #answer: (reply: RespValue) => void = () => {};
  readonly asked: string[] = [];

  constructor(isWatched = true) {
    this.tracking = new NodeTracking(isWatched);
  }

  heardMs(): number {
    return this.heard;
  }

  connect(isResp3 = true): this {
    this.#epoch += 1;
    this.sync.connected(this.#epoch);
    this.gate.restored(nowMs);
    this.tracking.connected(isResp3, (words, take) => {
      this.asked.push(words.join(" "));
      this.#answer = take;
    });
    return this;
  }

  answer(reply: RespValue = "OK"): this {
    this.#answer(reply);
    return this;
  }

  lose(): void {
    this.sync.lost();
    this.gate.broken(nowMs);
    this.tracking.lost();
  }
}

let nowMs: number;
let marks: OffsetMarks;
let primary: Node;
let replica: Node;

function look(): void {
  const nodes = [primary, replica];
  const verdicts = judgeNodes(
    nodes.map(({ sync }) => sync),
    marks,
    MAX_LAG_MS,
    nowMs,
  );
  judgeFeeds({ nodes, verdicts }, MAX_LAG_MS, nowMs);
}

/** Both say that they are level, then are looked at. */
function sample(offset = 1000): void {
  primary.sync.sampled(primarySample(primary.sync, nowMs, { offset }), marks);
  replica.sync.sampled(replicaSample(replica.sync, nowMs, { offset }), marks);
  look();
}

function feedsOf(): [RowFeed, RowFeed] {
  const { feed } = primary.tracking;
  expect([feed, replica.tracking.feed]).toMatchObject([
    { isTrusted: true, isTold: true },
    { isTrusted: true, isTold: true },
  ]);
  return [feed!, replica.tracking.feed!];
}

const trusted = (feeds: readonly RowFeed[]): boolean[] => feeds.map(({ isTrusted }) => isTrusted);

beforeEach(() => {
  nowMs = 0;
  marks = new OffsetMarks(MAX_LAG_MS);
  primary = new Node().connect().answer();
  replica = new Node().connect().answer();
  sample();
});

describe("a feed", () => {
  test("is there once the node tracks and is in sync, and stays the same", () => {
    const feeds = feedsOf();
    expect(primary.asked).toEqual(["CLIENT TRACKING ON"]);
    expect(feeds[0]).not.toBe(feeds[1]);
    nowMs = MAX_LAG_MS;
    sample();
    expect([primary.tracking.feed, replica.tracking.feed]).toEqual(feeds);
    expect(primary.tracking.feed).toBe(feeds[0]);
    expect(replica.tracking.figures).toEqual({ isOn: true, reason: "on" });
  });

  test("ends with the connection, at once; the next one is another", () => {
    const feeds = feedsOf();
    replica.lose();
    expect(trusted(feeds)).toEqual([true, false]);
    expect(replica.tracking.figures).toEqual({ isOn: false, reason: "asked" });
    replica.connect();
    sample();
    expect(replica.tracking.feed).toBeUndefined();
    replica.answer();
    look();
    expect(feedsOf()[0]).toBe(feeds[0]);
    expect(replica.tracking.feed).not.toBe(feeds[1]);
    expect(trusted(feeds)).toEqual([true, false]);
  });

  test("ends when the node is behind, and is another when it has caught up", () => {
    const feeds = feedsOf();
    nowMs = 100;
    primary.sync.sampled(primarySample(primary.sync, nowMs, { offset: 2000 }), marks);
    for (nowMs = 200; nowMs <= 1200; nowMs += 100) {
      primary.sync.sampled(primarySample(primary.sync, nowMs, { offset: 2000 }), marks);
      replica.sync.sampled(replicaSample(replica.sync, nowMs), marks);
      look();
      expect(trusted(feeds)).toEqual([true, nowMs <= 1100]);
    }
    expect(replica.tracking.figures).toEqual({ isOn: false, reason: "in_doubt" });
    sample(2000);
    expect([feedsOf()[0] === feeds[0], feedsOf()[1] === feeds[1]]).toEqual([true, false]);
  });

  test("ends when nobody has known for max_lag how far the node is, be it the primary", () => {
    const feeds = feedsOf();
    nowMs = MAX_LAG_MS;
    look();
    expect(trusted(feeds)).toEqual([true, true]);
    nowMs = MAX_LAG_MS + 1;
    look();
    expect(trusted(feeds)).toEqual([false, false]);
  });

  test("is never there for a node that refuses to say how far it is", () => {
    const feeds = feedsOf();
    primary.lose();
    primary.connect().answer();
    primary.sync.unsampled();
    look();
    expect(primary.tracking.feed).toBeUndefined();
    expect(trusted(feeds)).toEqual([false, true]);
  });

  test("ends with a promotion, and with what comes after it", () => {
    const feeds = feedsOf();
    replica.sync.sampled(primarySample(replica.sync, nowMs), marks);
    look();
    expect(trusted(feeds)).toEqual([true, false]);
    const promoted = replica.tracking.feed;
    expect(promoted).toMatchObject({ isTrusted: true });
    replica.sync.isRival = true;
    look();
    expect([promoted?.isTrusted, replica.tracking.feed]).toEqual([false, undefined]);
  });

  test("ends with the gate, be it open for a moment only", () => {
    const feeds = feedsOf();
    for (let i = 0; i < 3; i += 1) replica.gate.silent(nowMs, false);
    look();
    expect([trusted(feeds), replica.tracking.feed]).toEqual([[true, false], undefined]);
    for (let i = 0; i < 3; i += 1) primary.gate.silent(nowMs, false);
    primary.gate.restored(nowMs);
    look();
    expect(trusted(feeds)).toEqual([false, false]);
    expect(primary.tracking.feed).toMatchObject({ isTrusted: true });
  });

  test("ends when the connection for reads is silent, however lively the one for questions is", () => {
    const feeds = feedsOf();
    replica.heard = 100;
    replica.oldestSentMs = 300;
    primary.heard = 100;
    for (const [atMs, expected] of [
      [1300, true],
      [1301, false],
    ] as const) {
      nowMs = atMs;
      sample();
      expect(trusted(feeds)).toEqual([true, expected]);
    }
    // Nothing was due there.
    expect(primary.tracking.feed).toBe(feeds[0]);
  });

  test("ends when the node comes into another set, or the slots of its set are others", () => {
    for (const { tracking } of [primary, replica]) tracking.placed("a 0,100");
    sample();
    const feeds = feedsOf();
    primary.tracking.placed("a 0,100");
    replica.tracking.placed("a 0,99");
    look();
    expect(trusted(feeds)).toEqual([true, false]);
    expect(feedsOf()[1]).not.toBe(feeds[1]);
  });
});

describe("no feed without tracking", () => {
  test.each([
    ["no RESP3", (node: Node) => node.connect(false), "no_resp3", "it does not speak RESP3"],
    ["refused", (node: Node) => node.connect().answer(new RespError("NOPERM no")), "refused", "NOPERM no"],
    ["a proxy", (node: Node) => node.connect().answer("PONG"), "refused", "another answer than OK"],
    ["no answer yet", (node: Node) => node.connect(), "asked", ""],
  ])("%s", (_, begin, reason, refusal) => {
    replica.lose();
    begin(replica);
    sample();
    expect(replica.tracking.feed).toBe(reason === "asked" ? undefined : UNTOLD_FEED);
    expect([replica.tracking.figures, replica.tracking.refusal]).toEqual([{ isOn: false, reason }, refusal]);
  });

  test("an answer of a connection that is gone counts for nothing", () => {
    replica.lose();
    replica.connect();
    const late = replica.answer.bind(replica);
    replica.lose();
    late();
    expect([replica.tracking.isOn, replica.tracking.figures?.reason]).toEqual([false, "asked"]);
  });

  test("nobody watches: nothing is asked, nothing is told", () => {
    replica = new Node(false).connect();
    sample();
    expect([replica.asked, replica.tracking.feed, replica.tracking.figures]).toEqual([[], undefined, undefined]);
  });
});
