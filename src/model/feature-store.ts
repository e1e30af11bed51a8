/** The one interface behind which every online store stands. */
import type { CertificateExpiry } from "./certificate-expiry.ts";
import type { Lookup, RowBlock } from "./lookup.ts";
import type { ReadCaller } from "./read-attempt.ts";
import type { StoreChanges } from "./store-changes.ts";

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
  /** Absent: nobody watches the store. */
  readonly tracking?: NodeTrackingFigures | undefined;
}

/**
 * Why changes of a node's rows are told or not: `on`; `asked` = not connected, or it has not answered yet; `no_resp3` = it does not
 * speak the protocol that tells them; `refused` = it does not know the command or does not allow it; `in_doubt` = it would tell
 * them, but it is behind, silent, or not known to be neither.
 */
export type TrackingReason = "on" | "asked" | "no_resp3" | "refused" | "in_doubt";

export interface NodeTrackingFigures {
  /** Rows read from it with `isCached` have a feed. */
  readonly isOn: boolean;
  readonly reason: TrackingReason;
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

/** What was heard of changes since the store was made, over all nodes, those that are gone included. */
export interface ChangeCounts {
  /** Messages of nodes that keys changed. */
  readonly pushes: number;
  /** Keys that they named; one that is read from several nodes is named by each of them. */
  readonly keysInvalidated: number;
  /** Of the messages, those that say that everything changed. */
  readonly flushes: number;
  /** Messages on the freshness channel that were understood; one that several nodes pass on is counted for each of them. */
  readonly freshnessMessages: number;
  /** Those that were dropped: of another form, or longer than 1 MiB. */
  readonly freshnessRefused: number;
}

export interface StoreFigures {
  readonly nodes: readonly NodeFigures[];
  readonly reads: ReadCounts;
  /** Absent: nobody watches the store. */
  readonly changes?: ChangeCounts | undefined;
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
  /** Changes are to be told, from now on; to be called once, before `start`. Absent: the store cannot tell any. */
  watch?(changes: StoreChanges): void;
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
   * @param isCached the rows are to be kept: with `watch`, over connections whose keys are tracked, unless the read is a large one
   * @param caller when it turns cancelled, a read that is made in several steps may stop between two of them; is told what was asked of
   *   which node, if it takes that
   * @throws ServeError UNAVAILABLE when the store cannot be reached or answers an error, DEADLINE_EXCEEDED when time is up
   */
  read(
    lookups: readonly Lookup[],
    deadlineMs: number,
    isCached?: boolean,
    caller?: ReadCaller,
  ): Promise<readonly RowBlock[]>;
  /** What `read` would send, without sending it. */
  describe(lookups: readonly Lookup[]): readonly StoreCommand[];
  /** Gets credentials and certificates anew, which come into use without a pause; never throws. Absent: the store has none. */
  reload?(): void;
  /** Drops what it has of connections and makes new ones, as a restart would. */
  reconnect?(): void;
  /**
   * How long reads have to wait for it: the age of the oldest one that is not answered, where it is least; 0 = none waits. Absent: not
   * known.
   */
  queueAgeMs?(nowMs: number): number;
  /** How its nodes and the choice among them are doing; made when asked for. Absent: the store has no nodes. */
  figures?(): StoreFigures;
  /** Of the certificate that it shows, and of the authorities that it trusts, once read. Absent: the store has none. */
  certificates?(): readonly CertificateExpiry[];
  close(): Promise<void>;
}
