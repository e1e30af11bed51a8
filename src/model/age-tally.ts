/** Whoever counts rows of answers by how old their values are. */
import type { LookupShape } from "./lookup.ts";

/** One view with an objective. */
export interface ViewAges {
  readonly objectiveSeconds: number;
  /** Rows within the objective, then older ones; views may share it. */
  readonly rows: Float64Array;
}

export interface AgeTally {
  /** Aligned with the shape's views: what their rows are counted in; undefined = the view has no objective. */
  of(shape: LookupShape): readonly (ViewAges | undefined)[];
}
