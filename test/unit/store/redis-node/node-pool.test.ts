import { beforeEach, describe, expect, test } from "vitest";
import type { RedisAddress } from "../../../../src/model/redis-settings.ts";
import { NodePool } from "../../../../src/store/redis/node/node-pool.ts";
import type { WantedNode, WantedSet } from "../../../../src/store/redis/topology/topology.ts";
import { FakeNode } from "../redis-routing/routing-kit.ts";

let made: FakeNode[];
let zones: string[];
let nowMs: number;
let pool: NodePool;
beforeEach(() => {
  made = [];
  zones = [];
  nowMs = 0;
  pool = new NodePool(
    ({ host }, zone) => {
      const node = new FakeNode(host);
      made.push(node);
      zones.push(zone);
      return node.node;
    },
    () => nowMs,
  );
});

const at = (host: string): RedisAddress => ({ host, port: 6379 });
const wanted = (host: string, role?: WantedNode["role"], zone = ""): WantedNode => ({ address: at(host), zone, role });
const setOf = (...nodes: readonly WantedNode[]): WantedSet => ({ id: "s", nodes, slots: [] });
const counts = (): [string, number, number][] =>
  made.map(({ address, started, closed }) => [address.host, started, closed]);

describe("the nodes of sets", () => {
  test("are made and started once, and stay the same objects", () => {
    const [first] = pool.reconcile([setOf(wanted("a", undefined, "z1"), wanted("b"))]);
    const again = pool.reconcile([setOf(wanted("b")), setOf(wanted("a"), wanted("c"))]);
    expect(counts()).toEqual([
      ["a", 1, 0],
      ["b", 1, 0],
      ["c", 1, 0],
    ]);
    expect(again).toEqual([[first![1]], [first![0], made[2]!.node]]);
    expect([zones, [...pool.nodes].length]).toEqual([["z1", "", ""], 3]);
  });

  test("are closed once nobody wants them, and made anew when they are wanted again", () => {
    pool.reconcile([setOf(wanted("a"), wanted("b"))]);
    pool.reconcile([setOf(wanted("b"))]);
    pool.reconcile([setOf(wanted("b"))]);
    expect(counts()).toEqual([
      ["a", 1, 1],
      ["b", 1, 0],
    ]);
    pool.reconcile([setOf(wanted("a"), wanted("b"))]);
    expect(counts().at(-1)).toEqual(["a", 1, 0]);
  });

  test("are known before any of them starts", () => {
    const seen: number[] = [];
    const watching = new NodePool(
      ({ host }) => Object.assign(new FakeNode(host), { start: () => seen.push([...watching.nodes].length) }).node,
      () => 0,
    );
    watching.reconcile([setOf(wanted("a"), wanted("b"), wanted("c"))]);
    expect(seen).toEqual([3, 3, 3]);
  });

  test("know when the topology holds another one for the primary", () => {
    pool.reconcile([setOf(wanted("a", "primary"), wanted("b", "replica"), wanted("c"))]);
    expect(made.map(({ sync }) => sync.isRival)).toEqual([false, true, false]);
    pool.reconcile([setOf(wanted("a", "replica"), wanted("b", "primary"), wanted("c"))]);
    expect(made.map(({ sync }) => sync.isRival)).toEqual([true, false, false]);
  });
});

describe("a node in no set, to which keys are being moved", () => {
  test("is connected to when it is named, and stays over new pictures for a minute", () => {
    pool.reconcile([setOf(wanted("a"))]);
    const guest = pool.at(at("g"));
    expect([pool.at(at("g")), counts().at(-1)]).toEqual([guest, ["g", 1, 0]]);
    nowMs = 59_999;
    pool.reconcile([setOf(wanted("a"))]);
    expect(counts().at(-1)).toEqual(["g", 1, 0]);
    pool.at(at("g"));
    nowMs = 119_998;
    pool.reconcile([setOf(wanted("a"))]);
    expect(counts().at(-1)).toEqual(["g", 1, 0]);
    nowMs = 119_999;
    pool.reconcile([setOf(wanted("a"))]);
    expect(counts().at(-1)).toEqual(["g", 1, 1]);
  });

  test("is taken over by the set that it comes into", () => {
    const guest = pool.at(at("g"));
    expect(pool.reconcile([setOf(wanted("g"))])).toEqual([[guest]]);
    expect(counts()).toEqual([["g", 1, 0]]);
    pool.reconcile([setOf()]);
    expect(counts()).toEqual([["g", 1, 1]]);
  });

  test("there are 16 at most: the one not named for the longest goes", () => {
    for (let i = 0; i < 16; i += 1) pool.at(at(`g${i}`));
    pool.at(at("g0"));
    pool.at(at("g16"));
    expect(counts().filter(([, , closed]) => closed > 0)).toEqual([["g1", 1, 1]]);
    expect([...pool.nodes].length).toBe(16);
  });

  test("of a set is no guest, however often it is named", () => {
    const [[a]] = pool.reconcile([setOf(wanted("a"))]) as [[unknown]];
    for (let i = 0; i < 40; i += 1) expect(pool.at(at("a"))).toBe(a);
    expect(counts()).toEqual([["a", 1, 0]]);
  });
});

test("the end closes all", async () => {
  pool.reconcile([setOf(wanted("a"), wanted("b"))]);
  pool.at(at("g"));
  await pool.close();
  expect(made.map(({ closed }) => closed)).toEqual([1, 1, 1]);
});
