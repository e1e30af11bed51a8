/**
 * One timer for the deadlines of all calls of a server. It is set to the earliest deadline it has seen; when it fires, the calls
 * that are over are told and it is set to the earliest of the rest. Calls that end in time never touch it.
 */
import type { Clock } from "../clock.ts";

export interface Expiring {
  readonly deadlineMs: number;
  /** Where the sweep keeps it, -1 = nowhere. */
  deadlineSlot: number;
  /** Must take itself out. */
  expire(): void;
}

/** Node turns a longer timeout into one of 1 ms. */
const MAX_DELAY_MS = 3_600_000;
/** Time between two sweeps, in times of what the last one took: very many calls are looked at less often. */
const REST_FACTOR = 4;

export class DeadlineSweep {
  readonly #clock: Clock;
  readonly #calls: Expiring[] = [];
  #timer: NodeJS.Timeout | undefined;
  #dueMs = Number.POSITIVE_INFINITY;
  #tookMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(call: Expiring): void {
    if (call.deadlineMs === Number.POSITIVE_INFINITY) return;
    call.deadlineSlot = this.#calls.length;
    this.#calls.push(call);
    if (call.deadlineMs < this.#dueMs) this.#arm(call.deadlineMs);
  }

  remove(call: Expiring): void {
    const slot = call.deadlineSlot;
    if (slot < 0) return;
    call.deadlineSlot = -1;
    const last = this.#calls.pop() as Expiring;
    if (last === call) return;
    this.#calls[slot] = last;
    last.deadlineSlot = slot;
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#dueMs = Number.NEGATIVE_INFINITY;
  }

  #arm(dueMs: number): void {
    clearTimeout(this.#timer);
    this.#dueMs = dueMs;
    const delayMs = Math.ceil(Math.max(1, dueMs - this.#clock.nowMs(), this.#tookMs * REST_FACTOR));
    this.#timer = setTimeout(this.#sweep, Math.min(delayMs, MAX_DELAY_MS));
    this.#timer.unref();
  }

  readonly #sweep = (): void => {
    const nowMs = this.#clock.nowMs();
    const calls = this.#calls;
    let nextMs = Number.POSITIVE_INFINITY;
    // From the end: a call that takes itself out is replaced by one that was looked at.
    for (let slot = calls.length - 1; slot >= 0; slot--) {
      const call = calls[slot];
      if (call === undefined) continue;
      if (call.deadlineMs <= nowMs) call.expire();
      else if (call.deadlineMs < nextMs) nextMs = call.deadlineMs;
    }
    this.#tookMs = this.#clock.nowMs() - nowMs;
    this.#dueMs = Number.POSITIVE_INFINITY;
    if (nextMs !== Number.POSITIVE_INFINITY) this.#arm(nextMs);
  };
}
