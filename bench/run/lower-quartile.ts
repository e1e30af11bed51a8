/** The value that a quarter of them lie under; of two candidates the upper, as in `median.ts`. NaN for none. */
export function lowerQuartile(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 4)] ?? Number.NaN;
}
