/**
 * One read of a set of nodes: sent to one of them, hedged on another when it takes longer than reads usually do, repeated on
 * another when its node fails or is silent. The first answer counts.
 */
import { type Lookup, MOST_SMALL_CELLS } from "../../../model/lookup.ts";
import type { ReadAttempt, ReadCaller } from "../../../model/read-attempt.ts";
import type { ServeError } from "../../../model/serve-error.ts";
import type { Due } from "../../../timing/due-sweep.ts";
import { deadlineError } from "../../read-deadline.ts";
import { addressText } from "../control/address-map.ts";
import { type NodeRows, PendingRead, type ReadOwner } from "../lane/pending-read.ts";
import type { RedisNode } from "../node/redis-node.ts";
import type { ReplicaSet } from "./replica-set.ts";

/** A large read is silent when its connection brought no byte for so long. */
const LARGE_SILENT_MS = 20;
/** Answers of a node that says "not now": another one may do (src/server.c:processCommand, src/cluster.c:clusterRedirectClient). */
const RETRYABLE = new Set(["", "LOADING", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "BUSY"]);

const NEVER = Number.POSITIVE_INFINITY;

/** A read of one node and no other, as a cluster asks for. */
export interface OnlyNode {
  readonly node: RedisNode;
  readonly isAsking: boolean;
}

export class RoutedRead implements Due, ReadOwner {
  dueMs = NEVER;
  sweepSlot = -1;
  readonly #set: ReplicaSet;
  readonly #lookups: readonly Lookup[];
  readonly #deadlineMs: number;
  readonly #only: OnlyNode | undefined;
  readonly #isCached: boolean;
  readonly #caller: ReadCaller | undefined;
  /** Of who began it: whoever joins later does not get half of them. */
  readonly #attempts: ReadAttempt[] | undefined;
  readonly #resolve: (rows: readonly NodeRows[]) => void;
  readonly #reject: (error: ServeError) => void;
  readonly #isLarge: boolean;
  #first: PendingRead | undefined;
  #firstNode: RedisNode | undefined;
  #hedge: PendingRead | undefined;
  #hedgeNode: RedisNode | undefined;
  #retry: PendingRead | undefined;
  #retryNode: RedisNode | undefined;
  /** Attempts that may still be answered. */
  #outstanding = 0;
  #hedgeAtMs = NEVER;
  #silentAtMs = NEVER;
  /** How far the node was behind when it was chosen. */
  #lagMs = 0;

  constructor(
    set: ReplicaSet,
    lookups: readonly Lookup[],
    deadlineMs: number,
    only: OnlyNode | undefined,
    isCached: boolean,
    caller: ReadCaller | undefined,
    resolve: (rows: readonly NodeRows[]) => void,
    reject: (error: ServeError) => void,
  ) {
    this.#set = set;
    this.#lookups = lookups;
    this.#deadlineMs = deadlineMs;
    this.#only = only;
    this.#isCached = isCached;
    this.#caller = caller;
    this.#attempts = caller?.attempts;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#isLarge = countCells(lookups) > MOST_SMALL_CELLS;
  }

