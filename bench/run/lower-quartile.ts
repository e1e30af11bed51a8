import { quantile } from "./quantile.ts";

/** The value that a quarter of them lie under; NaN for none. */
export function lowerQuartile(values: readonly number[]): number {
  return quantile(values, 1 / 4);
}
