/**
 * The bench's data set, the shape of the public feast-benchmarks: 25 feature views of 10 Int64 features on one INT64 entity.
 * Every value is a function of (entity, feature), so that any answer can be checked. data/repo/definitions.py says the same to Feast.
 */

export const PROJECT = "bench";
export const ENTITIES = 10_000;
export const VIEWS = 25;
export const FEATURES_PER_VIEW = 10;
export const JOIN_KEY = "entity";

/** Feature services by their number of features: the first 1, 5 and 25 views. */
export const FEATURE_COUNTS = [10, 50, 250] as const;

export const serviceName = (features: number): string => `bench_${features}`;
export const viewName = (view: number): string => `feature_view_${view}`;
/** @param feature counted over all views */
export const featureName = (feature: number): string => `feature_${feature}`;

/**
 * Mostly four bytes as a varint, so that a stored value has the size that the public data set has.
 * @param feature counted over all views
 */
export function storedValue(entity: number, feature: number): number {
  let mixed = Math.imul(entity + 1, 0x9e3779b1) ^ Math.imul(feature + 1, 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d);
  return (mixed ^ (mixed >>> 12)) >>> 4;
}

/** Event time of a view's row, seconds since the Unix epoch. */
export function eventSeconds(entity: number, view: number): number {
  return 1_767_225_600 + view * 60 + (entity % 60);
}