  /** Sends it; how it ends shows in the promise. */
  begin(nowMs: number): void {
    const set = this.#set;
    const node = this.#only?.node ?? set.choose(undefined, nowMs, false);
    if (node === undefined) {
      this.#reject(set.unavailable());
      return;
    }
    if (set.isStale) this.#lagMs = set.lagMs;
    this.#firstNode = node;
    this.#first = this.#attempt("first", node, nowMs);
    if (set.hasOthers && this.#only === undefined) {
      set.counted();
      this.#hedgeAtMs = this.#isLarge ? NEVER : nowMs + set.hedgeDelayMs(nowMs);
      this.#silentAtMs = nowMs + (this.#isLarge ? LARGE_SILENT_MS : set.nodeTimeoutMs);
    }
    this.dueMs = Math.min(this.#deadlineMs, this.#hedgeAtMs, this.#silentAtMs);
    set.sweep.add(this, nowMs);
    this.#send(this.#first, node);
  }

  answered(read: PendingRead, rows: readonly NodeRows[]): void {
    const node = this.#nodeOf(read);
    const set = this.#set;
    const lagMs = Math.max(this.#lagMs, set.isStale ? set.lagMs : 0);
    const isFromPrimary = node.sync.isPrimary;
    for (let i = 0; i < rows.length; i += 1) {
      rows[i]!.lagMs = lagMs;
      rows[i]!.isFromPrimary = isFromPrimary;
      rows[i]!.feed = read.feed;
    }
    if (read.attempt !== undefined) {
      read.attempt.outcome = "answered";
      read.attempt.endMs = this.#set.now();
      read.attempt.bytes = bytesOf(rows);
    }
    if (read === this.#hedge) set.hedgesWon += 1;
    if (lagMs > 0) set.staleReads += 1;
    this.#end();
    this.#resolve(rows);
  }

  failed(read: PendingRead, error: ServeError, word: string): void {
    const node = this.#nodeOf(read);
    this.#outstanding -= 1;
    if (read.attempt !== undefined) {
      read.attempt.outcome = "failed";
      read.attempt.endMs = this.#set.now();
    }
    if (word === "LOADING" || word === "MASTERDOWN") this.#set.sawUnready(node);
    if (this.#outstanding > 0) return;
    if (RETRYABLE.has(word) && this.#again(node)) return;
    this.#end();
    this.#reject(error);
  }

  due(nowMs: number): void {
    if (nowMs >= this.#deadlineMs) {
      const error = deadlineError(this.#firstNode?.who ?? "redis");
      this.#end();
      this.#reject(error);
      return;
    }
    if (nowMs >= this.#hedgeAtMs) {
      this.#hedgeAtMs = NEVER;
      this.#sendHedge(nowMs);
    }
    if (nowMs >= this.#silentAtMs) this.#silent(nowMs);
    if (this.sweepSlot >= 0) this.dueMs = Math.min(this.#deadlineMs, this.#hedgeAtMs, this.#silentAtMs);
    if (this.dueMs === NEVER) this.#set.sweep.remove(this);
  }

  #sendHedge(nowMs: number): void {
    if (this.#caller?.cancelled) return;
    const node = this.#set.choose(this.#firstNode, nowMs, true);
    if (node === undefined || !this.#set.hedges.tryTake()) return;
    this.#hedgeNode = node;
    this.#hedge = this.#attempt("hedge", node, nowMs);
    this.#send(this.#hedge, node);
  }

  #silent(nowMs: number): void {
    const node = this.#firstNode!;
    if (this.#isLarge) {
      const quietMs = nowMs - Math.max(this.#first!.sentMs, node.heardMs(true));
      if (quietMs < LARGE_SILENT_MS) {
        this.#silentAtMs = nowMs + LARGE_SILENT_MS - quietMs;
        return;
      }
    } else this.#set.silent(node, nowMs);
    this.#silentAtMs = NEVER;
    this.#again(node);
  }

  /** Repeats it on another node, once. @returns false when it may not */
  #again(failed: RedisNode): boolean {
    if (this.#retry !== undefined || this.#only !== undefined || this.#caller?.cancelled) return false;
    const nowMs = this.#set.now();
    const node = this.#set.choose(failed, nowMs, false, this.#hedgeNode);
    if (node === undefined || !this.#set.retries.tryTake()) return false;
    this.#retryNode = node;
    this.#retry = this.#attempt("retry", node, nowMs);
    this.#send(this.#retry, node);
    return true;
  }

  #attempt(kind: ReadAttempt["kind"], node: RedisNode, nowMs: number): PendingRead {
    this.#outstanding += 1;
    const isAsking = this.#only?.isAsking ?? false;
    const read = new PendingRead(this.#lookups, this.#isLarge, isAsking, nowMs, this.#set.spans, this);
    read.isCached = this.#isCached;
    read.caller = this.#caller;
    read.deadlineMs = this.#deadlineMs;
    if (this.#attempts !== undefined) read.attempt = this.#tell(this.#attempts, kind, node, nowMs);
    return read;
  }

  /** For whoever looks at the caller's reads. */
  #tell(
    attempts: ReadAttempt[],
    kind: ReadAttempt["kind"],
    { address, zone, sync }: RedisNode,
    nowMs: number,
  ): ReadAttempt {
    let keys = 0;
    for (const lookup of this.#lookups) keys += lookup.keys.length;
    const attempt: ReadAttempt = {
      node: addressText(address),
      role: sync.role ?? "unknown",
      zone,
      kind,
      keys,
      sentMs: nowMs,
      endMs: nowMs,
      bytes: 0,
      outcome: "abandoned",
    };
    attempts.push(attempt);
    return attempt;
  }

  /** It is over for the attempts that are still under way. */
  #closeAttempts(): void {
    const nowMs = this.#set.now();
    for (const read of [this.#first, this.#hedge, this.#retry]) {
      if (read?.attempt?.outcome === "abandoned") read.attempt.endMs = nowMs;
    }
  }

  #send(read: PendingRead, node: RedisNode): void {
    // Small reads are counted until their replies have come, whether anybody waits for them or not.
    if (this.#isLarge) node.latency.sent();
    if (read.isEmpty) read.succeed();
    else node.send(read);
  }

  #nodeOf(read: PendingRead): RedisNode {
    if (read === this.#first) return this.#firstNode!;
    return read === this.#hedge ? this.#hedgeNode! : this.#retryNode!;
  }

  #end(): void {
    this.#set.sweep.remove(this);
    if (this.#attempts !== undefined) this.#closeAttempts();
    this.#first?.abandon();
    this.#hedge?.abandon();
    this.#retry?.abandon();
    if (!this.#isLarge) return;
    this.#firstNode?.latency.dropped();
    this.#retryNode?.latency.dropped();
  }
}

function bytesOf(rows: readonly NodeRows[]): number {
  let bytes = 0;
  for (const { spans } of rows) {
    for (let at = 0; at < spans.length; at += 2) bytes += spans[at + 1]! - spans[at]!;
  }
  return bytes;
}

export function countCells(lookups: readonly Lookup[]): number {
  let cells = 0;
  for (let i = 0; i < lookups.length; i += 1) cells += lookups[i]!.keys.length * lookups[i]!.shape.stride;
  return cells;
}
