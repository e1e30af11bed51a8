import { expect, test } from "vitest";
import { readOtelSettings } from "../../../src/config/otel-environment.ts";
import type { OtelSettings } from "../../../src/model/otel-settings.ts";

function read(env: Record<string, string>): OtelSettings & { warnings: string[] } {
  const warnings: string[] = [];
  return { ...readOtelSettings(env, { problems: [], warnings }), warnings };
}

const TRACES = {
  protocol: "http/protobuf",
  sampler: { name: "parentbased_traceidratio", ratio: 0.01 },
  maxQueueSpans: 2048,
  maxBatchSpans: 256,
  scheduleDelayMs: 1000,
};

test("nothing is sent unless a variable says so", () => {
  expect(read({})).toEqual({ logLevel: "error", traces: undefined, metrics: undefined, warnings: [] });
  expect(read({ OTEL_SERVICE_NAME: "x", OTEL_TRACES_SAMPLER: "always_on" }).traces).toBeUndefined();
  expect(read({ OTEL_EXPORTER_OTLP_ENDPOINT: "" }).traces).toBeUndefined();
  expect(read({ OTEL_EXPORTER_OTLP_ENDPOINT: "http://c:4317", OTEL_SDK_DISABLED: "True" }).traces).toBeUndefined();
  expect(read({ OTEL_EXPORTER_OTLP_ENDPOINT: "http://c:4317", OTEL_TRACES_EXPORTER: "none" }).traces).toBeUndefined();
});

test("an endpoint sends both, one signal's own only that", () => {
  expect(read({ OTEL_EXPORTER_OTLP_ENDPOINT: "http://c:4317" })).toEqual({
    logLevel: "error",
    traces: TRACES,
    metrics: { protocol: "http/protobuf", intervalMs: 60_000 },
    warnings: [],
  });
  const own = read({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://c:4317", OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" });
  expect([own.traces?.protocol, own.metrics]).toEqual(["grpc", undefined]);
  expect(read({ OTEL_METRICS_EXPORTER: "otlp", OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: "http/json" })).toMatchObject({
    traces: undefined,
    metrics: { protocol: "http/json" },
  });
});

test.each([
  [{ OTEL_TRACES_SAMPLER: "always_off" }, { name: "always_off", ratio: 1 }],
  [
    { OTEL_TRACES_SAMPLER: "traceidratio", OTEL_TRACES_SAMPLER_ARG: "0.25" },
    { name: "traceidratio", ratio: 0.25 },
  ],
  [{ OTEL_TRACES_SAMPLER_ARG: "0.5" }, { name: "parentbased_traceidratio", ratio: 0.5 }],
])("the sampler: %o", (env, expected) => {
  expect(read({ OTEL_TRACES_EXPORTER: "otlp", ...env }).traces?.sampler).toEqual(expected);
});

test.each([
  [{ OTEL_TRACES_SAMPLER: "sometimes" }, "environment variable OTEL_TRACES_SAMPLER: expected one of always_on,"],
  [
    { OTEL_TRACES_SAMPLER_ARG: "2" },
    "environment variable OTEL_TRACES_SAMPLER_ARG: expected a ratio from 0 to 1; 0.01 is used",
  ],
  [{ OTEL_BSP_SCHEDULE_DELAY: "1e12" }, "expected a number, at least 0 and at most 2147483647; 1000 is used"],
  [{ OTEL_METRICS_EXPORTER: "otlp", OTEL_METRIC_EXPORT_INTERVAL: "2147483648" }, "at most 2147483647; 60000 is used"],
  [{ OTEL_BSP_MAX_QUEUE_SIZE: "many" }, "environment variable OTEL_BSP_MAX_QUEUE_SIZE: expected a number, at least 16"],
  [{ OTEL_LOG_LEVEL: "loud" }, "environment variable OTEL_LOG_LEVEL: expected one of none, error,"],
  [{ OTEL_EXPORTER_OTLP_PROTOCOL: "udp" }, "environment variable OTEL_EXPORTER_OTLP_PROTOCOL: expected one of grpc,"],
  [{ OTEL_TRACES_EXPORTER: "zipkin" }, "OTEL_TRACES_EXPORTER: only otlp and none are known here"],
])("%o is warned about", (env, expected) => {
  const { warnings } = read({ OTEL_TRACES_EXPORTER: "otlp", ...env });
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toContain(expected);
});
