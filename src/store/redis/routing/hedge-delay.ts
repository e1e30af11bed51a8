/** How long a read is waited for before it is asked again on another node. */
import type { LatencyEstimate } from "./latency-estimate.ts";
import { lowerMedian } from "./lower-median.ts";

const KEPT_FOR_MS = 20;
const MAX_NODES = 64;

/**
 * The recent 95th percentile of the set: the median of the nodes', so that one slow node does not lift the delay that is meant to
 * get around it. Looked at anew every 20 ms at most.
 */
export class HedgeDelay {
  readonly #minDelayMs: number;
  readonly #p95s = new Float64Array(MAX_NODES);
  #delayMs = Number.POSITIVE_INFINITY;
  #atMs = Number.NEGATIVE_INFINITY;

  /** @param minDelayMs `hedge.min_delay` */
  constructor(minDelayMs: number) {
    this.#minDelayMs = minDelayMs;
  }

  /** @param nodes those that may serve @returns milliseconds after sending; Infinity while no node has been measured */
  delayMs(nodes: readonly LatencyEstimate[], nowMs: number): number {
    if (nowMs - this.#atMs < KEPT_FOR_MS) return this.#delayMs;
    this.#atMs = nowMs;
    let known = 0;
    for (let i = 0; i < nodes.length && i < MAX_NODES; i += 1) {
      const p95Ms = nodes[i]!.p95Ms();
      if (p95Ms !== Number.POSITIVE_INFINITY) this.#p95s[known++] = p95Ms;
    }
    this.#delayMs = known === 0 ? Number.POSITIVE_INFINITY : Math.max(this.#minDelayMs, lowerMedian(this.#p95s, known));
    return this.#delayMs;
  }
}
