/** The Recorder that keeps Prometheus metrics. Only this file and open-metrics.ts know prom-client. */
import { Counter, collectDefaultMetrics, Gauge, type Metric, Registry } from "prom-client";
import type { AgeTally } from "../model/age-tally.ts";
import type { CacheFigures } from "../model/cache-figures.ts";
import type { CertificateExpiry } from "../model/certificate-expiry.ts";
import type { StoreFigures } from "../model/feature-store.ts";
import { type FreshnessSettings, hasObjective } from "../model/freshness-settings.ts";
import { createBudgetMetrics } from "./budget-metrics.ts";
import { createCacheMetrics } from "./cache-metrics.ts";
import { FreshnessMetrics } from "./freshness-metrics.ts";
import { METRIC_PREFIX, METRICS } from "./metric-table.ts";
import { openMetricsOf, scrapeOf } from "./open-metrics.ts";
import type { Recorder } from "./recorder.ts";
import { createRequestMetrics } from "./request-metrics.ts";
import { figureMetric, type Scrape, type ScrapedMetric, type ScrapedValue } from "./scraped-metric.ts";
import { createStoreMetrics } from "./store-metrics.ts";
import { ViewMetrics } from "./view-metrics.ts";

export interface MetricsOptions {
  /** Seconds since the last good registry read, undefined before the first; read when metrics are scraped. */
  readonly registryAgeSeconds: () => number | undefined;
  /** What the store tells of its nodes, undefined = nothing; read when metrics are scraped. Absent: no store that tells. */
  readonly storeFigures?: () => StoreFigures | undefined;
  /** What the cache counted, undefined = there is none; read when metrics are scraped. */
  readonly cacheFigures?: () => CacheFigures | undefined;
  /** Why nothing is cached, "" = rows are; read when metrics are scraped. */
  readonly cacheOffReason?: (store: StoreFigures | undefined) => string;
  /** Spans sent and dropped, undefined = no traces are made; read when metrics are scraped. */
  readonly spans?: () => { readonly sent: number; readonly dropped: number } | undefined;
  /** Calls under way and how many there may be; read when metrics are scraped. */
  readonly admission?: () => { readonly inFlight: number; readonly limit: number } | undefined;
  /** Until when certificates are good; read when metrics are scraped. Absent: there are none. */
  readonly certificates?: () => readonly CertificateExpiry[];
  /** How old values may be; absent = nobody says. */
  readonly freshness?: FreshnessSettings;
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
  /** Counts cells and ages by view. */
  readonly views: ViewMetrics;
  /** Counts rows by age; undefined = no view has an objective, and nothing is to be counted. */
  readonly ages: AgeTally | undefined;
  /** @param accept the header; with `application/openmetrics-text` in it the answer is in that format, and has exemplars */
  render(accept?: string): Promise<MetricsText>;
  /** All metrics as they are now. */
  scrape(): Promise<readonly Scrape[]>;
  /** Requests answered so far, on all surfaces and however they ended. */
  requestsDone(): number;
}

const NO_OBJECTIVE: FreshnessSettings = { objectiveMs: 0, views: new Map() };

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

function certificateMetric(certificates: () => readonly CertificateExpiry[]): ScrapedMetric {
  return figureMetric(METRICS.certificateExpiry, () =>
    certificates().map(({ role, epochSeconds }) => ({ labels: { role }, value: epochSeconds })),
  );
}

function oneLine(value: number | undefined): readonly ScrapedValue[] {
  return value === undefined ? [] : [{ labels: {}, value }];
}

/** Registers every row of metric-table.ts in a registry of its own (nothing global). */
export function createMetrics(options: MetricsOptions): Metrics {
  const registry = new Registry();
  if (options.processMetrics) collectDefaultMetrics({ register: registry, prefix: METRIC_PREFIX });
  const registers = [registry];
  const { requests, durations, storeReads, requestDone, storeRead, exemplar } = createRequestMetrics();
  const budget = createBudgetMetrics();
  const views = new ViewMetrics(Date.now);
  const freshness = new FreshnessMetrics(options.freshness ?? NO_OBJECTIVE);
  const own = [
    requests,
    durations,
    ...budget.metrics,
    ...views.metrics,
    freshness.metric,
    figureMetric(METRICS.spansSent, () => oneLine(options.spans?.()?.sent)),
    figureMetric(METRICS.spansDropped, () => oneLine(options.spans?.()?.dropped)),
    figureMetric(METRICS.inFlight, () => oneLine(options.admission?.()?.inFlight)),
    figureMetric(METRICS.inFlightLimit, () => oneLine(options.admission?.()?.limit)),
    figureMetric(METRICS.registryAge, () => oneLine(options.registryAgeSeconds())),
  ];
  for (const metric of own) register(registry, metric);
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
  register(registry, certificateMetric(options.certificates ?? (() => [])));
  const connections = new Gauge({ ...row(METRICS.connections), registers });
  const connectionsRefused = new Counter({ ...row(METRICS.connectionsRefused), registers });

  const recorder: Recorder = {
    isTracing: false,
    requestDone,
    answered(surface, outcome, ledger, nowMs) {
      budget.observe(outcome, ledger, nowMs);
      if (ledger.traceId !== "") exemplar(surface, ledger.countedUs / 1e6, ledger.traceId);
    },
    registryRefreshed: (outcome) => refreshes.inc({ outcome }),
    storeState: (state) => storeUp.set(state === "up" ? 1 : 0),
    storeRead,
    degraded(view, policy, reason, rows, cells) {
      degradedRows.inc({ policy, reason }, rows);
      views.degraded(view, policy, cells);
    },
    defaultsChecked: (unfit) => unfitDefaults.set(unfit),
    connectionOpened: () => connections.inc(),
    connectionClosed: () => connections.dec(),
    connectionRefused: () => connectionsRefused.inc(),
  };
  const openMetrics = openMetricsOf(registry);
  const look = (): void => ofCache.look(ofStore.look());
  return {
    recorder,
    views,
    ages: hasObjective(options.freshness ?? NO_OBJECTIVE) ? freshness : undefined,
    requestsDone: () => requests.get().values.reduce((sum, { value }) => sum + value, 0),
    render: async (accept) => {
      look();
      const chosen = accept?.includes("application/openmetrics-text") ? openMetrics : registry;
      return { contentType: chosen.contentType, body: await chosen.metrics() };
    },
    scrape: () => {
      look();
      return Promise.all((registry.getMetricsAsArray() as unknown as ScrapedMetric[]).map(scrapeOf));
    },
  };
}
