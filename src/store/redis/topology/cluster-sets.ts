/** Sets of nodes from a cluster's slot map. */
import type { AddressMap } from "../control/address-map.ts";
import type { ClusterNode, SlotRange } from "../control/parse-cluster-slots.ts";
import { addressKey } from "./address-key.ts";
import type { WantedNode, WantedSet } from "./topology.ts";

/** Redis' own advice ends at 1000 nodes (cluster-tutorial). */
const MOST_SETS = 1024;
/** A node that no map has named for this long goes again. */
const FORGET_MS = 60_000;

/** A node of a set. */
interface Member {
  /** As announced. */
  readonly node: ClusterNode;
  readonly setId: string;
  readonly namedMs: number;
}

export interface ClusterPicture {
  readonly sets: readonly WantedSet[];
  /** Id of a primary → id of its set. */
  readonly primaries: ReadonlyMap<string, string>;
  /** By node id. */
  readonly members: ReadonlyMap<string, Member>;
}

export const NO_CLUSTER: ClusterPicture = { sets: [], primaries: new Map(), members: new Map() };

/** A primary's slots, and nodes of its set by id, itself first. */
interface Shard {
  readonly slots: number[];
  readonly nodes: Map<string, ClusterNode>;
}

/**
 * One set per primary. Its id is the primary's node id when it is first seen, and stays when a replica is promoted: the new primary
 * was a member. Maps leave out replicas that are down and those whose offset has not come around yet
 * (cluster.c:isReplicaAvailable), so they differ from node to node: who was in a set and is named nowhere else stays a while.
 * @param ranges a whole map
 * @param before the picture that this one replaces
 * @returns undefined when there are more than 1024 primaries
 */
export function clusterSets(
  ranges: readonly SlotRange[],
  before: ClusterPicture,
  addressMap: AddressMap,
  nowMs: number,
): ClusterPicture | undefined {
  const shards = shardsOf(ranges);
  if (shards.size > MOST_SETS) return undefined;
  const primaries = setIds([...shards.keys()], before);
  const members = new Map<string, Member>();
  for (const [primaryId, { nodes }] of shards) {
    const setId = primaries.get(primaryId)!;
    for (const [id, node] of nodes) members.set(id, { node, setId, namedMs: nowMs });
  }
  keepUnnamed(before, members, new Map([...shards].map(([id, shard]) => [primaries.get(id)!, shard])), nowMs);
  const sets = [...shards].map(([primaryId, { slots, nodes }]) => ({
    id: primaries.get(primaryId)!,
    nodes: wantedNodes(primaryId, nodes, addressMap),
    slots,
  }));
  return { sets, primaries, members };
}

/** Adds to `members` and to their sets' nodes whom the map does not name but did a moment ago. */
function keepUnnamed(
  before: ClusterPicture,
  members: Map<string, Member>,
  sets: ReadonlyMap<string, Shard>,
  nowMs: number,
): void {
  // A process that was made anew in its predecessor's place has another id.
  const places = new Set([...members.values()].map(({ node }) => placeOf(node)));
  for (const [id, member] of before.members) {
    const nodes = sets.get(member.setId)?.nodes;
    if (nodes === undefined || members.has(id) || nowMs - member.namedMs >= FORGET_MS) continue;
    if (places.has(placeOf(member.node))) continue;
    members.set(id, member);
    nodes.set(id, member.node);
  }
}

function placeOf({ id, address }: ClusterNode): string {
  return address === undefined ? id : addressKey(address);
}

function shardsOf(ranges: readonly SlotRange[]): Map<string, Shard> {
  const shards = new Map<string, Shard>();
  for (const { from, to, primary, replicas } of ranges.toSorted((a, b) => a.from - b.from)) {
    const shard = shards.get(primary.id) ?? { slots: [], nodes: new Map([[primary.id, primary]]) };
    shards.set(primary.id, shard);
    for (const replica of replicas) shard.nodes.set(replica.id, replica);
    if (shard.slots.at(-1) === from - 1) shard.slots[shard.slots.length - 1] = to;
    else shard.slots.push(from, to);
  }
  return shards;
}

function wantedNodes(primaryId: string, nodes: ReadonlyMap<string, ClusterNode>, addressMap: AddressMap): WantedNode[] {
  const wanted = new Map<string, WantedNode>();
  for (const [id, { address: announced }] of nodes) {
    if (announced === undefined) continue;
    const address = addressMap.used(announced);
    const key = addressKey(address);
    if (!wanted.has(key)) wanted.set(key, { address, zone: "", role: id === primaryId ? "primary" : "replica" });
  }
  return [...wanted.values()];
}

/** A primary that was one keeps its set; then one that was promoted takes over the set that it was in, unless that has a primary. */
function setIds(primaryIds: readonly string[], before: ClusterPicture): Map<string, string> {
  const ids = new Map<string, string>();
  const taken = new Set<string>();
  const give = (primaryId: string, id: string | undefined): void => {
    if (id === undefined || ids.has(primaryId) || taken.has(id)) return;
    ids.set(primaryId, id);
    taken.add(id);
  };
  for (const primaryId of primaryIds) give(primaryId, before.primaries.get(primaryId));
  for (const primaryId of primaryIds) give(primaryId, before.members.get(primaryId)?.setId);
  for (const primaryId of primaryIds) {
    let id = primaryId;
    // Its own name may belong to a set that it has left to another primary.
    while (!ids.has(primaryId) && taken.has(id)) id += "+";
    give(primaryId, id);
  }
  return ids;
}
