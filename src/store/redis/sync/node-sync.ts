/**
 * Whether one node's answers may be believed. A replica that has just started answers nil for every key, without an error, until
 * its first synchronisation (seen on Redis 7: link down, offset 1); one whose link is cut goes on answering what was true before.
 */
import { type OffsetMarks, UNKNOWN_REPL_ID } from "./offset-marks.ts";

export type NodeRole = "primary" | "replica";

/** What INFO or ROLE said; undefined = not told (ROLE knows neither id nor keys nor loading). */
export interface SyncSample {
  /** `NodeSync.epoch` when the question was sent. */
  readonly epoch: number;
  /** When the question was sent. */
  readonly atMs: number;
  readonly role: NodeRole | undefined;
  /** `master_replid`. */
  readonly replId: string | undefined;
  /** `master_repl_offset` of a primary, `slave_repl_offset` of a replica; negative = not told. */
  readonly offset: number | undefined;
  /** `master_link_status` is `up`. */
  readonly linkUp: boolean | undefined;
  readonly isLoading: boolean | undefined;
  /** Keys in the database that is read. */
  readonly keys: number | undefined;
}

/**
 * `primary`, `in_sync`, `at_mark` (no primary is reachable and nobody was ever seen further), `unsampled`: it serves. `lag`: it has
 * data, but older. `disconnected`, `unknown` (not sampled on this connection), `loading`, `link_down` (not seen linked to its
 * primary on this connection), `empty` (as before a first synchronisation), `rival` (calls itself primary beside the one known).
 */
export type SyncReason =
  | "primary"
  | "in_sync"
  | "at_mark"
  | "unsampled"
  | "lag"
  | "disconnected"
  | "unknown"
  | "loading"
  | "link_down"
  | "empty"
  | "rival";

export interface NodeVerdict {
  /** `lagging`: only where no node says yes, and the answer is then marked stale. */
  readonly serves: "yes" | "lagging" | "no";
  readonly reason: SyncReason;
  readonly role: NodeRole | undefined;
  readonly lagMs: number;
  /** It was sampled within `max_lag`. */
  readonly isFresh: boolean;
  readonly replId: string;
  /** 0 = not known. */
  readonly offset: number;
}

export class NodeSync {
  /**
   * Set by who knows the topology: this node may call itself primary, but another one is meant to be. A replica that was started
   * without its `replicaof` does, and so does one that a Sentinel has just promoted.
   */
  isRival = false;
  #epoch = 0;
  #isConnected = false;
  #isUnsampled = false;
  #sample: SyncSample | undefined;
  #wasLinked = false;
  #sawLoading = false;

  /** Number of the connection that reads go over; a sample is asked for under it. */
  get epoch(): number {
    return this.#epoch;
  }

  /** What the node last said of itself, on this connection. */
  get role(): NodeRole | undefined {
    return this.#sample?.role;
  }

  /** Connected, calls itself primary and is meant to be. */
  get isPrimary(): boolean {
    return this.#isConnected && this.role === "primary" && !this.isRival;
  }

  /** A connection for reads is up; what was known of the node before it counts no more. @param epoch another one each time */
  connected(epoch: number): void {
    this.#epoch = epoch;
    this.#isConnected = true;
    this.#forget();
  }

  /** No connection for reads. */
  lost(): void {
    this.#isConnected = false;
    this.#forget();
  }

