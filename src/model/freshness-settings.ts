/** How old values may be: the objectives of `sidecar.freshness`, complete and checked. */
import { writtenFor } from "./stored-view.ts";

export interface ViewFreshness {
  /** 0 = no objective; undefined = that of all views. */
  readonly objectiveMs: number | undefined;
}

export interface FreshnessSettings {
  /** Of all views that `views` does not name; 0 = none. */
  readonly objectiveMs: number;
  /** By feature view. */
  readonly views: ReadonlyMap<string, ViewFreshness>;
}

/** Some view has an objective. */
export function hasObjective({ objectiveMs, views }: FreshnessSettings): boolean {
  return objectiveMs > 0 || [...views.values()].some((own) => (own.objectiveMs ?? 0) > 0);
}

/** @returns milliseconds, 0 = none */
export function objectiveMsOf(storageName: string, { objectiveMs, views }: FreshnessSettings): number {
  return writtenFor(views, storageName)?.objectiveMs ?? objectiveMs;
}
