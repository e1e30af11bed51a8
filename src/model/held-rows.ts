/** What a cache has of the rows of some lookups, good or not. */
import type { RowBlock } from "./lookup.ts";

export interface HeldRows {
  /** Aligned with the lookups, each view in a buffer of its own. Of rows that are not held, sources and spans say nothing. */
  readonly blocks: readonly RowBlock[];
  /**
   * Aligned with the lookups: for key k and view v, at k × views + v: −1 = not held; 0 = as good as any; above = may be shown as stale,
   * milliseconds since its read began.
   */
  readonly ages: readonly Float64Array[];
}
