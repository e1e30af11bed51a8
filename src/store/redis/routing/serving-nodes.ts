/** The nodes of a set that may serve now, and the choice of one of them. */
import type { RedisNode } from "../node/redis-node.ts";
import { isLastClosed, NodeChooser } from "./choose-node.ts";
import { HedgeDelay } from "./hedge-delay.ts";
import type { LatencyEstimate } from "./latency-estimate.ts";

/** A hedge after less would race the loop, not the node. */
const LEAST_HEDGE_DELAY_MS = 1;
/** A preferred node that takes this much, and so many times what a spare one takes, is passed over. */
const SLOW_MS = 5;
const SLOW_RATIO = 3;

export class ServingNodes {
  /** Those that are preferred. */
  routes: readonly RedisNode[] = [];
  /** Routes, then spares: in sync as well, for when the routes fail. */
  all: readonly RedisNode[] = [];
  #spares: readonly RedisNode[] = [];
  #estimates: readonly LatencyEstimate[] = [];
  readonly #chooser: NodeChooser;
  readonly #hedgeDelay: HedgeDelay;

  /** @param zone our own, "" = not known */
  constructor(zone: string, minHedgeDelayMs: number) {
    this.#chooser = new NodeChooser(zone);
    this.#hedgeDelay = new HedgeDelay(Math.max(LEAST_HEDGE_DELAY_MS, minHedgeDelayMs));
  }

  /** These may serve from now on. */
  are(routes: readonly RedisNode[], spares: readonly RedisNode[]): void {
    const all = [...routes, ...spares];
    if (routes.length === this.routes.length && sameNodes(all, this.all)) return;
    this.routes = routes;
    this.all = all;
    this.#spares = spares;
    this.#estimates = all.map((node) => node.latency);
  }

  /**
   * @param other a node that it must not be
   * @param onlyClosed for a hedge: none that does not answer
   * @param busy a node that is asked already: only when there is no third one
   */
  choose(
    other: RedisNode | undefined,
    nowMs: number,
    onlyClosed: boolean,
    busy: RedisNode | undefined,
  ): RedisNode | undefined {
    const { routes, all } = this;
    if (all.length === 1 && other === undefined) return routes[0];
    let chosen = routes[this.#chooser.choose(routes, other, nowMs, true)];
    if (this.#spares.length > 0) chosen = this.#spareFor(chosen, other) ?? chosen;
    if (chosen === undefined && !onlyClosed) chosen = routes[this.#chooser.choose(routes, other, nowMs, false)];
    if (chosen === undefined || chosen !== busy) return chosen;
    return all.find((node) => node !== busy && node !== other && node.gate.isClosed) ?? chosen;
  }

  hedgeDelayMs(nowMs: number): number {
    return this.#hedgeDelay.delayMs(this.#estimates, nowMs);
  }

  /** No other node that may serve has a closed gate: this one is not gated for slowness. */
  isLast(node: RedisNode): boolean {
    return isLastClosed(this.all, node);
  }

  /** A spare node, when there is no other that answers, or only one that takes a large part of the slice. */
  #spareFor(chosen: RedisNode | undefined, other: RedisNode | undefined): RedisNode | undefined {
    for (const spare of this.#spares) {
      if (spare === other || !spare.gate.isClosed) continue;
      const chosenMs = chosen?.latency.lastAverageMs ?? Number.POSITIVE_INFINITY;
      const spareMs = spare.latency.lastAverageMs;
      if (chosen === undefined || (spareMs >= 0 && chosenMs > SLOW_MS && chosenMs > SLOW_RATIO * spareMs)) return spare;
    }
    return undefined;
  }
}

function sameNodes(a: readonly RedisNode[], b: readonly RedisNode[]): boolean {
  return a.length === b.length && a.every((node, index) => node === b[index]);
}
