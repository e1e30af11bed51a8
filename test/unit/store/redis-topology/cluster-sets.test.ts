import { expect, test } from "vitest";
import type { RedisAddress } from "../../../../src/model/redis-settings.ts";
import { AddressMap } from "../../../../src/store/redis/control/address-map.ts";
import type { SlotRange } from "../../../../src/store/redis/control/parse-cluster-slots.ts";
import { clusterSets, NO_CLUSTER } from "../../../../src/store/redis/topology/cluster-sets.ts";

const NO_MAP = new AddressMap(new Map());
const PORTS = "abcdefgh";

/** Node `a` has port 1, and so on; the first name is the primary's. */
function range(from: number, to: number, names: string): SlotRange {
  const [primary, ...replicas] = [...names].map((id) => ({ id, address: { host: "h", port: PORTS.indexOf(id) + 1 } }));
  return { from, to, primary: primary!, replicas };
}

/** The sets after maps that came a minute after each other. */
function follow(...maps: readonly (readonly SlotRange[])[]): string[] {
  return followEvery(60_000, ...maps);
}

function followEvery(pauseMs: number, ...maps: readonly (readonly SlotRange[])[]): string[] {
  let picture = NO_CLUSTER;
  for (const [i, map] of maps.entries()) picture = clusterSets(map, picture, NO_MAP, i * pauseMs)!;
  return picture.sets.map(
    ({ id, nodes, slots }) => `${id}=${nodes.map((it) => PORTS[it.address.port - 1]).join("")} ${slots}`,
  );
}

test("a set per primary, with its slots in order and neighbours joined", () => {
  const map = [range(50, 99, "ba"), range(0, 9, "ac"), range(10, 19, "ad"), range(30, 30, "a"), range(100, 100, "b")];
  const { sets } = clusterSets(map, NO_CLUSTER, NO_MAP, 0)!;
  expect(sets.map(({ id, slots }) => [id, slots])).toEqual([
    ["a", [0, 19, 30, 30]],
    ["b", [50, 100]],
  ]);
  expect(sets[0]!.nodes).toEqual([
    { address: { host: "h", port: 1 }, zone: "", role: "primary" },
    { address: { host: "h", port: 3 }, zone: "", role: "replica" },
    { address: { host: "h", port: 4 }, zone: "", role: "replica" },
  ]);
});

test("a set keeps its id over promotions", () => {
  const map = [range(0, 9, "ac"), range(10, 19, "bd")];
  expect(follow(map, [range(0, 9, "c"), range(10, 19, "bd")])).toEqual(["a=c 0,9", "b=bd 10,19"]);
  expect(follow(map, [range(0, 9, "c")], [range(0, 9, "ca")], [range(0, 9, "ac")])).toEqual(["a=ac 0,9"]);
});

test("a replica that becomes another primary beside its own does not take the set", () => {
  expect(follow([range(0, 9, "ac")], [range(0, 4, "c"), range(5, 9, "a")])).toEqual(["c=c 0,4", "a=a 5,9"]);
});

test("a node that comes back as the primary of other slots does not get the name of the set that it has left", () => {
  const map = [range(0, 9, "ac"), range(10, 19, "b")];
  const after = [range(0, 9, "c"), range(10, 14, "b"), range(15, 19, "a")];
  expect(follow(map, [range(0, 9, "c"), range(10, 19, "b")], after)).toEqual(["a=c 0,9", "b=b 10,14", "a+=a 15,19"]);
  expect(follow(map, [range(0, 9, "ca"), range(10, 19, "b")], after, after)).toEqual([
    "a=c 0,9",
    "b=b 10,14",
    "a+=a 15,19",
  ]);
});

test("who is left out stays a minute, unless it is named elsewhere or its place is taken", () => {
  const map = [range(0, 9, "ac"), range(10, 19, "bd")];
  const without = [range(0, 9, "a"), range(10, 19, "b")];
  expect(followEvery(30_000, map, without)).toEqual(["a=ac 0,9", "b=bd 10,19"]);
  expect(followEvery(30_000, map, without, without)).toEqual(["a=a 0,9", "b=b 10,19"]);
  expect(followEvery(30_000, map, without, map, without)).toEqual(["a=ac 0,9", "b=bd 10,19"]);
  // The primary that was replaced; a replica that changed sides; a set that is gone.
  expect(followEvery(1000, map, [range(0, 9, "c"), range(10, 19, "bd")])).toEqual(["a=ca 0,9", "b=bd 10,19"]);
  expect(followEvery(1000, map, [range(0, 9, "a"), range(10, 19, "bdc")])).toEqual(["a=a 0,9", "b=bdc 10,19"]);
  expect(followEvery(1000, map, [range(0, 19, "ac")])).toEqual(["a=ac 0,19"]);
  const fresh: SlotRange = { ...range(0, 9, "a"), replicas: [{ id: "new", address: { host: "H", port: 3 } }] };
  expect(followEvery(1000, map, [fresh])).toEqual(["a=ac 0,9"]);
});

test("announced addresses go through the map; nodes without one are left out", () => {
  const mapped = new AddressMap(new Map<string, RedisAddress>([["h:1", { host: "nat", port: 7001 }]]));
  const map: SlotRange = { ...range(0, 9, "a"), replicas: [{ id: "c", address: undefined }] };
  expect(clusterSets([map], NO_CLUSTER, mapped, 0)!.sets[0]!.nodes).toEqual([
    { address: { host: "nat", port: 7001 }, zone: "", role: "primary" },
  ]);
});

test("more than 1024 primaries are refused", () => {
  const map = Array.from({ length: 1025 }, (_, i) => ({
    ...range(i, i, "a"),
    primary: { id: `n${i}`, address: undefined },
  }));
  expect(clusterSets(map.slice(1), NO_CLUSTER, NO_MAP, 0)?.sets).toHaveLength(1024);
  expect(clusterSets(map, NO_CLUSTER, NO_MAP, 0)).toBeUndefined();
});
