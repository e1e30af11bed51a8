/**
 * OpenTelemetry, as the standard variables ask for it. Loaded only then: its packages take 0.3 s of CPU and tens of megabytes. Endpoint,
 * headers, certificates and timeouts are read by the exporters themselves.
 */
import { trace } from "@opentelemetry/api";
import { OTLPMetricExporter as GrpcMetrics } from "@opentelemetry/exporter-metrics-otlp-grpc";
import { OTLPMetricExporter as JsonMetrics } from "@opentelemetry/exporter-metrics-otlp-http";
import { OTLPMetricExporter as ProtoMetrics } from "@opentelemetry/exporter-metrics-otlp-proto";
import { OTLPTraceExporter as GrpcTraces } from "@opentelemetry/exporter-trace-otlp-grpc";
import { OTLPTraceExporter as JsonTraces } from "@opentelemetry/exporter-trace-otlp-http";
import { OTLPTraceExporter as ProtoTraces } from "@opentelemetry/exporter-trace-otlp-proto";
import { defaultResource, resourceFromAttributes } from "@opentelemetry/resources";
import { PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { NodeSDK } from "@opentelemetry/sdk-node";
import { AlwaysOnSampler, BatchSpanProcessor } from "@opentelemetry/sdk-trace";
import type { OtelSettings } from "../../model/otel-settings.ts";
import type { Scrape } from "../scraped-metric.ts";
import { CallTracer } from "./call-tracer.ts";
import { CountedQueue } from "./counted-queue.ts";
import { MetricBridge } from "./metric-bridge.ts";
import { createSampling } from "./sampling.ts";
import { SpanClock } from "./span-clock.ts";
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

export function openTracing({ otel, keepsTail, slowMs, version, random, scrape }: TracingOptions): Tracing {
  const { traces, metrics } = otel;
  const queue = traces && spanQueue(traces);
  const sdk = new NodeSDK({
    resource: defaultResource().merge(
      resourceFromAttributes({ "service.name": "feast-sidecar", "service.version": version }),
    ),
    instrumentations: [],
    logRecordProcessors: [],
    spanProcessors: queue === undefined ? [] : [queue],
    metricReaders: metrics === undefined ? [] : [metricReader(metrics, scrape)],
    // Spans are made of calls that are kept only.
    sampler: new AlwaysOnSampler(),
  });
  sdk.start();
  const tail = keepsTail ? new TailRule(slowMs) : undefined;
  const isSampled = traces && createSampling(traces.sampler, random);
  const clock = new SpanClock(() => performance.now(), Date.now);
  const maker = { tracer: trace.getTracer("feast-sidecar", version), clock };
  return {
    tracer: isSampled && new CallTracer(maker, isSampled, tail),
    counts: () => ({ sent: queue?.sent ?? 0, dropped: (queue?.dropped ?? 0) + (tail?.dropped ?? 0) }),
    close: async (timeoutMs) => {
      const timer = Promise.withResolvers<void>();
      const handle = setTimeout(timer.resolve, timeoutMs);
      // A receiver that is away must not hold the end up, nor make it fail.
      await Promise.race([sdk.shutdown().catch(() => {}), timer.promise]);
      clearTimeout(handle);
    },
  };
}

function spanQueue(traces: NonNullable<OtelSettings["traces"]>): CountedQueue {
  const { protocol, maxQueueSpans, maxBatchSpans, scheduleDelayMs } = traces;
  const exporters = { grpc: GrpcTraces, "http/protobuf": ProtoTraces, "http/json": JsonTraces };
  return new CountedQueue(
    maxQueueSpans,
    new exporters[protocol](),
    (exporter) =>
      new BatchSpanProcessor({
        exporter,
        maxQueueSize: maxQueueSpans,
        maxExportBatchSize: Math.min(maxBatchSpans, maxQueueSpans),
        scheduledDelayMillis: scheduleDelayMs,
      }),
  );
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
