import { quantile } from "./quantile.ts";

/** The middle value; NaN for none. */
export function median(values: readonly number[]): number {
  return quantile(values, 1 / 2);
}
