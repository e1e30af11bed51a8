/** Many things that are due at a time of their own, under one timer: none is made per thing. */

export interface Due {
  /** When, on the sweep's clock; Infinity = never. May change, but only {@link Due.due} may make it earlier. */
  dueMs: number;
  /** Where the sweep keeps it, −1 = nowhere. */
  sweepSlot: number;
  /** It is due. Must take itself out of the sweep, or set a later `dueMs`. */
  due(nowMs: number): void;
}

/** Node turns a longer timeout into one of 1 ms. */
const MAX_DELAY_MS = 3_600_000;
/** An exact sweep looks from so long before a thing is due on in every turn of the loop: timers are as much as 2 ms off. */
const WATCH_MS = 1.5;
/** It is due when there is less left: a turn takes about as long. */
const CLOSE_MS = 0.05;
/** A timer that is so late fired in a process that stood still: what came meanwhile is to be read first. */
const STALL_MS = 2;
/** Of the time, for watching; beyond it things are called due when their watch would begin. */
const WATCH_SHARE = 0.2;
const WATCH_BURST_MS = 30;
/** Time between two sweeps, in times of what the last one took: very many things are looked at less often. */
const REST_FACTOR = 4;

/**
 * A dense array in which each thing knows its slot, so that adding and removing cost no search. The timer stands at the earliest
 * time it was armed for and is left to fire when that thing is done: one firing per waiting time, not per thing.
 */
export class DueSweep {
  readonly #nowMs: () => number;
  readonly #things: Due[] = [];
  #timer: NodeJS.Timeout | undefined;
  #armedForMs = Number.POSITIVE_INFINITY;
  #tookMs = 0;
  #isClosed = false;
  readonly #isExact: boolean;
  /** Watching that may be done. */
  #watchLeftMs = WATCH_BURST_MS;
  #watchedMs: number;
  #isWatching = false;
  #immediate: NodeJS.Immediate | undefined;

  /**
   * @param nowMs monotonic
   * @param isExact things are told they are due when they are, not up to 2 ms later; it costs up to 1.5 ms of turning the loop without rest
   *   for each time at which one really is
   */
  constructor(nowMs: () => number, isExact = false) {
    this.#nowMs = nowMs;
    this.#isExact = isExact;
    this.#watchedMs = nowMs();
  }

  /** Things being watched. */
  get size(): number {
    return this.#things.length;
  }

  /** Watches a thing; one that is never due needs no watching. */
  add(thing: Due, nowMs: number): void {
    if (thing.dueMs === Number.POSITIVE_INFINITY || thing.sweepSlot >= 0) return;
    thing.sweepSlot = this.#things.length;
    this.#things.push(thing);
    if (thing.dueMs < this.#armedForMs) this.#arm(thing.dueMs, nowMs);
  }

  remove(thing: Due): void {
    const slot = thing.sweepSlot;
    if (slot < 0) return;
    thing.sweepSlot = -1;
    const last = this.#things.pop() as Due;
    if (last === thing) return;
    this.#things[slot] = last;
    last.sweepSlot = slot;
  }

  /** Leaves no timer behind; nothing is due any more. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
  }

  #arm(dueMs: number, nowMs: number): void {
    if (this.#isClosed) return;
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
    this.#armedForMs = dueMs;
    if (this.#isExact) {
      if (dueMs - nowMs < WATCH_MS) {
        this.#immediate = setImmediate(this.#sweepExactly);
        return;
      }
      this.#isWatching = false;
      const delayMs = Math.floor(Math.min(dueMs - nowMs - 1, MAX_DELAY_MS));
      this.#timer = setTimeout(this.#afterTimer, delayMs, nowMs + delayMs);
    } else {
      const delayMs = Math.ceil(Math.max(1, dueMs - nowMs, this.#tookMs * REST_FACTOR));
      this.#timer = setTimeout(this.#sweep, Math.min(delayMs, MAX_DELAY_MS));
    }
    this.#timer.unref();
  }

  readonly #afterTimer = (meantMs: number): void => {
    if (this.#nowMs() - meantMs < STALL_MS) this.#sweepExactly();
    else this.#immediate = setImmediate(this.#sweepExactly);
  };

  readonly #sweepExactly = (): void => {
    const nowMs = this.#nowMs();
    const sinceMs = nowMs - this.#watchedMs;
    this.#watchedMs = nowMs;
    const leftMs = this.#watchLeftMs + sinceMs * (this.#isWatching ? WATCH_SHARE - 1 : WATCH_SHARE);
    this.#watchLeftMs = Math.min(leftMs, WATCH_BURST_MS);
    this.#isWatching = true;
    this.#sweepUntil(nowMs, nowMs + (leftMs > 0 ? CLOSE_MS : WATCH_MS));
  };

  readonly #sweep = (): void => {
    const nowMs = this.#nowMs();
    this.#sweepUntil(nowMs, nowMs);
  };

  #sweepUntil(nowMs: number, untilMs: number): void {
    const things = this.#things;
    let nextMs = Number.POSITIVE_INFINITY;
    // From the end: a thing that takes itself out is replaced by one that was looked at.
    for (let slot = things.length - 1; slot >= 0; slot -= 1) {
      const thing = things[slot];
      if (thing === undefined) continue;
      if (thing.dueMs <= untilMs) {
        thing.due(nowMs);
        if (thing.sweepSlot < 0) continue;
      }
      if (thing.dueMs < nextMs) nextMs = thing.dueMs;
    }
    const endMs = this.#nowMs();
    this.#tookMs = endMs - nowMs;
    this.#armedForMs = Number.POSITIVE_INFINITY;
    if (nextMs === Number.POSITIVE_INFINITY) this.#isWatching = false;
    else this.#arm(nextMs, endMs);
  }
}
