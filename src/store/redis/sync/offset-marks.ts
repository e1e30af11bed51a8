/**
 * The highest replication offsets this process has seen, by replication id, and how far behind them a node is, as a duration.
 * One of these per set of nodes that hold the same data (a primary and its replicas).
 */
import { MarkHistory } from "./mark-history.ts";

/** A failover makes a new id; older ones matter only while somebody still follows them. */
const MAX_IDS = 8;

/** For nodes where only ROLE may be asked, which does not tell the id. */
export const UNKNOWN_REPL_ID = "";

export class OffsetMarks {
  readonly #maxLagMs: number;
  /** Least recently noted first. */
  readonly #byId = new Map<string, MarkHistory>();
  #leaderId = UNKNOWN_REPL_ID;
  #leaderSinceMs = 0;

  /** @param maxLagMs `sidecar.redis.max_lag`; how far back is remembered follows from it */
  constructor(maxLagMs: number) {
    this.#maxLagMs = maxLagMs;
  }

  /**
   * A node was seen at `offset` of `replId`.
   * @param nowMs when it was asked: rather too early than too late
   */
  note(replId: string, offset: number, nowMs: number): void {
    let history = this.#byId.get(replId);
    if (history === undefined) history = new MarkHistory(offset, this.#maxLagMs);
    else history.note(offset, nowMs);
    this.#byId.delete(replId);
    this.#byId.set(replId, history);
    if (this.#byId.size > MAX_IDS) this.#byId.delete(this.#byId.keys().next().value!);
  }

  /**
   * The set's primary was seen at `offset` of `replId`. From then on whoever follows another id falls behind: that id takes no
   * more writes. Redis makes a new id at a promotion and at the restart of a primary (replication.c, changeReplicationId), and a
   * replica that has caught up with it takes it over.
   */
  notePrimary(replId: string, offset: number, nowMs: number): void {
    if (replId === UNKNOWN_REPL_ID) {
      // Without ids, a primary below the mark can only mean that there is a new one, which counts anew.
      const highest = this.highest(replId);
      if (highest !== undefined && offset < highest) this.#byId.delete(replId);
    } else if (replId !== this.#leaderId) {
      this.#leaderId = replId;
      this.#leaderSinceMs = nowMs;
    }
    this.note(replId, offset, nowMs);
  }

  /** The highest offset ever seen under the id, undefined = none. */
  highest(replId: string): number | undefined {
    return this.#byId.get(replId)?.highest;
  }

  /** The highest offset seen under any id: a promoted replica goes on counting where its primary was. */
  highestOfAll(): number | undefined {
    let highest: number | undefined;
    for (const history of this.#byId.values()) {
      if (highest === undefined || history.highest > highest) highest = history.highest;
    }
    return highest;
  }

  /** Nobody was ever seen further, neither under this id nor, with a primary, under a newer one. */
  isAtHighest(replId: string, offset: number): boolean {
    const highest = this.highest(replId);
    return highest !== undefined && offset >= highest && !this.#isLeftBehind(replId);
  }

  /**
   * How long ago the highest offset of the id first exceeded `offset`, so that a replica which is asked just after its primary
   * is not taken for late. 0 = it is level; Infinity = longer ago than is remembered, or the id was never noted.
   */
  behindMs(replId: string, offset: number, nowMs: number): number {
    const history = this.#byId.get(replId);
    if (history === undefined) return Number.POSITIVE_INFINITY;
    const behindMs = history.behindMs(offset, nowMs);
    return this.#isLeftBehind(replId) ? Math.max(behindMs, nowMs - this.#leaderSinceMs) : behindMs;
  }

  #isLeftBehind(replId: string): boolean {
    return replId !== UNKNOWN_REPL_ID && this.#leaderId !== UNKNOWN_REPL_ID && replId !== this.#leaderId;
  }
}
