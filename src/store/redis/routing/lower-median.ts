/**
 * The middle one of the first `count` values, of two middle ones the lower: of two nodes the slow one must not set the measure.
 * Sorts them in place; 0 where there are none.
 */
export function lowerMedian(values: Float64Array, count: number): number {
  if (count === 0) return 0;
  values.subarray(0, count).sort();
  return values[(count - 1) >> 1]!;
}
