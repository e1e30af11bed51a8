/** What one node would have answered at any time: for each row the stretches of time in which it was in a state. */
import { ABSENT, ENTITIES, ROWS, rowOf, VIEWS } from "./hot-data.ts";
import type { NodeEvent } from "./node-event.ts";

/** The node had the row in this state from … to, Infinity = still. */
export interface Stretch {
  readonly state: number;
  readonly fromMs: number;
  toMs: number;
}

/**
 * By row. Two stretches overlap where a row has expired and is not deleted yet: the node answers that it is absent, and whoever kept it is
 * not told so before it is deleted, which is when Redis counts it as expired.
 */
export type NodeHistory = readonly (readonly Stretch[])[];

/** Redis looks for what has expired ten times a second (`hz`). */
const CYCLE_MS = 100;

/** @param events in any order @param endMs expiries up to then have come */
export function foldHistory(events: readonly NodeEvent[], endMs: number): NodeHistory {
  const fold = new Fold();
  for (const event of [...events].sort((a, b) => a.atMs - b.atMs)) fold.take(event);
  fold.passExpiries(endMs);
  return fold.rows;
}

/** What the node answers at the end. */
export function lastState(history: NodeHistory, row: number): number {
  const open = history[row]?.filter(({ toMs }) => toMs === Number.POSITIVE_INFINITY) ?? [];
  return open.some(({ state }) => state === ABSENT) ? ABSENT : (open.at(-1)?.state ?? ABSENT);
}

class Fold {
  readonly rows: Stretch[][] = Array.from({ length: ROWS }, () => []);
  readonly #open: (Stretch | undefined)[] = new Array(ROWS).fill(undefined);
  /** Beside the open one: a replica hides the row, which has expired, until its primary deletes it. */
  readonly #hidden: (Stretch | undefined)[] = new Array(ROWS).fill(undefined);
  readonly #expiryMs: number[] = ENTITIES.map(() => Number.POSITIVE_INFINITY);
  #isPrimary = false;

  take(event: NodeEvent): void {
    const { atMs } = event;
    if ("entity" in event) this.#passExpiry(event.entity, atMs);
    else this.passExpiries(atMs);
    switch (event.kind) {
      case "set":
        this.#change(rowOf(event.entity, event.view), event.version, atMs, atMs);
        // Of a key that a replica hides a new row is hidden, too.
        this.#passExpiry(event.entity, atMs);
        return;
      case "gone":
        this.#gone(event.entity, Math.min(atMs, this.#expiryOf(event.entity)), atMs);
        return;
      case "expires":
        this.#show(event.entity, atMs);
        // Of what is not there Redis remembers no expiry.
        if (this.#exists(event.entity)) this.#expiryMs[event.entity] = event.expiryMs;
        return;
      case "flush":
        for (const entity of ENTITIES.keys()) this.#gone(entity, atMs, atMs);
        return;
      case "dump":
        for (const entity of ENTITIES.keys()) this.#show(entity, atMs);
        for (const [row, state] of event.dump.states.entries()) this.#change(row, state, event.sinceMs, atMs);
        for (const [entity, expiryMs] of event.dump.expiryMs.entries()) this.#expiryMs[entity] = expiryMs;
        return;
      case "role":
        this.#isPrimary = event.isPrimary;
    }
  }

  passExpiries(atMs: number): void {
    for (const entity of ENTITIES.keys()) this.#passExpiry(entity, atMs);
  }

  /** A primary deletes an expired entity before any command sees it, or in a turn of its cycle; MONITOR does not show that. */
  #passExpiry(entity: number, atMs: number): void {
    const expiryMs = this.#expiryOf(entity);
    if (expiryMs > atMs) return;
    if (this.#isPrimary) this.#gone(entity, expiryMs, Math.min(expiryMs + CYCLE_MS, atMs));
    else this.#hide(entity, expiryMs);
  }

  #hide(entity: number, expiryMs: number): void {
    for (const row of rowsOf(entity)) {
      if ((this.#open[row]?.state ?? ABSENT) === ABSENT || this.#hidden[row] !== undefined) continue;
      this.#hidden[row] = this.#push(row, ABSENT, expiryMs);
    }
  }

  /** What was hidden is not any more: it is deleted, or does not expire yet. */
  #show(entity: number, atMs: number): void {
    for (const row of rowsOf(entity)) {
      const hidden = this.#hidden[row];
      if (hidden !== undefined) hidden.toMs = atMs;
      this.#hidden[row] = undefined;
    }
  }

  #gone(entity: number, fromMs: number, toMs: number): void {
    this.#show(entity, toMs);
    for (const row of rowsOf(entity)) this.#change(row, ABSENT, fromMs, toMs);
    this.#expiryMs[entity] = Number.POSITIVE_INFINITY;
  }

  /** @param fromMs the new state may have been answered from then on @param toMs the old one up to then */
  #change(row: number, state: number, fromMs: number, toMs: number): void {
    const old = this.#open[row];
    if (old?.state === state) return;
    if (old !== undefined) old.toMs = toMs;
    this.#open[row] = this.#push(row, state, fromMs);
  }

  #push(row: number, state: number, fromMs: number): Stretch {
    const stretch = { state, fromMs, toMs: Number.POSITIVE_INFINITY };
    this.rows[row]?.push(stretch);
    return stretch;
  }

  #expiryOf(entity: number): number {
    return this.#expiryMs[entity] as number;
  }

  #exists(entity: number): boolean {
    return rowsOf(entity).some((row) => (this.#open[row]?.state ?? ABSENT) !== ABSENT);
  }
}

function rowsOf(entity: number): readonly number[] {
  return Array.from({ length: VIEWS }, (_, view) => rowOf(entity, view));
}
