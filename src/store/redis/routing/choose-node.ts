/** The choice of a node for one read, one hedge or one retry, among those that may serve. Allocates nothing. */
import type { LatencyEstimate } from "./latency-estimate.ts";
import { lowerMedian } from "./lower-median.ts";
import type { NodeGate } from "./node-gate.ts";

/** One node as the choice sees it. */
export interface Route {
  /** `run_id` of INFO, "" = not known: two names of one process are one node. */
  readonly runId: string;
  /** "" = not known. */
  readonly zone: string;
  readonly gate: NodeGate;
  readonly latency: LatencyEstimate;
}

/** Scores this close count as equal, and equal nodes take turns; otherwise the faster by a hair would get every read. */
const TIE_RATIO = 1.25;
const TIE_MS = 0.3;
/** The own zone is left when it costs this much more: a zone saves a fraction of a millisecond, half a slice is worth more. */
const FAR_RATIO = 3;
const FAR_MS = 5;
const TYPICAL_FOR_MS = 20;
const MAX_NODES_FOR_TYPICAL = 64;

export class NodeChooser {
  readonly #zone: string;
  readonly #averages = new Float64Array(MAX_NODES_FOR_TYPICAL);
  #typicalMs = 0;
  #typicalAtMs = Number.NEGATIVE_INFINITY;
  #turn = 0;

  /** @param zone our own, "" = not known */
  constructor(zone: string) {
    this.#zone = zone;
  }

  /**
   * The node with the least latency × reads in flight, of our own zone while one there is reasonably fast. Nodes whose gate is
   * not closed are left out; with no other, those that are only slow are taken, unless `onlyClosed`. None without a connection is.
   * @param routes the nodes that may serve
   * @param other a node that must not be it, under none of its names
   * @param onlyClosed for a hedge, which a node that does not answer is no use to
   * @returns the place in `routes`, −1 = none
   */
  choose(routes: readonly Route[], other: Route | undefined, nowMs: number, onlyClosed: boolean): number {
    const chosen = this.#among(routes, other, nowMs, true);
    return chosen >= 0 || onlyClosed ? chosen : this.#among(routes, other, nowMs, false);
  }

  #among(routes: readonly Route[], other: Route | undefined, nowMs: number, onlyClosed: boolean): number {
    const typicalMs = this.#typical(routes, nowMs);
    let nearMs = Number.POSITIVE_INFINITY;
    let farMs = Number.POSITIVE_INFINITY;
    for (let i = 0; i < routes.length; i += 1) {
      const route = routes[i]!;
      if (!isOpen(route, other, onlyClosed)) continue;
      const scoreMs = route.latency.scoreMs(nowMs, typicalMs);
      if (this.#isNear(route)) nearMs = Math.min(nearMs, scoreMs);
      else farMs = Math.min(farMs, scoreMs);
    }
    const near = nearMs !== Number.POSITIVE_INFINITY && (nearMs <= farMs * FAR_RATIO || nearMs <= farMs + FAR_MS);
    const bestMs = near ? nearMs : farMs;
    if (bestMs === Number.POSITIVE_INFINITY) return -1;
    const limitMs = bestMs * TIE_RATIO + TIE_MS;
    this.#turn = (this.#turn + 1) % routes.length;
    for (let k = 0; k < routes.length; k += 1) {
      const i = (this.#turn + k) % routes.length;
      const route = routes[i]!;
      if (!isOpen(route, other, onlyClosed) || this.#isNear(route) !== near) continue;
      if (route.latency.scoreMs(nowMs, typicalMs) <= limitMs) {
        this.#turn = i;
        return i;
      }
    }
    return -1;
  }

  /** With no zone of our own, every node is far, which is the same for all. */
  #isNear(route: Route): boolean {
    return this.#zone !== "" && route.zone === this.#zone;
  }

  /** What a node is taken for that nobody has heard of lately: the median of those heard, or the best of what is remembered. */
  #typical(routes: readonly Route[], nowMs: number): number {
    if (nowMs - this.#typicalAtMs < TYPICAL_FOR_MS) return this.#typicalMs;
    const count = Math.min(routes.length, MAX_NODES_FOR_TYPICAL);
    let recent = 0;
    let leastMs = Number.POSITIVE_INFINITY;
    for (let i = 0; i < count; i += 1) {
      const { latency } = routes[i]!;
      if (latency.lastAverageMs < 0) continue;
      leastMs = Math.min(leastMs, latency.lastAverageMs);
      if (latency.isRecent(nowMs)) this.#averages[recent++] = latency.lastAverageMs;
    }
    this.#typicalAtMs = nowMs;
    if (recent > 0) this.#typicalMs = lowerMedian(this.#averages, recent);
    else this.#typicalMs = leastMs === Number.POSITIVE_INFINITY ? 0 : leastMs;
    return this.#typicalMs;
  }
}

/** No other node of those that may serve has a closed gate: this one is not gated for slowness. */
export function isLastClosed(routes: readonly Route[], route: Route): boolean {
  for (let i = 0; i < routes.length; i += 1) {
    if (isOpen(routes[i]!, route, true)) return false;
  }
  return true;
}

function isOpen(route: Route, other: Route | undefined, onlyClosed: boolean): boolean {
  if (onlyClosed ? !route.gate.isClosed : route.gate.cause === "broken") return false;
  if (other === undefined) return true;
  return route !== other && (route.runId === "" || route.runId !== other.runId);
}
