import { beforeEach, describe, expect, test } from "vitest";
import { NodeSync } from "../../../../src/store/redis/sync/node-sync.ts";
import { OffsetMarks } from "../../../../src/store/redis/sync/offset-marks.ts";
import { freshSample, MAX_LAG_MS, primarySample, ROLE_ONLY, replicaSample } from "./sync-kit.ts";

let marks: OffsetMarks;
let node: NodeSync;
beforeEach(() => {
  marks = new OffsetMarks(MAX_LAG_MS);
  node = new NodeSync();
  node.connected(1);
});

function verdict(nowMs: number, hasPrimary = true): string {
  const { serves, reason } = node.mayServe(nowMs, marks, MAX_LAG_MS, hasPrimary);
  return `${serves} ${reason}`;
}

describe("before anything is known", () => {
  test("nobody serves without a connection, or before the first sample on it", () => {
    expect(verdict(0)).toBe("no unknown");
    node.lost();
    expect(verdict(0)).toBe("no disconnected");
    node.sampled(primarySample(node, 0), marks);
    expect(verdict(0)).toBe("no disconnected");
  });

  test("a sample that was asked for before this connection tells nothing", () => {
    const early = primarySample(node, 0);
    node.connected(2);
    node.sampled(early, marks);
    expect(verdict(0)).toBe("no unknown");
  });

  test("a role that is neither does not serve", () => {
    node.sampled(replicaSample(node, 0, { role: undefined }), marks);
    expect(verdict(0)).toBe("no unknown");
  });

  test("where INFO and ROLE are refused the node serves, until it is lost or sampled", () => {
    node.unsampled();
    expect(verdict(99_999)).toBe("yes unsampled");
    expect(node.lagMs(99_999, marks)).toBe(0);
    node.sampled(freshSample(node, 100_000), marks);
    expect(verdict(100_000)).toBe("no empty");
    node.unsampled();
    node.lost();
    node.unsampled();
    node.connected(2);
    expect(verdict(100_000)).toBe("no unknown");
  });
});

describe("a primary", () => {
  test("serves at once, however old its sample", () => {
    node.sampled(primarySample(node, 0, { offset: 0, keys: 0 }), marks);
    expect(verdict(0)).toBe("yes primary");
    expect(verdict(60_000)).toBe("yes primary");
    expect(node.isPrimary).toBe(true);
    expect(node.lagMs(60_000, marks)).toBe(0);
  });

  test("does not while it is loading, as INFO or an answer says", () => {
    node.sampled(primarySample(node, 0, { isLoading: true }), marks);
    expect(verdict(0)).toBe("no loading");
    expect(marks.highest("a")).toBeUndefined();
    node.sampled(primarySample(node, 250), marks);
    expect(verdict(250)).toBe("yes primary");
    node.sawLoading();
    expect(verdict(251)).toBe("no loading");
    node.sampled(primarySample(node, 500), marks);
    expect(verdict(500)).toBe("yes primary");
  });

  test("LOADING from a node that cannot be sampled holds until it is asked again", () => {
    node.unsampled();
    node.sawLoading();
    expect(verdict(0)).toBe("no loading");
    node.unsampled();
    expect(verdict(250)).toBe("yes unsampled");
  });

  test("that became a replica needs its link", () => {
    node.sampled(primarySample(node, 0), marks);
    node.sampled(replicaSample(node, 250, { linkUp: false }), marks);
    expect(verdict(250)).toBe("no link_down");
  });
});

