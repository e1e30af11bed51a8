/** The nodes of the store and the choice among them, as metrics: read when somebody scrapes, nothing is counted here. */
import type { NodeFigures, ReadCounts, StoreFigures } from "../model/feature-store.ts";
import { METRICS, type MetricRow } from "./metric-table.ts";
import type { Scrape, ScrapedMetric, ScrapedValue } from "./scraped-metric.ts";

/** Series of one metric are bounded, however large a cluster is. */
const MOST_NODES = 64;

export interface StoreMetrics {
  readonly metrics: readonly ScrapedMetric[];
  /** Asks for the figures that all of them show from now on; to be called before each scrape. */
  readonly look: () => void;
}

/** @param figures undefined = the store has none, and no metric has a line */
export function createStoreMetrics(figures: () => StoreFigures | undefined): StoreMetrics {
  let latest: StoreFigures | undefined;
  const perNode = (row: CounterOrGauge, line: (node: NodeFigures) => ScrapedValue | undefined): ScrapedMetric =>
    readMetric(row, () => {
      const nodes = latest?.nodes.slice(0, MOST_NODES) ?? [];
      return nodes.map(line).filter((value) => value !== undefined);
    });
  const sum = (row: CounterOrGauge, of: (reads: ReadCounts) => number): ScrapedMetric =>
    readMetric(row, () => (latest === undefined ? [] : [{ labels: {}, value: of(latest.reads) }]));
  const metrics = [
    perNode(METRICS.redisNodeState, ({ node, role, state }) => ({ labels: { node, role, state }, value: 1 })),
    perNode(METRICS.redisNodeLatency, ({ node, latencySeconds }) => known(node, latencySeconds)),
    perNode(METRICS.redisNodeLag, ({ node, lagSeconds }) => known(node, lagSeconds)),
    perNode(METRICS.redisNodeInFlight, ({ node, inFlight }) => known(node, inFlight)),
    perNode(METRICS.redisGateOpened, ({ node, gateOpened }) => known(node, gateOpened)),
    sum(METRICS.redisHedges, (reads) => reads.hedges),
    sum(METRICS.redisHedgesWon, (reads) => reads.hedgesWon),
    sum(METRICS.redisRetries, (reads) => reads.retries),
    readMetric(METRICS.redisBudgetRefused, () =>
      latest === undefined
        ? []
        : [
            { labels: { reason: "hedge" }, value: latest.reads.hedgesRefused },
            { labels: { reason: "retry" }, value: latest.reads.retriesRefused },
          ],
    ),
    sum(METRICS.redisStaleReads, (reads) => reads.staleReads),
  ];
  return {
    metrics,
    look: () => {
      latest = figures();
    },
  };
}

type CounterOrGauge = MetricRow & { readonly kind: "counter" | "gauge" };

function readMetric({ name, help, kind }: CounterOrGauge, values: () => readonly ScrapedValue[]): ScrapedMetric {
  return {
    name,
    help,
    type: kind,
    get(): Scrape {
      return { name: this.name, help, type: kind, values: values() };
    },
  };
}

/** Not known: no line. */
function known(node: string, value: number | undefined): ScrapedValue | undefined {
  return value === undefined ? undefined : { labels: { node }, value };
}
