/** Freshness signals by view: a view that is written but never signalled, or no more, is drifting. */
import type { SignalFigures } from "../model/cache-figures.ts";

const MAX_VIEWS = 200;
const OTHER = "other";

export class Signals {
  unknown = 0;
  foreignKeys = 0;
  readonly #views = new Map<string, { count: number; lastMs: number }>();

  count(view: string, nowMs: number): void {
    const name = this.#views.has(view) || this.#views.size < MAX_VIEWS ? view : OTHER;
    const known = this.#views.get(name);
    if (known === undefined) this.#views.set(name, { count: 1, lastMs: nowMs });
    else {
      known.count += 1;
      known.lastMs = nowMs;
    }
  }

  figures(nowMs: number): SignalFigures {
    const views = [...this.#views].map(([view, { count, lastMs }]) => ({ view, count, quietMs: nowMs - lastMs }));
    return { views, unknown: this.unknown, foreignKeys: this.foreignKeys };
  }
}