  /** INFO and ROLE were both refused: nothing can be known, and the node serves, until a sample comes or the connection is lost. */
  unsampled(): void {
    if (!this.#isConnected) return;
    this.#isUnsampled = true;
    this.#sawLoading = false;
  }

  /** A read was answered LOADING; holds until the node is asked again. */
  sawLoading(): void {
    this.#sawLoading = true;
  }

  /** Takes a sample; one that was asked for before this connection was made tells nothing about the process behind it. */
  sampled(sample: SyncSample, marks: OffsetMarks): void {
    if (!this.#isConnected || sample.epoch !== this.#epoch) return;
    // ROLE gives −1 while the link is down: the offset is where it was.
    const offset = known(sample.offset) ?? (sample.role === "replica" ? this.#sample?.offset : undefined);
    this.#sample = { ...sample, offset };
    this.#isUnsampled = false;
    this.#sawLoading = false;
    if (sample.role === "replica" && sample.linkUp === true && sample.isLoading !== true) this.#wasLinked = true;
    if (offset === undefined || sample.isLoading === true) return;
    const replId = sample.replId ?? UNKNOWN_REPL_ID;
    if (this.isPrimary) marks.notePrimary(replId, offset, sample.atMs);
    // A node before its first synchronisation has an id and an offset of its own, which nobody must be measured by.
    else if (sample.linkUp === true || this.#hasData()) marks.note(replId, offset, sample.atMs);
  }

  /**
   * How long ago this node was last known to be level with the highest offset ever seen: 0 for a primary and for a node that
   * cannot be sampled, Infinity where nothing is known. The age of the sample counts: nobody saw what became of the node since.
   */
  lagMs(nowMs: number, marks: OffsetMarks): number {
    const sample = this.#sample;
    if (this.#isUnsampled || this.isPrimary) return 0;
    if (sample?.offset === undefined) return Number.POSITIVE_INFINITY;
    const behindMs = marks.behindMs(sample.replId ?? UNKNOWN_REPL_ID, sample.offset, nowMs);
    return Math.max(0, nowMs - sample.atMs, behindMs);
  }

  /**
   * A primary serves at once, unless it is loading. A replica serves once its link was seen up on this connection, while it is
   * within `maxLagMs`. Where no primary is reachable, and so no link can be up, a node serves that is level with the highest
   * offset ever seen. Who has data but is behind is `lagging`.
   * @param hasPrimary a node of the set `isPrimary`
   */
  mayServe(nowMs: number, marks: OffsetMarks, maxLagMs: number, hasPrimary: boolean): NodeVerdict {
    const sample = this.#sample;
    const [serves, reason] = this.#judge(nowMs, marks, maxLagMs, hasPrimary);
    return {
      serves,
      reason,
      role: sample?.role,
      lagMs: this.lagMs(nowMs, marks),
      isFresh: sample !== undefined && nowMs - sample.atMs <= maxLagMs,
      replId: sample?.replId ?? UNKNOWN_REPL_ID,
      offset: sample?.offset ?? 0,
    };
  }

  #judge(
    nowMs: number,
    marks: OffsetMarks,
    maxLagMs: number,
    hasPrimary: boolean,
  ): readonly [NodeVerdict["serves"], SyncReason] {
    const sample = this.#sample;
    if (!this.#isConnected) return ["no", "disconnected"];
    if (this.#sawLoading || sample?.isLoading === true) return ["no", "loading"];
    if (this.#isUnsampled) return ["yes", "unsampled"];
    if (sample?.role === undefined) return ["no", "unknown"];
    if (this.isPrimary) return ["yes", "primary"];
    const isRival = sample.role === "primary";
    if (isRival && hasPrimary) return ["no", "rival"];
    if (!isRival && this.#wasLinked && this.lagMs(nowMs, marks) <= maxLagMs) return ["yes", "in_sync"];
    if (!hasPrimary && nowMs - sample.atMs <= maxLagMs && this.#isAtMark(sample, marks)) return ["yes", "at_mark"];
    if (this.#wasLinked) return ["lagging", "lag"];
    if (!this.#hasData()) return ["no", "empty"];
    return hasPrimary ? ["no", "link_down"] : ["lagging", "lag"];
  }

  #isAtMark(sample: SyncSample, marks: OffsetMarks): boolean {
    if (sample.offset === undefined) return false;
    if (sample.role === "replica") return marks.isAtHighest(sample.replId ?? UNKNOWN_REPL_ID, sample.offset);
    // A promoted replica has a new id, and a rival that lost its data starts from nothing under one.
    return (this.#wasLinked || this.#hasData()) && sample.offset >= (marks.highestOfAll() ?? 0);
  }

  /** Has been synchronised once, as far as a sample without a link can tell. */
  #hasData(): boolean {
    const sample = this.#sample;
    return sample?.offset !== undefined && sample.offset > 1 && sample.keys !== 0;
  }

  #forget(): void {
    this.#sample = undefined;
    this.#wasLinked = false;
    this.#isUnsampled = false;
    this.#sawLoading = false;
  }
}

function known(offset: number | undefined): number | undefined {
  return offset !== undefined && offset >= 0 ? offset : undefined;
}
