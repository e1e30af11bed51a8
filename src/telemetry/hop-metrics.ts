/** How long each hop of a call took. */
import { HOPS, type Ledger } from "../model/ledger.ts";
import { FlatHistogram } from "./flat-histogram.ts";
import { DURATION_BUCKETS_SECONDS, METRICS } from "./metric-table.ts";

export interface HopMetrics {
  readonly histogram: FlatHistogram;
  /** Counts the hops that a call went through. */
  readonly observe: (ledger: Ledger) => void;
}

export function createHopMetrics(): HopMetrics {
  const histogram = new FlatHistogram(
    METRICS.hopDuration,
    HOPS.map((hop) => ({ hop })),
    DURATION_BUCKETS_SECONDS,
  );
  return {
    histogram,
    observe({ us }) {
      for (let hop = 0; hop < us.length; hop += 1) if (us[hop]! > 0) histogram.observe(hop, us[hop]! / 1e6);
    },
  };
}
