/** Samples as Redis 7 gives them. */
import type { NodeSync, SyncSample } from "../../../../src/store/redis/sync/node-sync.ts";

export const MAX_LAG_MS = 1000;

/** A replica in the middle of its life, linked. */
export function replicaSample(node: NodeSync, atMs: number, changes: Partial<SyncSample> = {}): SyncSample {
  return {
    epoch: node.epoch,
    atMs,
    role: "replica",
    replId: "a",
    offset: 1000,
    linkUp: true,
    isLoading: false,
    keys: 10,
    ...changes,
  };
}

export function primarySample(node: NodeSync, atMs: number, changes: Partial<SyncSample> = {}): SyncSample {
  return replicaSample(node, atMs, { role: "primary", linkUp: undefined, ...changes });
}

/** A replica right after its start: an id of its own, answering nil to everything. */
export function freshSample(node: NodeSync, atMs: number, changes: Partial<SyncSample> = {}): SyncSample {
  return replicaSample(node, atMs, { replId: "own", offset: 1, linkUp: false, keys: 0, ...changes });
}

/** What ROLE tells. */
export const ROLE_ONLY = { replId: undefined, isLoading: undefined, keys: undefined } as const;
