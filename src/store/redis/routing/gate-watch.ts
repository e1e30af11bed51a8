/** Looks at the gates of a set's nodes every few milliseconds while anything is outstanding, and sends the probes that are due. */
import type { RedisNode } from "../node/redis-node.ts";
import { isLastClosed } from "./choose-node.ts";

const EVERY_MS = 5;

export class GateWatch {
  readonly #now: () => number;
  readonly #routes: () => readonly RedisNode[];
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(now: () => number, routes: () => readonly RedisNode[]) {
    this.#now = now;
    this.#routes = routes;
  }

  /** Something is outstanding. */
  wake(): void {
    if (this.#timer !== undefined || this.#isClosed) return;
    this.#timer = setTimeout(() => {
      // After a stall of our own loop replies may be waiting in the sockets: let the loop read them before judging.
      setImmediate(() => this.#look());
    }, EVERY_MS);
    this.#timer.unref();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  #look(): void {
    this.#timer = undefined;
    const nowMs = this.#now();
    const routes = this.#routes();
    let isBusy = false;
    for (const node of routes) {
      const { gate, oldestSentMs } = node;
      gate.check(nowMs, oldestSentMs, node.heardMs(false), isLastClosed(routes, node));
      if (gate.probeDue(nowMs)) node.probe(nowMs);
      if (!gate.isClosed || oldestSentMs !== Number.POSITIVE_INFINITY) isBusy = true;
    }
    if (isBusy && routes.length > 1) this.wake();
  }
}
