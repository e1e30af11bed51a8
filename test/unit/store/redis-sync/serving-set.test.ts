import { describe, expect, test } from "vitest";
import type { ReadFrom } from "../../../../src/model/redis-settings.ts";
import { NodeSync, type NodeVerdict } from "../../../../src/store/redis/sync/node-sync.ts";
import { OffsetMarks } from "../../../../src/store/redis/sync/offset-marks.ts";
import { judgeNodes, servingSet } from "../../../../src/store/redis/sync/serving-set.ts";
import { freshSample, MAX_LAG_MS, primarySample, replicaSample } from "./sync-kit.ts";

const NONE = { indexes: [], isStale: false, lagMs: 0 };

function of(serves: NodeVerdict["serves"], changes: Partial<NodeVerdict> = {}): NodeVerdict {
  return { serves, reason: "in_sync", role: "replica", lagMs: 0, isFresh: true, replId: "a", offset: 1000, ...changes };
}

const primary = of("yes", { role: "primary", reason: "primary" });
const replica = of("yes");
const late = of("lagging", { lagMs: 3000, offset: 900, reason: "lag" });
const later = of("lagging", { lagMs: 5000, offset: 800, reason: "lag" });
const out = of("no", { reason: "empty" });

describe("who may serve", () => {
  test.each<[ReadFrom, readonly NodeVerdict[], readonly number[]]>([
    ["nearest", [primary, replica, out, late, replica], [0, 1, 4]],
    ["replica", [primary, replica, out, late, replica], [1, 4]],
    ["replica_preferred", [primary, replica, out, late, replica], [1, 4]],
    ["primary", [primary, replica, out, late, replica], [0]],
    ["replica_preferred", [out, primary, late], [1]],
    ["nearest", [late, primary, out], [1]],
  ])("%s", (readFrom, verdicts, indexes) => {
    expect(servingSet(verdicts, readFrom)).toMatchObject({ indexes, isStale: false, lagMs: 0 });
  });

  test.each<[ReadFrom, readonly NodeVerdict[]]>([
    ["replica", [primary, out]],
    ["primary", [replica, late]],
    ["nearest", [out, out]],
    ["replica_preferred", [out]],
    ["nearest", []],
  ])("%s: nobody", (readFrom, verdicts) => {
    expect(servingSet(verdicts, readFrom)).toMatchObject(NONE);
  });

  test.each<ReadFrom>(["nearest", "replica", "replica_preferred"])(
    "%s: the least behind where all are, marked",
    (readFrom) => {
      expect(servingSet([out, later, late], readFrom)).toMatchObject({ indexes: [2], isStale: true, lagMs: 3000 });
    },
  );

  test("replica: a primary never, even when all replicas are behind", () => {
    expect(servingSet([primary, late], "replica")).toMatchObject({ indexes: [1], isStale: true, lagMs: 3000 });
  });

  test("primary: the one that calls itself so, behind as it is", () => {
    const promoted = of("lagging", { role: "primary", lagMs: 20 });
    expect(servingSet([late, promoted], "primary")).toMatchObject({ indexes: [1], isStale: true, lagMs: 20 });
  });

  test.each<ReadFrom>(["nearest", "replica", "replica_preferred", "primary"])(
    "%s: a node that cannot be asked serves",
    (readFrom) => {
      const unsampled = of("yes", { role: undefined, reason: "unsampled" });
      expect(servingSet([unsampled], readFrom).indexes).toEqual([0]);
    },
  );

  test("least behind: by offset under one id, by lag across ids, and who is not sampled last", () => {
    const ahead = { ...late, lagMs: 3200, offset: 901 };
    expect(servingSet([late, ahead], "nearest").indexes).toEqual([1]);
    const elsewhere = { ...later, replId: "b", lagMs: 2000 };
    expect(servingSet([late, elsewhere], "nearest").indexes).toEqual([1]);
    const hung = { ...late, offset: 990, isFresh: false };
    expect(servingSet([hung, late], "nearest").indexes).toEqual([1]);
  });
});

describe("with nodes", () => {
  test("a replica restarted empty, the other one, and the primary going", () => {
    const marks = new OffsetMarks(MAX_LAG_MS);
    const nodes = [new NodeSync(), new NodeSync(), new NodeSync()] as const;
    for (const node of nodes) node.connected(1);
    const [first, second, third] = nodes;
    const serving = (nowMs: number): readonly number[] =>
      servingSet(judgeNodes(nodes, marks, MAX_LAG_MS, nowMs), "replica_preferred").indexes;
    expect(serving(0)).toEqual([]);
    first.sampled(primarySample(first, 0), marks);
    expect(serving(0)).toEqual([0]);
    second.sampled(replicaSample(second, 0), marks);
    third.sampled(replicaSample(third, 0), marks);
    expect(serving(0)).toEqual([1, 2]);
    third.lost();
    expect(serving(1)).toEqual([1]);
    third.connected(2);
    third.sampled(freshSample(third, 10), marks);
    expect(serving(10)).toEqual([1]);
    first.lost();
    second.sampled(replicaSample(second, 5000, { linkUp: false }), marks);
    third.sampled(freshSample(third, 5000), marks);
    expect(serving(5000)).toEqual([1]);
    second.lost();
    expect(serving(5000)).toEqual([]);
  });
});
