/**
 * OpenTelemetry, as the standard variables ask for it. Loaded only then: its packages take 0.3 s of CPU and tens of megabytes. Endpoint,
 * headers, certificates and timeouts are read by the exporters themselves.
 */
import { OTLPMetricExporter as GrpcMetrics } from "@opentelemetry/exporter-metrics-otlp-grpc";
import { OTLPMetricExporter as JsonMetrics } from "@opentelemetry/exporter-metrics-otlp-http";
import { OTLPMetricExporter as ProtoMetrics } from "@opentelemetry/exporter-metrics-otlp-proto";
import { PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { NodeSDK } from "@opentelemetry/sdk-node";
import type { OtelSettings } from "../../model/otel-settings.ts";
import type { Log } from "../log.ts";
import type { Scrape } from "../scraped-metric.ts";
import { CallSpans } from "./call-spans.ts";
import { CallTracer } from "./call-tracer.ts";
import { diagToLog, masked, withoutConsole } from "./diag-log.ts";
import { JsonSpans } from "./json-spans.ts";
import { MetricBridge } from "./metric-bridge.ts";
import { ownAttributes, ownResource } from "./own-resource.ts";
import { ProtobufSpans } from "./protobuf-spans.ts";
import { createSampling } from "./sampling.ts";
import { SpanClock } from "./span-clock.ts";
import { openSpanExport } from "./span-export.ts";
import { SpanIds } from "./span-ids.ts";
import { SpanQueue } from "./span-queue.ts";
import type { SpanOrigin } from "./span-writer.ts";
import { TailRule } from "./tail-rule.ts";

export interface TracingOptions {
  readonly otel: OtelSettings;
  /** `sidecar.trace.tail`: false = only what the sampler takes is kept. */
  readonly keepsTail: boolean;
  readonly slowMs: number;
  readonly version: string;
  /** In [0, 1). */
  readonly random: () => number;
  /** All metrics as they are now. */
  readonly scrape: () => Promise<readonly Scrape[]>;
  readonly log: Log;
}

export interface SpanCounts {
  readonly sent: number;
  /** No room in the queue, refused by the receiver, or too many for the tail rule. */
  readonly dropped: number;
}

export interface Tracing {
  /** undefined: no traces are asked for. */
  readonly tracer: CallTracer | undefined;
  counts(): SpanCounts;
  /** Sends what waits, for at most so long. */
  close(timeoutMs: number): Promise<void>;
}

export async function openTracing(options: TracingOptions): Promise<Tracing> {
  const { otel, version, scrape, log } = options;
  const resource = ownResource(version);
  diagToLog(log, otel.logLevel);
  const metricReaders = usable(log, "metrics", () => otel.metrics && [metricReader(otel.metrics, scrape)]) ?? [];
  const sdk = withoutConsole(
    () =>
      new NodeSDK({
        resource,
        autoDetectResources: false,
        instrumentations: [],
        logRecordProcessors: [],
        // Spans are written and queued here: those of the SDK take five times the time (protobuf-spans.ts).
        spanProcessors: [],
        metricReaders,
      }),
  );
  sdk.start();
  const attributes = otel.traces === undefined ? {} : await ownAttributes(resource);
  const traces = usable(log, "traces", () => otel.traces && openTraces(otel.traces, attributes, options));
  return {
    tracer: traces?.tracer,
    counts: () => ({
      sent: traces?.queue.sent ?? 0,
      dropped: (traces?.queue.dropped ?? 0) + (traces?.tail?.dropped ?? 0),
    }),
    close: async (timeoutMs) => {
      const timer = Promise.withResolvers<void>();
      const handle = setTimeout(timer.resolve, timeoutMs);
      // A receiver that is away must not hold the end up, nor make it fail.
      await Promise.race([Promise.allSettled([sdk.shutdown(), traces?.queue.shutdown()]), timer.promise]);
      clearTimeout(handle);
    },
  };
}

/** Telemetry that cannot be sent is no reason not to serve. @returns undefined = the exporter has thrown at its variables */
function usable<T>(log: Log, signal: "traces" | "metrics", open: () => T): T | undefined {
  try {
    return open();
  } catch (error) {
    const said = masked((error as Error).message);
    log.warn("otlp_not_usable", {
      signal,
      said,
      expected: "OTEL_EXPORTER_OTLP_… as the standard has them; nothing is sent",
    });
    return undefined;
  }
}

interface Traces {
  readonly tracer: CallTracer;
  readonly queue: SpanQueue;
  readonly tail: TailRule | undefined;
}

function openTraces(
  traces: NonNullable<OtelSettings["traces"]>,
  attributes: SpanOrigin["attributes"],
  { keepsTail, slowMs, version, random, log }: TracingOptions,
): Traces {
  const origin = { attributes, scopeName: "feast-sidecar", scopeVersion: version };
  const writer = traces.protocol === "http/json" ? new JsonSpans(origin) : new ProtobufSpans(origin);
  const queue = new SpanQueue(writer, traces, openSpanExport(traces.protocol), (spans, reason) =>
    log.fault("spans_not_sent", { spans, reason: masked(reason) }),
  );
  const clock = new SpanClock(() => performance.now(), Date.now);
  const spans = new CallSpans({ writer, queue, clock, ids: new SpanIds(random) });
  const tail = keepsTail ? new TailRule(slowMs) : undefined;
  return { tracer: new CallTracer(spans, createSampling(traces.sampler, random), tail), queue, tail };
}

function metricReader(
  { protocol, intervalMs }: NonNullable<OtelSettings["metrics"]>,
  scrape: () => Promise<readonly Scrape[]>,
): PeriodicExportingMetricReader {
  const exporters = { grpc: GrpcMetrics, "http/protobuf": ProtoMetrics, "http/json": JsonMetrics };
  return new PeriodicExportingMetricReader({
    exporter: new exporters[protocol](),
    exportIntervalMillis: intervalMs,
    exportTimeoutMillis: Math.min(intervalMs, 30_000),
    metricProducers: [new MetricBridge(scrape)],
  });
}