describe("a replica beside a primary", () => {
  beforeEach(() => marks.notePrimary("a", 1000, 0));

  test("that has just started does not serve, even though nobody was seen further under its own id", () => {
    node.sampled(freshSample(node, 0), marks);
    expect(verdict(0)).toBe("no empty");
    expect(marks.highest("own")).toBeUndefined();
  });

  test("enters once its link was seen up on this connection", () => {
    node.sampled(replicaSample(node, 0, { linkUp: false }), marks);
    expect(verdict(0)).toBe("no link_down");
    node.sampled(replicaSample(node, 250), marks);
    expect(verdict(250)).toBe("yes in_sync");
    // It may lose the link again: from then on the lag decides.
    node.sampled(replicaSample(node, 500, { linkUp: false }), marks);
    expect(verdict(500)).toBe("yes in_sync");
    // On a new connection it may be another process.
    node.connected(2);
    node.sampled(replicaSample(node, 750, { linkUp: false }), marks);
    expect(verdict(750)).toBe("no link_down");
  });

  test("is not taken for late when it was asked just after a primary that moved", () => {
    marks.notePrimary("a", 2000, 250);
    node.sampled(replicaSample(node, 250, { offset: 1990 }), marks);
    expect(verdict(255)).toBe("yes in_sync");
    expect(node.lagMs(255, marks)).toBe(5);
  });

  test("leaves when the high passed it longer ago than max_lag", () => {
    node.sampled(replicaSample(node, 0), marks);
    marks.notePrimary("a", 2000, 250);
    for (let atMs = 250; atMs <= 1500; atMs += 250) {
      node.sampled(replicaSample(node, atMs, { linkUp: false }), marks);
      expect(verdict(atMs)).toBe(atMs <= 1250 ? "yes in_sync" : "lagging lag");
    }
    expect(node.lagMs(1500, marks)).toBe(1250);
  });

  test("leaves when it was not sampled for max_lag", () => {
    node.sampled(replicaSample(node, 0), marks);
    expect(verdict(1000)).toBe("yes in_sync");
    expect(verdict(1001)).toBe("lagging lag");
    expect(node.mayServe(1001, marks, MAX_LAG_MS, true)).toMatchObject({ isFresh: false, lagMs: 1001, offset: 1000 });
  });

  test("enters late while it catches up, and then in time", () => {
    node.sampled(replicaSample(node, 0, { offset: 500 }), marks);
    expect(verdict(0)).toBe("lagging lag");
    node.sampled(replicaSample(node, 250, { offset: 1000 }), marks);
    expect(verdict(250)).toBe("yes in_sync");
  });

  test("that is loading after a full synchronisation does not serve", () => {
    node.sampled(replicaSample(node, 0), marks);
    node.sampled(replicaSample(node, 250, { isLoading: true, linkUp: false, keys: 0 }), marks);
    expect(verdict(250)).toBe("no loading");
  });

  test("left on the id of a primary that was replaced falls behind, at its old mark as it is", () => {
    node.sampled(replicaSample(node, 0), marks);
    marks.notePrimary("b", 5, 250);
    for (let atMs = 250; atMs <= 1500; atMs += 250) node.sampled(replicaSample(node, atMs, { linkUp: false }), marks);
    expect(verdict(1250)).toBe("yes in_sync");
    expect(verdict(1500)).toBe("lagging lag");
  });

  test("with ROLE only", () => {
    marks.notePrimary("", 1000, 0);
    node.sampled(replicaSample(node, 0, { ...ROLE_ONLY, offset: -1, linkUp: false }), marks);
    expect(verdict(0)).toBe("no empty");
    node.sampled(replicaSample(node, 250, ROLE_ONLY), marks);
    expect(verdict(250)).toBe("yes in_sync");
    // ROLE forgets the offset with the link; it cannot have become less.
    node.sampled(replicaSample(node, 500, { ...ROLE_ONLY, offset: -1, linkUp: false }), marks);
    expect(verdict(500)).toBe("yes in_sync");
    marks.notePrimary("", 1100, 600);
    expect(node.lagMs(700, marks)).toBe(200);
  });
});

