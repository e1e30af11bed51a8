/**
 * Keeps reads away from a node that does not answer: closed (reads go through) → open → probing → closed. Has no timer: its owner
 * calls `check` every 5 ms or so while something is outstanding, and asks `probeDue` while it is not closed.
 */
import { backoffMs } from "../../backoff.ts";

const SILENT_READS = 3;
/** Without a byte while reads are outstanding. */
const QUIET_MS = 20;
/** The same for the last node left. */
const LAST_QUIET_MS = 1000;
/** A check that comes this much after the one before says that our own loop stood still: bytes may wait in the socket. */
const LATE_CHECK_MS = 15;
/** A gate that opens again this soon goes on with its pauses where it was. */
const RELAPSE_MS = 1000;

export type GateState = "closed" | "open" | "probing";
/** `broken` = no connection; `slow` = there is one. */
export type GateCause = "none" | "slow" | "broken";

export class NodeGate {
  readonly #random: () => number;
  #state: GateState = "closed";
  #cause: GateCause = "none";
  #silentReads = 0;
  #opened = 0;
  #failures = 0;
  #closedMs = Number.NEGATIVE_INFINITY;
  #probeAtMs = 0;
  #probeSentMs = 0;
  #checkedMs = Number.NEGATIVE_INFINITY;
  #skippedCheck = false;

  /** @param random in [0, 1), for the pauses */
  constructor(random: () => number) {
    this.#random = random;
  }

  get state(): GateState {
    return this.#state;
  }

  get isClosed(): boolean {
    return this.#state === "closed";
  }

  /** Why it is not closed. */
  get cause(): GateCause {
    return this.#cause;
  }

  /** Times it went from closed to open. */
  get opened(): number {
    return this.#opened;
  }

  /**
   * The reply of a command came. Ends a row of silent reads; closes the gate when it is the reply of a probe and did not take long.
   * Late replies of older reads close nothing: a node that is slow throughout has those, too.
   * @param sentMs when the command was sent
   */
  heard(nowMs: number, sentMs: number): void {
    this.#silentReads = 0;
    if (this.#state !== "probing" || sentMs < this.#probeSentMs) return;
    if (nowMs - this.#probeSentMs < QUIET_MS) this.#close(nowMs);
    else this.#open(nowMs, "slow");
  }

  /** A read was silent for the node timeout. @param isLast no other node that may serve has a closed gate */
  silent(nowMs: number, isLast: boolean): void {
    this.#silentReads += 1;
    if (this.#state === "closed" && this.#silentReads >= SILENT_READS && !isLast) this.#open(nowMs, "slow");
  }

  /**
   * Looks at what is outstanding. Call it after sockets have been read, e.g. from setImmediate.
   * @param oldestSentMs when the oldest unanswered command was sent, Infinity = there is none
   * @param lastByteMs when the node was last heard, on whatever
   */
  check(nowMs: number, oldestSentMs: number, lastByteMs: number, isLast: boolean): void {
    const stood = nowMs - this.#checkedMs > LATE_CHECK_MS;
    this.#checkedMs = nowMs;
    // Every second check counts, so that a loop which is always late still judges.
    this.#skippedCheck = stood && !this.#skippedCheck;
    if (this.#skippedCheck) return;
    if (this.#state === "probing") {
      if (nowMs - this.#probeSentMs >= QUIET_MS) this.#open(nowMs, "slow");
      return;
    }
    const quietMs = nowMs - Math.max(oldestSentMs, lastByteMs);
    if (this.#state === "closed" && quietMs >= (isLast ? LAST_QUIET_MS : QUIET_MS)) this.#open(nowMs, "slow");
  }

  /** The connection broke or could not be made. */
  broken(nowMs: number): void {
    if (this.#cause !== "broken") this.#open(nowMs, "broken");
  }

  /** A connection was made, its handshake was answered: begins closed. Only this ends `broken`. */
  restored(nowMs: number): void {
    this.#close(nowMs);
  }

  /** A probe should be sent now: a PING, or a read that nobody waits for. One at a time, after a pause that doubles to 0.5 s. */
  probeDue(nowMs: number): boolean {
    return this.#state === "open" && this.#cause === "slow" && nowMs >= this.#probeAtMs;
  }

  /** A command was sent; while a probe is due, it is the probe. */
  readSent(nowMs: number): void {
    if (!this.probeDue(nowMs)) return;
    this.#state = "probing";
    this.#probeSentMs = nowMs;
  }

  #open(nowMs: number, cause: GateCause): void {
    if (this.#state === "closed") {
      this.#opened += 1;
      if (nowMs - this.#closedMs >= RELAPSE_MS) this.#failures = 0;
    }
    this.#failures += 1;
    this.#state = "open";
    this.#cause = cause;
    this.#probeAtMs = nowMs + backoffMs(this.#failures, this.#random);
  }

  #close(nowMs: number): void {
    this.#state = "closed";
    this.#cause = "none";
    this.#closedMs = nowMs;
    this.#silentReads = 0;
  }
}
