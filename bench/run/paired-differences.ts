/** How much more CPU time a call takes with something than without, from pairs of slices. Pure. */
import { quantile } from "./quantile.ts";

/** CPU time per call of two slices, one right after the other. */
export interface OnOffPair {
  readonly off: number;
  readonly on: number;
}

export interface PairedDifference {
  /** Of the differences, each as a share of what it takes without. */
  readonly medianRatio: number;
  /** In 95 of 100 such runs the true median lies between these. */
  readonly lowRatio: number;
  readonly highRatio: number;
}

/** The interval is that of the sign test: order statistics, which suppose nothing of how the differences are spread. */
export function differencesOf(pairs: readonly OnOffPair[]): PairedDifference {
  const ratios = pairs.map(({ off, on }) => (on - off) / off).sort((a, b) => a - b);
  // As many differences lie under the median as heads come up of fair coins: mean n / 2, deviation √n / 2.
  const reach = Math.ceil((1.96 * Math.sqrt(ratios.length)) / 2);
  const middle = ratios.length / 2;
  return {
    medianRatio: quantile(ratios, 1 / 2),
    lowRatio: ratios[Math.max(0, Math.floor(middle - reach))] ?? Number.NaN,
    highRatio: ratios[Math.min(ratios.length - 1, Math.ceil(middle + reach) - 1)] ?? Number.NaN,
  };
}
