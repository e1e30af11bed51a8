/** Tells which nodes reads go to from now on, and which no more: a line of the log each. */
import type { NodeChange } from "../../model/feature-store.ts";
import { type NodeReason, nodeFigures, type TellingNode, type TellingSet } from "./store-figures.ts";

/** A node that changes more often, as one whose lag is about `max_lag` does, is told of with what has become of it by then. */
const LEAST_BETWEEN_MS = 1000;

interface Told {
  readonly isServing: boolean;
  readonly atMs: number;
  readonly change: NodeChange;
}

export class NodeNews {
  readonly #now: () => number;
  readonly #tell: (change: NodeChange) => void;
  readonly #told = new Map<TellingNode, Told>();

  constructor(now: () => number, tell: (change: NodeChange) => void) {
    this.#now = now;
    this.#tell = tell;
  }

  /** The nodes of a set were looked at. */
  looked({ nodes, verdicts, routes }: Pick<TellingSet, "nodes" | "verdicts" | "routes">): void {
    const nowMs = this.#now();
    for (const [index, node] of nodes.entries()) {
      const isServing = routes.includes(node);
      const told = this.#told.get(node);
      if (isServing === (told?.isServing ?? false)) continue;
      if (told !== undefined && nowMs - told.atMs < LEAST_BETWEEN_MS) continue;
      const { node: name, role, state, reason } = nodeFigures(node, verdicts[index]!, isServing);
      const change = { node: name, role, state, reason };
      this.#told.set(node, { isServing, atMs: nowMs, change });
      this.#tell(change);
    }
  }

  /** There are no others than these. */
  keep(nodes: ReadonlySet<TellingNode>): void {
    for (const [node, { isServing, change }] of this.#told) {
      if (nodes.has(node)) continue;
      this.#told.delete(node);
      const reason: NodeReason = "removed";
      if (isServing) this.#tell({ ...change, state: "out", reason });
    }
  }
}
