/**
 * Versions of writes, each given once, growing with the time, so that writers in several processes need not ask each other and Feast, which
 * drops a row that is older than the one in the store, takes what comes later. Raw writers have the even ones, real Feast the odd ones.
 */
import { nowMs } from "../faults/clock.ts";

export class VersionClock {
  /** On the clock of `nowMs`. */
  readonly startMs: number;
  #last = 0;

  constructor(startMs: number) {
    this.startMs = startMs;
  }

  next(): number {
    this.#last = Math.max(this.#last + 2, 2 * Math.ceil(nowMs() - this.startMs));
    return this.#last;
  }
}