describe("a replica while no primary is reachable", () => {
  test("serves at or above the mark, however long ago the primary went", () => {
    marks.notePrimary("a", 1000, 0);
    node.sampled(replicaSample(node, 60_000, { linkUp: false }), marks);
    expect(verdict(60_000, true)).toBe("no link_down");
    expect(verdict(60_000, false)).toBe("yes at_mark");
    node.sampled(replicaSample(node, 60_250, { linkUp: false, offset: 1014 }), marks);
    expect(verdict(60_250, false)).toBe("yes at_mark");
  });

  test("at the mark is in sync even with an empty keyspace", () => {
    marks.notePrimary("a", 1000, 0);
    node.sampled(replicaSample(node, 0, { linkUp: false, keys: 0 }), marks);
    expect(verdict(0, false)).toBe("yes at_mark");
  });

  test("below the mark it lags; what it was seen at counts for max_lag only", () => {
    marks.notePrimary("a", 1000, 0);
    node.sampled(replicaSample(node, 100, { linkUp: false, offset: 999 }), marks);
    expect(verdict(100, false)).toBe("lagging lag");
    node.sampled(replicaSample(node, 200, { linkUp: false }), marks);
    expect(verdict(1200, false)).toBe("yes at_mark");
    expect(verdict(1201, false)).toBe("lagging lag");
  });

  test("a moment below the mark does no harm while it is within max_lag", () => {
    marks.notePrimary("a", 900, 0);
    node.sampled(replicaSample(node, 0, { offset: 990 }), marks);
    marks.notePrimary("a", 1000, 250);
    node.sampled(replicaSample(node, 250, { offset: 999, linkUp: false }), marks);
    expect(verdict(300, false)).toBe("yes in_sync");
    node.sampled(replicaSample(node, 2000, { offset: 999, linkUp: false }), marks);
    expect(verdict(2000, false)).toBe("lagging lag");
  });

  test("a process that has seen no mark takes who has an offset and keys", () => {
    node.sampled(replicaSample(node, 0, { linkUp: false }), marks);
    expect(verdict(0, false)).toBe("yes at_mark");
  });

  test.each([
    ["no keys", { keys: 0 }],
    ["offset 1", { offset: 1 }],
    ["offset 0", { offset: 0 }],
    ["no offset", { offset: undefined }],
  ])("and nobody with %s", (_, changes) => {
    node.sampled(replicaSample(node, 0, { linkUp: false, ...changes }), marks);
    expect(verdict(0, false)).toBe("no empty");
  });

  test("a fresh one does not serve", () => {
    node.sampled(freshSample(node, 0), marks);
    expect(verdict(0, false)).toBe("no empty");
  });

  test("of two without a mark the further one sets it", () => {
    const other = new NodeSync();
    other.connected(1);
    other.sampled(replicaSample(other, 0, { linkUp: false, offset: 1001 }), marks);
    node.sampled(replicaSample(node, 0, { linkUp: false }), marks);
    expect(verdict(0, false)).toBe("lagging lag");
    expect(other.mayServe(0, marks, MAX_LAG_MS, false).serves).toBe("yes");
  });
});

describe("a node that calls itself primary and is not meant to be", () => {
  beforeEach(() => {
    node.isRival = true;
    marks.notePrimary("a", 1000, 0);
  });

  test("does not serve beside the primary and leads nobody", () => {
    node.sampled(primarySample(node, 100, { replId: "rival" }), marks);
    expect(verdict(100, true)).toBe("no rival");
    expect(node.isPrimary).toBe(false);
    expect(marks.isAtHighest("a", 1000)).toBe(true);
  });

  test("restarted empty it never serves", () => {
    node.sampled(primarySample(node, 100, { replId: "rival", offset: 0, keys: 0 }), marks);
    expect(verdict(100, false)).toBe("no empty");
  });

  test("just promoted it goes on where the primary was; from an old dump it lags", () => {
    node.sampled(primarySample(node, 100, { replId: "new", offset: 1010 }), marks);
    expect(verdict(100, false)).toBe("yes at_mark");
    node.sampled(primarySample(node, 200, { replId: "new", offset: 700 }), marks);
    expect(verdict(200, false)).toBe("lagging lag");
  });

  test("serves at once when it is recognised", () => {
    node.sampled(primarySample(node, 100, { replId: "new", offset: 700 }), marks);
    node.isRival = false;
    expect(verdict(100, true)).toBe("yes primary");
  });
});
