/** How long a call may take, and what is answered when it cannot be done in time: `sidecar.budget`, complete and checked. */

/**
 * What a view answers whose rows cannot be had in time: `error` = the call fails; `stale` = what the cache has within `stale_for`;
 * `default` = values declared for it; `partial` = cells without a value, said to be invalid.
 */
export type LatePolicy = "error" | "stale" | "default" | "partial";

/** A declared value as it was written: a whole number is a `bigint`, any other number a `number`. */
export type DefaultValue = boolean | bigint | number | string | readonly DefaultValue[];

export interface ViewBudget {
  /** undefined = that of all views. */
  readonly onLate: LatePolicy | undefined;
  /** By feature. */
  readonly defaults: ReadonlyMap<string, DefaultValue>;
}

export interface BudgetSettings {
  /** From the first byte of a request to its answer. */
  readonly sliceMs: number;
  /** false: it is what calls are measured by, but only their callers' deadlines bind. */
  readonly sliceBinds: boolean;
  /** Left over of what the caller gives, for the way back. */
  readonly reserveMs: number;
  /** Rows × features up to which the slice holds; above it grows in proportion. */
  readonly envelopeCells: number;
  readonly onLate: LatePolicy;
  /** By feature view. */
  readonly views: ReadonlyMap<string, ViewBudget>;
}

/** Calls that take longer than this are slow: they are told of, and kept. */
export function slowAboveMs({ sliceMs }: Pick<BudgetSettings, "sliceMs">): number {
  return sliceMs / 2;
}

export interface AdmissionSettings {
  /** So many calls are never refused for want of room. */
  readonly minInFlight: number;
}
