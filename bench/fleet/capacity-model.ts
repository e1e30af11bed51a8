/** What so many sidecars would ask of one replica, from what each part was measured to cost. Pure. */
import { rowsOf } from "./plan.ts";
import type { FleetResults } from "./results.ts";
import { medianPushMicros, unitCosts } from "./unit-costs.ts";

/** Of a core, which is all that the main thread of a redis-server has: above it, reads wait for pushes too often. */
export const CORE_SHARE = 0.7;

/** All sidecars hold the same keys, or none holds a key of another one. */
export type Overlap = "same" | "different";

export interface OverlapLoad {
  readonly keys: number;
  readonly items: number;
  readonly tableBytes: number;
  /** While rows are written at the plan's rate. */
  readonly pushesPerSecond: number;
  readonly pushCores: number;
  readonly pushBytesPerSecond: number;
  /** CPU time for one read of each row that was told, which come as they are asked for. */
  readonly rereadSeconds: number;
  /** Everything: rows, pushes, reads, idle cost. */
  readonly cores: number;
}

export interface Capacity {
  readonly sidecars: number;
  readonly connections: number;
  readonly connectionBytes: number;
  readonly idleCores: number;
  readonly idleCoresOfPrimary: number;
  readonly idleBytesPerSecond: number;
  /** Each row kept is read once per ttl. */
  readonly readsPerSecond: number;
  readonly readCores: number;
  readonly rowCores: number;
  readonly same: OverlapLoad;
  readonly different: OverlapLoad;
}

/** @param isLarger a push, and an item of the table, cost what they do with more connections, where that is more than in the fleet */
export function capacityOf(
  results: FleetResults,
  sidecars: number,
  isLarger: boolean = sidecars > results.plan.sidecars,
): Capacity {
  const { plan } = results;
  const costs = unitCosts(results);
  const idle = costs.idle.on;
  const idleCores = (sidecars * idle.replicaMicrosPerSecond) / 1e6;
  const readsPerSecond = (sidecars * plan.keysPerSidecar) / plan.ttlSeconds;
  const readCores = (readsPerSecond * costs.readMicros.on) / 1e6;
  const rowCores = (plan.rowsPerSecond * costs.rowMicros.paced) / 1e6;
  const overlap = (kind: Overlap): OverlapLoad => {
    const holders = kind === "same" ? sidecars : 1;
    const keys = (sidecars * plan.keysPerSidecar) / holders;
    const items = sidecars * plan.keysPerSidecar;
    const heldShareOfRows = Math.min(1, keys / rowsOf(plan));
    const pushesPerSecond = plan.rowsPerSecond * heldShareOfRows * holders;
    const pushCores = (pushesPerSecond * pushMicrosOf(results, kind, isLarger)) / 1e6;
    return {
      keys,
      items,
      tableBytes:
        keys * costs.keyBytes + items * (isLarger ? Math.max(costs.itemBytes, costs.itemBytesOfMany) : costs.itemBytes),
      pushesPerSecond,
      pushCores,
      pushBytesPerSecond: pushesPerSecond * costs.pushBytes,
      rereadSeconds: (pushesPerSecond * plan.seconds * costs.readMicros.on) / 1e6,
      cores: idleCores + readCores + rowCores + pushCores,
    };
  };
  return {
    sidecars,
    connections: sidecars * costs.connections.on,
    connectionBytes: sidecars * costs.connections.on * costs.connectionBytes,
    idleCores,
    idleCoresOfPrimary: (sidecars * idle.primaryMicrosPerSecond) / 1e6,
    idleBytesPerSecond: sidecars * idle.bytesPerSecond,
    readsPerSecond,
    readCores,
    rowCores,
    same: overlap("same"),
    different: overlap("different"),
  };
}

function pushMicrosOf(results: FleetResults, kind: Overlap, isLarger: boolean): number {
  const { plan } = results;
  const ofFleet = medianPushMicros(
    results,
    "paced",
    kind === "same" ? Math.max(...plan.holders) : Math.min(...plan.holders),
  );
  return isLarger ? Math.max(ofFleet, unitCosts(results).pushMicrosOfMany) : ofFleet;
}

/** How many fit into {@link CORE_SHARE} of a core, by the costs of the larger trial. @param isWriting a materialization runs */
export function mostSidecars(results: FleetResults, kind: Overlap, isWriting: boolean): number {
  const fits = (sidecars: number): boolean => {
    const { idleCores, readCores, [kind]: load } = capacityOf(results, sidecars, true);
    return (isWriting ? load.cores : idleCores + readCores) <= CORE_SHARE;
  };
  let [least, most] = [0, 1_000_000];
  while (most - least > 1) {
    const middle = (least + most) >> 1;
    if (fits(middle)) least = middle;
    else most = middle;
  }
  return least;
}
