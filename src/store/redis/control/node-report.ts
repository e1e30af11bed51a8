/** What a node says about itself. */
import type { RedisAddress } from "../../../model/redis-settings.ts";

export type NodeRole = "primary" | "replica" | "sentinel";

/** A replica as its primary sees it. */
export interface ReportedReplica {
  readonly address: RedisAddress;
  readonly isOnline: boolean;
}

/** undefined = the node did not say, or said something that cannot be. */
export interface NodeReport {
  readonly role: NodeRole | undefined;
  /** Changes when the process starts anew. */
  readonly runId: string | undefined;
  /** Name of the history that `offset` counts in; a replica has its primary's, once it has been in sync. */
  readonly replId: string | undefined;
  /** Bytes of that history: written by a primary, processed by a replica. */
  readonly offset: number | undefined;
  /** A replica's link to its primary. */
  readonly linkUp: boolean | undefined;
  /** Answers LOADING to reads. */
  readonly isLoading: boolean | undefined;
  /** A replica that is receiving its primary's whole data. */
  readonly isSyncing: boolean | undefined;
  /** Keys of the database that is read. */
  readonly keys: number | undefined;
  /** Of a replica: whom it follows, as configured there. */
  readonly primary: RedisAddress | undefined;
  /** Those that follow this node. */
  readonly replicas: readonly ReportedReplica[];
}
