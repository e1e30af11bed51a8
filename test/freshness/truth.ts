/** What all nodes of a run would have answered, put together: what a reader may see. */
import type { NodeHistory, Stretch } from "./node-history.ts";

/** On the clock of `nowMs`. */
export interface TimeSpan {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface NodeTruth {
  readonly history: NodeHistory;
  /** Its rows must not be shown: it was away, or cut off for longer than a reader may rely on it. */
  readonly excluded: readonly TimeSpan[];
  /** Writes go to it, at times at least. */
  readonly isWritten: boolean;
}

/** Two clocks are compared. */
const CLOCK_ERROR_MS = 2;

export class Truth {
  readonly #nodes: readonly NodeTruth[];

  constructor(nodes: readonly NodeTruth[]) {
    this.#nodes = nodes;
  }

  /** When some node last had the row in this state, up to the moment at which a reader had its answer; −Infinity = it never had. */
  lastHadMs(row: number, state: number, endedMs: number): number {
    let lastMs = Number.NEGATIVE_INFINITY;
    for (const { history, excluded } of this.#nodes) {
      const stretches = history[row] as readonly Stretch[];
      for (let at = stretches.length - 1; at >= 0; at -= 1) {
        const stretch = stretches[at] as Stretch;
        if (stretch.state !== state) continue;
        const hadMs = lastUsableMs(stretch, endedMs + CLOCK_ERROR_MS, excluded);
        lastMs = Math.max(lastMs, hadMs);
        if (hadMs > Number.NEGATIVE_INFINITY) break;
      }
    }
    return lastMs;
  }

  /** When a node that is written to had something newer than this version; Infinity = none has. */
  replacedMs(row: number, version: number): number {
    let firstMs = Number.POSITIVE_INFINITY;
    for (const { history, isWritten } of this.#nodes) {
      if (!isWritten) continue;
      const stretch = history[row]?.findLast(({ state }) => state === version);
      if (stretch !== undefined) firstMs = Math.min(firstMs, stretch.toMs);
    }
    return firstMs;
  }

  /** When the row last changed on any node before `atMs`; −Infinity = not since the start. */
  lastChangeMs(row: number, atMs: number): number {
    let lastMs = Number.NEGATIVE_INFINITY;
    for (const { history } of this.#nodes) {
      const change = history[row]?.findLast(({ fromMs }) => fromMs <= atMs);
      if (change !== undefined) lastMs = Math.max(lastMs, change.fromMs);
    }
    return lastMs;
  }
}

function lastUsableMs({ fromMs, toMs }: Stretch, untilMs: number, excluded: readonly TimeSpan[]): number {
  if (fromMs > untilMs) return Number.NEGATIVE_INFINITY;
  let atMs = Math.min(toMs, untilMs);
  for (let isMoved = true; isMoved; ) {
    isMoved = false;
    for (const span of excluded) {
      if (atMs <= span.fromMs || atMs > span.toMs) continue;
      atMs = span.fromMs;
      isMoved = true;
    }
  }
  return atMs >= fromMs ? atMs : Number.NEGATIVE_INFINITY;
}
