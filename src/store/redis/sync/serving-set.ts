/**
 * Which nodes of a set may answer now. Looked at when something changed and every few dozen milliseconds, not per read.
 */
import type { ReadFrom } from "../../../model/redis-settings.ts";
import type { NodeRole, NodeSync, NodeVerdict } from "./node-sync.ts";
import type { OffsetMarks } from "./offset-marks.ts";

export interface ServingSet {
  /** Places in the list of nodes; empty = none may answer. */
  readonly indexes: readonly number[];
  /** In sync as well, but asked only where those fail or are far slower: the primary beside replicas that are preferred. */
  readonly spares: readonly number[];
  /** All that have data are behind: the answer is marked. */
  readonly isStale: boolean;
  /** With `isStale`: how far behind, Infinity = not known. Otherwise 0. */
  readonly lagMs: number;
}

/** One verdict per node, in their order. A set has a primary while one of its nodes is a connected one. */
export function judgeNodes(
  nodes: readonly NodeSync[],
  marks: OffsetMarks,
  maxLagMs: number,
  nowMs: number,
): readonly NodeVerdict[] {
  const hasPrimary = nodes.some((node) => node.isPrimary);
  return nodes.map((node) => node.mayServe(nowMs, marks, maxLagMs, hasPrimary));
}

/**
 * Those that are in sync and that `readFrom` allows; where there is none, the least behind of those it allows. A node that is out
 * for another reason than lag never answers. A node whose role cannot be asked is allowed everywhere.
 */
export function servingSet(verdicts: readonly NodeVerdict[], readFrom: ReadFrom): ServingSet {
  switch (readFrom) {
    case "nearest":
      return inSync(verdicts, undefined) ?? leastBehind(verdicts, undefined);
    case "primary":
      return inSync(verdicts, "primary") ?? leastBehind(verdicts, "primary");
    case "replica":
      return inSync(verdicts, "replica") ?? leastBehind(verdicts, "replica");
    case "replica_preferred":
      return replicasFirst(verdicts) ?? inSync(verdicts, "primary") ?? leastBehind(verdicts, undefined);
  }
}

function replicasFirst(verdicts: readonly NodeVerdict[]): ServingSet | undefined {
  const replicas = inSync(verdicts, "replica");
  if (replicas === undefined) return undefined;
  const spares = inSync(verdicts, "primary")?.indexes.filter((index) => !replicas.indexes.includes(index));
  return { ...replicas, spares: spares ?? [] };
}

function inSync(verdicts: readonly NodeVerdict[], role: NodeRole | undefined): ServingSet | undefined {
  const indexes: number[] = [];
  for (const [index, verdict] of verdicts.entries()) {
    if (verdict.serves === "yes" && isAllowed(verdict, role)) indexes.push(index);
  }
  return indexes.length === 0 ? undefined : { indexes, spares: [], isStale: false, lagMs: 0 };
}

function leastBehind(verdicts: readonly NodeVerdict[], role: NodeRole | undefined): ServingSet {
  let best = -1;
  for (const [index, verdict] of verdicts.entries()) {
    if (verdict.serves !== "lagging" || !isAllowed(verdict, role)) continue;
    if (best < 0 || isLessBehind(verdict, verdicts[best]!)) best = index;
  }
  if (best < 0) return { indexes: [], spares: [], isStale: false, lagMs: 0 };
  return { indexes: [best], spares: [], isStale: true, lagMs: verdicts[best]!.lagMs };
}

/**
 * A node that answers its samples before one that does not, which is likely hung. Under one id the offset tells; the lag would let
 * two nodes change places with each sample, and answers go back in time.
 */
function isLessBehind(a: NodeVerdict, b: NodeVerdict): boolean {
  if (a.isFresh !== b.isFresh) return a.isFresh;
  if (a.replId === b.replId) return a.offset > b.offset;
  return a.lagMs < b.lagMs;
}

function isAllowed(verdict: NodeVerdict, role: NodeRole | undefined): boolean {
  return role === undefined || verdict.role === undefined || verdict.role === role;
}
