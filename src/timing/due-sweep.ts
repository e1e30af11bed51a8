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

  /** @param nowMs monotonic */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
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
  }

  #arm(dueMs: number, nowMs: number): void {
    if (this.#isClosed) return;
    clearTimeout(this.#timer);
    this.#armedForMs = dueMs;
    const delayMs = Math.ceil(Math.max(1, dueMs - nowMs, this.#tookMs * REST_FACTOR));
    this.#timer = setTimeout(this.#sweep, Math.min(delayMs, MAX_DELAY_MS));
    this.#timer.unref();
  }

  readonly #sweep = (): void => {
    const nowMs = this.#nowMs();
    const things = this.#things;
    let nextMs = Number.POSITIVE_INFINITY;
    // From the end: a thing that takes itself out is replaced by one that was looked at.
    for (let slot = things.length - 1; slot >= 0; slot -= 1) {
      const thing = things[slot];
      if (thing === undefined) continue;
      if (thing.dueMs <= nowMs) {
        thing.due(nowMs);
        if (thing.sweepSlot < 0) continue;
      }
      if (thing.dueMs < nextMs) nextMs = thing.dueMs;
    }
    const endMs = this.#nowMs();
    this.#tookMs = endMs - nowMs;
    this.#armedForMs = Number.POSITIVE_INFINITY;
    if (nextMs !== Number.POSITIVE_INFINITY) this.#arm(nextMs, endMs);
  };
}
