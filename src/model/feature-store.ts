/** The one interface behind which every online store stands. */
import type { Lookup, RowBlock } from "./lookup.ts";

/** `connecting` = never reached yet; `up`; `down` = was reached, is not now. */
export type StoreState = "connecting" | "up" | "down";

/** One command a lookup would send, for `explain`: the words as a person reads them, binary arguments in hex. */
export interface StoreCommand {
  readonly words: readonly string[];
}

/**
 * What a node of the store is good for: `serving` = reads go there; `gated` = its data would do, but it does not answer as it should,
 * and reads go there only while no other node can take them; `out` = connected, but reads do not go there (`reason` says why);
 * `down` = no connection.
 */
export type NodeState = "serving" | "gated" | "out" | "down";

/** A node as it is now. Every text is safe to show. */
export interface NodeFigures {
  /** `host:port`. */
  readonly node: string;
  readonly role: "primary" | "replica" | "unknown";
  /** "" = not known. */
  readonly zone: string;
  readonly state: NodeState;
  /** Why it is in that state: a word of a closed set of the store's own, e.g. `in_sync`, `lag`, `slow`, `disconnected`. */
  readonly reason: string;
  /** Moving average of its latest answers, undefined = none yet. */
  readonly latencySeconds: number | undefined;
  /** How far it is known to be behind its primary, undefined = not known. */
  readonly lagSeconds: number | undefined;
  /** Reads sent to it whose answers have not come. */
  readonly inFlight: number;
  /** Times that reads began to keep away from it because it did not answer. */
  readonly gateOpened: number;
}

/** A node came into the set of those that reads go to, or left it. */
export type NodeChange = Pick<NodeFigures, "node" | "role" | "state" | "reason">;

/** Since the store was made. */
export interface ReadCounts {
  /** Reads sent to a second node because the first took longer than usual. */
  readonly hedges: number;
  /** Those whose answer was the one that counted. */
  readonly hedgesWon: number;
  /** Hedges that were due and not sent because of their share of reads. */
  readonly hedgesRefused: number;
  /** Reads repeated on another node because the first failed or was silent. */
  readonly retries: number;
  /** Retries that were due and not sent because of their share of reads. */
  readonly retriesRefused: number;
  /** Reads answered by a node that was known to be behind, all others being further behind or gone. */
  readonly staleReads: number;
}

export interface StoreFigures {
  readonly nodes: readonly NodeFigures[];
  readonly reads: ReadCounts;
}

export interface FeatureStore {
  /** `online_store.type`. */
  readonly type: string;
  /**
   * How Feast's Python store for this type answers a cell that was never written: Redis gives an entry with an unset Value
   * for every requested field (`null`, status PRESENT), SQL-like stores give none (`not_found`).
   */
  readonly absentCells: "null" | "not_found";
  /** false: a versioned read is refused with VersionedOnlineReadNotSupported. */
  readonly readsVersions: boolean;
  /**
   * Begin connecting; never throws, the outcome shows in `state()`.
   * @param onState called on every change, and again, with the state as it is, for each thing that failed; `reason` then says what
   *   and where, without secrets. So `connecting` and `down` with a reason: an attempt failed, or why it is down; `up` with a reason:
   *   a part of the store failed, a node or what finds it out, and the store goes on serving; `up` without one: it can be reached
   *   from now on
   * @param onNode called for each node that reads go to from now on, or no more; at most once a second for the same one
   */
  start(onState: (state: StoreState, reason?: string) => void, onNode?: (change: NodeChange) => void): void;
  state(): StoreState;
  /**
   * Reads all lookups at once. The answer has the same length and order as `lookups`.
   * @param deadlineMs absolute, `performance.now()` milliseconds, Infinity = none
   * @throws ServeError UNAVAILABLE when the store cannot be reached or answers an error, DEADLINE_EXCEEDED when time is up
   */
  read(lookups: readonly Lookup[], deadlineMs: number): Promise<readonly RowBlock[]>;
  /** What `read` would send, without sending it. */
  describe(lookups: readonly Lookup[]): readonly StoreCommand[];
  /** Gets credentials and certificates anew, which come into use without a pause; never throws. Absent: the store has none. */
  reload?(): void;
  /** How its nodes and the choice among them are doing; made when asked for. Absent: the store has no nodes. */
  figures?(): StoreFigures;
  close(): Promise<void>;
}
