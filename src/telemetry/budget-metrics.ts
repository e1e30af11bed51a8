/** How calls stood to their budget: where their time went, what was left, and who used too much of it. */
import { HOPS, type Ledger } from "../model/ledger.ts";
import { FlatCounter } from "./flat-counter.ts";
import { FlatHistogram } from "./flat-histogram.ts";
import { DURATION_BUCKETS_SECONDS, METRICS } from "./metric-table.ts";
import type { RequestOutcome } from "./recorder.ts";
import type { ScrapedMetric } from "./scraped-metric.ts";

export interface BudgetMetrics {
  readonly metrics: readonly ScrapedMetric[];
  /** A call was answered, or refused. @param nowMs on the ledger's clock */
  readonly observe: (outcome: RequestOutcome, ledger: Ledger, nowMs: number) => void;
}

export function createBudgetMetrics(): BudgetMetrics {
  const byHop = HOPS.map((hop) => ({ hop }));
  const hops = new FlatHistogram(METRICS.hopDuration, byHop, DURATION_BUCKETS_SECONDS);
  const left = new FlatHistogram(METRICS.budgetLeft, [{}], DURATION_BUCKETS_SECONDS);
  const breaches = new FlatCounter(METRICS.breaches, byHop);
  return {
    metrics: [hops, left, breaches],
    observe(outcome, ledger, nowMs) {
      const { us, byMs } = ledger;
      let longest = 0;
      for (let hop = 0; hop < us.length; hop += 1) {
        const tookUs = us[hop]!;
        if (tookUs > 0) hops.observe(hop, tookUs / 1e6);
        if (tookUs > us[longest]!) longest = hop;
      }
      if (byMs === Number.POSITIVE_INFINITY) return;
      if (outcome === "OK") left.observe(0, Math.max(0, byMs - nowMs) / 1000);
      if (nowMs > byMs && (outcome === "OK" || outcome === "DEADLINE_EXCEEDED")) breaches.inc(longest);
    },
  };
}
