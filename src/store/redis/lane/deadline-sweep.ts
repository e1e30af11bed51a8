/** The deadlines of all reads of a store under one timer. */
import type { ServeError } from "../../../model/serve-error.ts";
import type { PendingRead } from "./pending-read.ts";

/** Longest delay setTimeout takes. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Reads in a dense array, each knowing its place, so that adding and removing cost no search. The timer stands at the earliest
 * deadline it was armed for and is left to fire when that read is done: one firing per deadline's length, not per read.
 */
export class DeadlineSweep {
  readonly #reads: PendingRead[] = [];
  readonly #now: () => number;
  readonly #lateError: () => ServeError;
  readonly #sweep = (): void => this.#run();
  #timer: NodeJS.Timeout | undefined;
  #armedForMs = Number.POSITIVE_INFINITY;

  /** @param lateError makes the error of a read whose time is up */
  constructor(now: () => number, lateError: () => ServeError) {
    this.#now = now;
    this.#lateError = lateError;
  }

  /** Reads being watched. */
  get size(): number {
    return this.#reads.length;
  }

  /** Watches a read; one without a deadline, or settled already, needs none. */
  add(read: PendingRead, nowMs: number): void {
    if (read.settled || read.deadlineMs === Number.POSITIVE_INFINITY) return;
    read.sweepIndex = this.#reads.length;
    this.#reads.push(read);
    if (read.deadlineMs < this.#armedForMs) this.#arm(read.deadlineMs, nowMs);
  }

  remove(read: PendingRead): void {
    const last = this.#reads.pop()!;
    if (last !== read) {
      this.#reads[read.sweepIndex] = last;
      last.sweepIndex = read.sweepIndex;
    }
    read.sweepIndex = -1;
  }

  /** Leaves no timer behind. */
  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#armedForMs = Number.POSITIVE_INFINITY;
  }

  #arm(deadlineMs: number, nowMs: number): void {
    clearTimeout(this.#timer);
    this.#armedForMs = deadlineMs;
    const delayMs = Math.min(LONGEST_TIMER_MS, Math.max(1, Math.ceil(deadlineMs - nowMs)));
    this.#timer = setTimeout(this.#sweep, delayMs);
  }

  #run(): void {
    this.#timer = undefined;
    this.#armedForMs = Number.POSITIVE_INFINITY;
    const nowMs = this.#now();
    let earliestMs = Number.POSITIVE_INFINITY;
    // Backwards: a failed read leaves its place to the last one, which has been looked at.
    for (let i = this.#reads.length - 1; i >= 0; i -= 1) {
      const read = this.#reads[i]!;
      if (read.deadlineMs <= nowMs) read.fail(this.#lateError());
      else if (read.deadlineMs < earliestMs) earliestMs = read.deadlineMs;
    }
    if (earliestMs !== Number.POSITIVE_INFINITY) this.#arm(earliestMs, nowMs);
  }
}
