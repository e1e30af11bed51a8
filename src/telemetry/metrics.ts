/** The Recorder that keeps Prometheus metrics. The only file that knows prom-client. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { Surface } from "../model/surface.ts";
import { DURATION_BUCKETS_SECONDS, METRIC_PREFIX, METRICS } from "./metric-table.ts";
import type { Recorder, RequestOutcome } from "./recorder.ts";

export interface MetricsOptions {
  /** Seconds since the last good registry read, undefined before the first; read when metrics are scraped. */
  readonly registryAgeSeconds: () => number | undefined;
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
}

/** prom-client copies all keys of its options onto the metric, so it gets no others. */
function row<const Labels extends readonly string[]>(metric: {
  readonly name: string;
  readonly help: string;
  readonly labels: Labels;
}): { name: string; help: string; labelNames: readonly Labels[number][] } {
  return { name: metric.name, help: metric.help, labelNames: metric.labels };
}

/** Registers every row of metric-table.ts in a registry of its own (nothing global). */
export function createMetrics(options: MetricsOptions): Metrics {
  const registry = new Registry();
  if (options.processMetrics) collectDefaultMetrics({ register: registry, prefix: METRIC_PREFIX });
  const registers = [registry];
  const requests = new Counter({ ...row(METRICS.requests), registers });
  const durations = new Histogram({
    ...row(METRICS.requestDuration),
    buckets: [...DURATION_BUCKETS_SECONDS],
    registers,
  });
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
  const storeReads = new Counter({ ...row(METRICS.storeReads), registers });
  const connections = new Gauge({ ...row(METRICS.connections), registers });
  const connectionsRefused = new Counter({ ...row(METRICS.connectionsRefused), registers });

  // Label lookups hash their values, so each pair that occurs is resolved once.
  const requestChildren = new Map<string, Counter.Internal>();
  const durationChildren = new Map<Surface, Histogram.Internal<"surface">>();
  const requestChild = (surface: Surface, outcome: RequestOutcome): Counter.Internal => {
    const key = surface + outcome;
    let child = requestChildren.get(key);
    if (child === undefined) {
      child = requests.labels(surface, outcome);
      requestChildren.set(key, child);
    }
    return child;
  };
  const durationChild = (surface: Surface): Histogram.Internal<"surface"> => {
    let child = durationChildren.get(surface);
    if (child === undefined) {
      child = durations.labels(surface);
      durationChildren.set(surface, child);
    }
    return child;
  };

  const recorder: Recorder = {
    enabled: true,
    requestDone(surface, outcome, durationSeconds) {
      requestChild(surface, outcome).inc();
      durationChild(surface).observe(durationSeconds);
    },
    registryRefreshed: (outcome) => refreshes.inc({ outcome }),
    storeState: (state) => storeUp.set(state === "up" ? 1 : 0),
    storeRead: (outcome) => storeReads.inc({ outcome }),
    connectionOpened: () => connections.inc(),
    connectionClosed: () => connections.dec(),
    connectionRefused: () => connectionsRefused.inc(),
  };
  return {
    recorder,
    render: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
  };
}
