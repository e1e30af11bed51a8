/** Which nodes ought to be there: what the store asks of a topology, whichever kind it is. */
import type { RedisAddress } from "../../../model/redis-settings.ts";
import type { NodeReport } from "../control/node-report.ts";

/** A node that ought to be there. */
export interface WantedNode {
  /** As one connects to it from here. */
  readonly address: RedisAddress;
  /** "" = not known. */
  readonly zone: string;
  /** What the topology says it is; undefined = ask the node. */
  readonly role: "primary" | "replica" | undefined;
}

/** Nodes that hold the same data. */
export interface WantedSet {
  /** Stays while the nodes of the set change, over a promotion too. */
  readonly id: string;
  /** The same address appears once. */
  readonly nodes: readonly WantedNode[];
  /** Cluster only: slots from … to (included), pairs, flat, ascending. Otherwise empty: every key. */
  readonly slots: readonly number[];
}

export interface TopologyEvents {
  /** The whole picture, whenever it changed; the first time as early as possible. */
  readonly onSets: (sets: readonly WantedSet[]) => void;
  /** Something could not be learned; a sentence without secrets. */
  readonly onProblem: (reason: string) => void;
}

export interface Topology {
  /** Begins to look; never throws. */
  start(): void;
  /** A node that the store is connected to said this of itself (INFO or ROLE). */
  reported(address: RedisAddress, report: NodeReport): void;
  /** A node was lost, or answered that keys lie elsewhere: look again now, at most every 100 ms and never two at a time. */
  refresh(): void;
  /** Ends its connections and timers; tells nothing any more. */
  close(): Promise<void>;
}
