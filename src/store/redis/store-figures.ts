/** What the nodes of a store and the choice among them are doing, as plain data; made when somebody asks. */
import type { ChangeCounts, NodeFigures, NodeState, ReadCounts, StoreFigures } from "../../model/feature-store.ts";
import { addressText } from "./control/address-map.ts";
import type { RedisNode } from "./node/redis-node.ts";
import type { ReplicaSet } from "./routing/replica-set.ts";
import type { NodeVerdict, SyncReason } from "./sync/node-sync.ts";

/**
 * What sync says, and beside it `slow` (its gate is not closed), `read_from` (other nodes serve, which the setting prefers), and
 * `removed` (the topology does not name it any more).
 */
export type NodeReason = SyncReason | "slow" | "read_from" | "removed";

/** What is told of a node. */
export interface TellingNode extends Pick<RedisNode, "address" | "zone" | "gate" | "latency"> {
  readonly tracking?: Pick<RedisNode["tracking"], "figures">;
}

/** What is told of nodes that hold the same data; `verdicts` are in the order of `nodes`, `routes` are those that may serve. */
export interface TellingSet extends Pick<ReplicaSet, "hedgesWon" | "staleReads" | "look"> {
  readonly nodes: readonly TellingNode[];
  readonly verdicts: readonly NodeVerdict[];
  readonly routes: readonly TellingNode[];
  readonly hedges: Pick<ReplicaSet["hedges"], "taken" | "refused">;
  readonly retries: Pick<ReplicaSet["retries"], "taken" | "refused">;
}

export const NO_READS: ReadCounts = {
  hedges: 0,
  hedgesWon: 0,
  hedgesRefused: 0,
  retries: 0,
  retriesRefused: 0,
  staleReads: 0,
};

/** @param gone counts of sets that are no more: a sum must not fall @param changes undefined = nobody watches */
export function storeFigures(sets: Iterable<TellingSet>, gone: ReadCounts, changes?: ChangeCounts): StoreFigures {
  const nodes: NodeFigures[] = [];
  let reads = gone;
  for (const set of sets) {
    set.look();
    for (const [index, node] of set.nodes.entries()) {
      nodes.push(nodeFigures(node, set.verdicts[index]!, set.routes.includes(node)));
    }
    reads = plusReads(reads, set);
  }
  return changes === undefined ? { nodes, reads } : { nodes, reads, changes };
}

/** @param isServing reads may go to it */
export function nodeFigures(node: TellingNode, verdict: NodeVerdict, isServing: boolean): NodeFigures {
  const { gate, latency } = node;
  const { lastAverageMs } = latency;
  const [state, reason] = stateOf(node, verdict, isServing);
  return {
    node: addressText(node.address),
    role: verdict.role ?? "unknown",
    zone: node.zone,
    state,
    reason,
    latencySeconds: lastAverageMs < 0 ? undefined : lastAverageMs / 1000,
    lagSeconds: Number.isFinite(verdict.lagMs) && verdict.reason !== "unsampled" ? verdict.lagMs / 1000 : undefined,
    inFlight: latency.inFlight,
    gateOpened: gate.opened,
    tracking: node.tracking?.figures,
  };
}

/** The counts with those of a set. */
export function plusReads(counts: ReadCounts, set: TellingSet): ReadCounts {
  return {
    hedges: counts.hedges + set.hedges.taken,
    hedgesWon: counts.hedgesWon + set.hedgesWon,
    hedgesRefused: counts.hedgesRefused + set.hedges.refused,
    retries: counts.retries + set.retries.taken,
    retriesRefused: counts.retriesRefused + set.retries.refused,
    staleReads: counts.staleReads + set.staleReads,
  };
}

function stateOf({ gate }: TellingNode, verdict: NodeVerdict, isServing: boolean): readonly [NodeState, NodeReason] {
  const { serves, reason } = verdict;
  if (reason === "disconnected") return ["down", reason];
  if (isServing) return gate.isClosed ? ["serving", reason] : ["gated", "slow"];
  // It would do, were it not for others.
  return ["out", serves === "yes" ? "read_from" : reason];
}
