/** What the cache counts; see model/cache-figures.ts for what each means. */
import type { CacheFigures, Refusal, ViewFigures } from "../model/cache-figures.ts";
import type { ViewState, ViewTable } from "./view-table.ts";

const MAX_VIEWS = 200;
const OTHER = "other";

/** The counts as they are kept. */
export class CacheCounts {
  readonly requests = { hits: 0, partial: 0, misses: 0 };
  negativeHits = 0;
  swrHits = 0;
  stale = 0;
  coalesced = 0;
  suspect = 0;
  disabled = 0;
  filled = 0;
  invalidated = 0;
  evicted = 0;
  keyChanges = 0;
  reloadsFailed = 0;
  readonly refused: Record<Refusal, number> = {
    changed: 0,
    lag: 0,
    feed: 0,
    storm: 0,
    signal: 0,
    older: 0,
    ttl: 0,
    size: 0,
  };
}

export type ViewTotals = Pick<CacheFigures, "hits" | "misses" | "rows" | "views">;

/** The part of the figures that is kept by view. */
export function viewTotals(table: ViewTable): ViewTotals {
  let hits = 0;
  let misses = 0;
  let rows = 0;
  const views: ViewFigures[] = [];
  const other = { view: OTHER, hits: 0, misses: 0 };
  for (const view of table.values()) {
    hits += view.hits;
    misses += view.misses;
    rows += view.rows;
    if (views.length < MAX_VIEWS) views.push(figuresOf(view));
    else {
      other.hits += view.hits;
      other.misses += view.misses;
    }
  }
  if (other.hits + other.misses > 0) views.push(other);
  return { hits, misses, rows, views };
}

function figuresOf({ storageName, hits, misses }: ViewState): ViewFigures {
  return { view: storageName, hits, misses };
}
