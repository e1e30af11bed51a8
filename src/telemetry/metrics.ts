/** The Recorder that keeps Prometheus metrics. The only file that knows prom-client. */
import { Counter, collectDefaultMetrics, Gauge, type Metric, Registry } from "prom-client";
import type { CacheFigures } from "../model/cache-figures.ts";
import type { StoreFigures } from "../model/feature-store.ts";
import { createCacheMetrics } from "./cache-metrics.ts";
import { createHopMetrics } from "./hop-metrics.ts";
import { METRIC_PREFIX, METRICS } from "./metric-table.ts";
import type { Recorder } from "./recorder.ts";
import { createRequestMetrics } from "./request-metrics.ts";
import { figureMetric, type ScrapedMetric, type ScrapedValue } from "./scraped-metric.ts";
import { createStoreMetrics } from "./store-metrics.ts";

export interface MetricsOptions {
  /** Seconds since the last good registry read, undefined before the first; read when metrics are scraped. */
  readonly registryAgeSeconds: () => number | undefined;
  /** What the store tells of its nodes, undefined = nothing; read when metrics are scraped. Absent: no store that tells. */
  readonly storeFigures?: () => StoreFigures | undefined;
  /** What the cache counted, undefined = there is none; read when metrics are scraped. */
  readonly cacheFigures?: () => CacheFigures | undefined;
  /** Why nothing is cached, "" = rows are; read when metrics are scraped. */
  readonly cacheOffReason?: () => string;
  /** Calls under way and how many there may be; read when metrics are scraped. */
  readonly admission?: () => { readonly inFlight: number; readonly limit: number } | undefined;
  /** Also the process's own metrics (CPU, memory, event loop lag, GC); off in tests. */
  readonly processMetrics: boolean;
}

/** One scrape: the text and its content type. */
export interface MetricsText {
  readonly contentType: string;
  readonly body: string;
}

export interface Metrics {
  readonly recorder: Recorder;
  render(): Promise<MetricsText>;
  /** Requests answered so far, on all surfaces and however they ended. */
  requestsDone(): number;
}

/** prom-client copies all keys of its options onto the metric, so it gets no others. */
function row<const Labels extends readonly string[]>(metric: {
  readonly name: string;
  readonly help: string;
  readonly labels: Labels;
}): { name: string; help: string; labelNames: readonly Labels[number][] } {
  return { name: metric.name, help: metric.help, labelNames: metric.labels };
}

/** The Registry's type asks for one of prom-client's own metrics; what it uses of them is ScrapedMetric. */
function register(registry: Registry, metric: ScrapedMetric): void {
  registry.registerMetric(metric as unknown as Metric);
}

function oneLine(value: number | undefined): readonly ScrapedValue[] {
  return value === undefined ? [] : [{ labels: {}, value }];
}

/** Registers every row of metric-table.ts in a registry of its own (nothing global). */
export function createMetrics(options: MetricsOptions): Metrics {
  const registry = new Registry();
  if (options.processMetrics) collectDefaultMetrics({ register: registry, prefix: METRIC_PREFIX });
  const registers = [registry];
  const { requests, durations, storeReads, requestDone, storeRead } = createRequestMetrics();
  register(registry, requests);
  register(registry, durations);
  const hops = createHopMetrics();
  register(registry, hops.histogram);
  const admission = options.admission ?? (() => undefined);
  register(
    registry,
    figureMetric(METRICS.inFlight, () => oneLine(admission()?.inFlight)),
  );
  register(
    registry,
    figureMetric(METRICS.inFlightLimit, () => oneLine(admission()?.limit)),
  );
  new Gauge({
    ...row(METRICS.registryAge),
    registers,
    collect(): void {
      const ageSeconds = options.registryAgeSeconds();
      // A label-less gauge starts at 0, which would read as "just refreshed".
      if (ageSeconds === undefined) this.remove();
      else this.set(ageSeconds);
    },
  });
  const refreshes = new Counter({
    ...row(METRICS.registryRefresh),
    registers,
  });
  const storeUp = new Gauge({ ...row(METRICS.storeUp), registers });
  register(registry, storeReads);
  const degradedRows = new Counter({ ...row(METRICS.degradedRows), registers });
  const unfitDefaults = new Gauge({ ...row(METRICS.unfitDefaults), registers });
  const ofStore = createStoreMetrics(options.storeFigures ?? (() => undefined));
  for (const metric of ofStore.metrics) register(registry, metric);
  const ofCache = createCacheMetrics(options.cacheFigures ?? (() => undefined), options.cacheOffReason);
  for (const metric of ofCache.metrics) register(registry, metric);
  const connections = new Gauge({ ...row(METRICS.connections), registers });
  const connectionsRefused = new Counter({ ...row(METRICS.connectionsRefused), registers });

  const recorder: Recorder = {
    enabled: true,
    requestDone,
    answered: (_surface, _outcome, ledger) => hops.observe(ledger),
    registryRefreshed: (outcome) => refreshes.inc({ outcome }),
    storeState: (state) => storeUp.set(state === "up" ? 1 : 0),
    storeRead,
    degraded: (policy, reason, rows) => degradedRows.inc({ policy, reason }, rows),
    defaultsChecked: (unfit) => unfitDefaults.set(unfit),
    connectionOpened: () => connections.inc(),
    connectionClosed: () => connections.dec(),
    connectionRefused: () => connectionsRefused.inc(),
  };
  return {
    recorder,
    requestsDone: () => requests.get().values.reduce((sum, { value }) => sum + value, 0),
    render: async () => {
      ofStore.look();
      ofCache.look();
      return { contentType: registry.contentType, body: await registry.metrics() };
    },
  };
}
