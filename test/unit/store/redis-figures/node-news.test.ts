import { beforeEach, expect, test } from "vitest";
import type { NodeChange } from "../../../../src/model/feature-store.ts";
import { NodeNews } from "../../../../src/store/redis/node-news.ts";
import { ToldNode, ToldSet } from "./told-set.ts";

let set: ToldSet;
let primary: ToldNode;
let replica: ToldNode;
let news: NodeNews;
let told: NodeChange[];

beforeEach(() => {
  primary = new ToldNode("p");
  replica = new ToldNode("r");
  set = new ToldSet([primary, replica]);
  told = [];
  news = new NodeNews(
    () => set.nowMs,
    (change) => told.push(change),
  );
});

/** @returns what was told since the last look */
function look(atMs: number): string[] {
  set.nowMs = atMs;
  set.look();
  news.looked(set);
  return told.splice(0).map(({ node, role, state, reason }) => `${node} ${role} ${state} ${reason}`);
}

test("nodes that come and go are told once, those that were never in are not", () => {
  expect(look(0)).toEqual([]);
  set.says(primary, "primary");
  expect(look(0)).toEqual(["p:6379 primary serving primary"]);
  expect(look(10)).toEqual([]);
  set.nowMs = 2000;
  set.says(primary, "primary");
  set.says(replica, "replica");
  expect(look(2000)).toEqual(["p:6379 primary out read_from", "r:6379 replica serving in_sync"]);
  replica.sync.lost();
  set.says(primary, "primary");
  expect(look(3000)).toEqual(["p:6379 primary serving primary", "r:6379 unknown down disconnected"]);
  expect(look(9000)).toEqual([]);
});

test("a node that comes and goes all the time is told once a second, in the end as it is", () => {
  const seen: string[] = [];
  for (let atMs = 0; atMs <= 3000; atMs += 50) {
    set.nowMs = atMs;
    if (atMs % 100 === 0) replica.sync.connected(atMs + 1);
    else replica.sync.lost();
    if (atMs % 100 === 0) set.says(replica, "replica");
    seen.push(...look(atMs));
  }
  expect(seen).toEqual([
    "r:6379 replica serving in_sync",
    "r:6379 unknown down disconnected",
    "r:6379 replica serving in_sync",
  ]);
  replica.sync.lost();
  expect(look(3001)).toEqual([]);
  expect(look(4100)).toEqual(["r:6379 unknown down disconnected"]);
});

test("a node that is named no more left the set, and is forgotten", () => {
  set.says(replica, "replica");
  set.says(primary, "primary");
  look(0);
  set.nodes = [primary];
  news.keep(new Set([primary]));
  expect(told).toEqual([{ node: "r:6379", role: "replica", state: "out", reason: "removed" }]);
  news.keep(new Set([primary]));
  news.keep(new Set());
  expect(told).toHaveLength(1);
});
