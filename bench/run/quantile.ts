/** The value that a share of them lie under; of two candidates the upper, so that a bar is not met by luck. NaN for none. */
export function quantile(values: readonly number[], share: number): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length * share)] ?? Number.NaN;
}
