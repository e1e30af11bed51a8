/** The nodes of the store and the choice among them, as metrics: read when somebody scrapes, nothing is counted here. */
import type { ChangeCounts, NodeFigures, ReadCounts, StoreFigures } from "../model/feature-store.ts";
import type { FigureRow } from "./metric-row.ts";
import { METRICS } from "./metric-table.ts";
import { figureMetric, type ScrapedMetric, type ScrapedValue } from "./scraped-metric.ts";

/** Series of one metric are bounded, however large a cluster is. */
const MOST_NODES = 64;

export interface StoreMetrics {
  readonly metrics: readonly ScrapedMetric[];
  /** Asks for the figures that all of them show from now on; to be called before each scrape. */
  readonly look: () => StoreFigures | undefined;
}

/** @param figures undefined = the store has none, and no metric has a line */
export function createStoreMetrics(figures: () => StoreFigures | undefined): StoreMetrics {
  let latest: StoreFigures | undefined;
  const perNode = (row: FigureRow, line: (node: NodeFigures) => ScrapedValue | undefined): ScrapedMetric =>
    figureMetric(row, () => {
      const nodes = latest?.nodes.slice(0, MOST_NODES) ?? [];
      return nodes.map(line).filter((value) => value !== undefined);
    });
  const sum = (row: FigureRow, of: (reads: ReadCounts) => number): ScrapedMetric =>
    figureMetric(row, () => (latest === undefined ? [] : [{ labels: {}, value: of(latest.reads) }]));
  const change = (row: FigureRow, of: (changes: ChangeCounts) => number): ScrapedMetric =>
    figureMetric(row, () => (latest?.changes === undefined ? [] : [{ labels: {}, value: of(latest.changes) }]));
  const metrics = [
    perNode(METRICS.redisNodeState, ({ node, role, state }) => ({ labels: { node, role, state }, value: 1 })),
    perNode(METRICS.redisNodeLatency, ({ node, latencySeconds }) => known(node, latencySeconds)),
    perNode(METRICS.redisNodeLag, ({ node, lagSeconds }) => known(node, lagSeconds)),
    perNode(METRICS.redisNodeInFlight, ({ node, inFlight }) => known(node, inFlight)),
    perNode(METRICS.redisGateOpened, ({ node, gateOpened }) => known(node, gateOpened)),
    sum(METRICS.redisHedges, (reads) => reads.hedges),
    sum(METRICS.redisHedgesWon, (reads) => reads.hedgesWon),
    sum(METRICS.redisRetries, (reads) => reads.retries),
    figureMetric(METRICS.redisBudgetRefused, () =>
      latest === undefined
        ? []
        : [
            { labels: { reason: "hedge" }, value: latest.reads.hedgesRefused },
            { labels: { reason: "retry" }, value: latest.reads.retriesRefused },
          ],
    ),
    sum(METRICS.redisStaleReads, (reads) => reads.staleReads),
    perNode(
      METRICS.redisNodeTracking,
      ({ node, tracking }) => tracking && { labels: { node, reason: tracking.reason }, value: Number(tracking.isOn) },
    ),
    change(METRICS.redisPushes, (changes) => changes.pushes),
    change(METRICS.redisKeysInvalidated, (changes) => changes.keysInvalidated),
    change(METRICS.redisFlushes, (changes) => changes.flushes),
    figureMetric(METRICS.freshnessMessages, () =>
      latest?.changes === undefined
        ? []
        : [
            { labels: { outcome: "accepted" }, value: latest.changes.freshnessMessages },
            { labels: { outcome: "refused" }, value: latest.changes.freshnessRefused },
          ],
    ),
  ];
  return {
    metrics,
    look: () => {
      latest = figures();
      return latest;
    },
  };
}

/** Not known: no line. */
function known(node: string, value: number | undefined): ScrapedValue | undefined {
  return value === undefined ? undefined : { labels: { node }, value };
}
