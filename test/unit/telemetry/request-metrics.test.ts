/** The flat metrics print what prom-client's own Counter and Histogram print when they are fed the same. */
import fc from "fast-check";
import { Counter, Histogram, type Metric, Registry } from "prom-client";
import { describe, expect, it, test } from "vitest";
import { FlatCounter } from "../../../src/telemetry/flat-counter.ts";
import { FlatHistogram } from "../../../src/telemetry/flat-histogram.ts";
import type { MetricRow } from "../../../src/telemetry/metric-row.ts";
import { DURATION_BUCKETS_SECONDS, METRICS } from "../../../src/telemetry/metric-table.ts";
import { createMetrics } from "../../../src/telemetry/metrics.ts";
import { namesOf, OUTCOME_INDEX, STORE_READ_INDEX, SURFACE_INDEX } from "../../../src/telemetry/outcome-index.ts";
import { createRequestMetrics } from "../../../src/telemetry/request-metrics.ts";
import type { ScrapedMetric } from "../../../src/telemetry/scraped-metric.ts";

const CONTENT_TYPES = [Registry.PROMETHEUS_CONTENT_TYPE, Registry.OPENMETRICS_CONTENT_TYPE] as const;
type ContentType = (typeof CONTENT_TYPES)[number];

/** Ours and prom-client's, fed alike. */
function pair() {
  const [ours, theirs] = [new Registry<ContentType>(), new Registry<ContentType>()];
  const registers = [theirs];
  const { requests, durations, storeReads, requestDone, storeRead } = createRequestMetrics();
  for (const metric of [requests, durations, storeReads]) ours.registerMetric(metric as unknown as Metric);
  const config = ({ name, help, labels }: MetricRow) => ({ name, help, labelNames: labels, registers });
  const theirRequests = new Counter(config(METRICS.requests));
  const theirDurations = new Histogram({
    ...config(METRICS.requestDuration),
    buckets: [...DURATION_BUCKETS_SECONDS],
  });
  const theirReads = new Counter(config(METRICS.storeReads));
  const textAs = async (registry: Registry<ContentType>, contentType: ContentType) => {
    registry.setContentType(contentType);
    return await registry.metrics();
  };
  return {
    request(surface: keyof typeof SURFACE_INDEX, outcome: keyof typeof OUTCOME_INDEX, seconds: number): void {
      requestDone(surface, outcome, seconds);
      theirRequests.labels(surface, outcome).inc();
      theirDurations.labels(surface).observe(seconds);
    },
    read(outcome: keyof typeof STORE_READ_INDEX): void {
      storeRead(outcome);
      theirReads.inc({ outcome });
    },
    async texts(contentType: ContentType) {
      return { ours: await textAs(ours, contentType), theirs: await textAs(theirs, contentType) };
    },
  };
}

describe("the text", () => {
  const seconds = fc.oneof(
    fc.constantFrom(...DURATION_BUCKETS_SECONDS),
    fc.double({ min: 0, max: 0.002, noNaN: true }),
    fc.double({ min: -1, max: 1e6, noNaN: true }),
  );
  const surface = fc.constantFrom(...namesOf(SURFACE_INDEX));
  const outcome = fc.constantFrom(...namesOf(OUTCOME_INDEX));
  const event = fc.oneof(
    { weight: 4, arbitrary: fc.tuple(fc.constant("request" as const), surface, outcome, seconds) },
    { weight: 1, arbitrary: fc.tuple(fc.constant("read" as const), fc.constantFrom(...namesOf(STORE_READ_INDEX))) },
    { weight: 1, arbitrary: fc.tuple(fc.constant("scrape" as const), fc.constantFrom(...CONTENT_TYPES)) },
  );

  test("is prom-client's byte for byte, after any events, in both formats, however often asked for", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 120 }), async (events) => {
        const both = pair();
        for (const step of events) {
          if (step[0] === "request") both.request(step[1], step[2], step[3]);
          else if (step[0] === "read") both.read(step[1]);
          else {
            const { ours, theirs } = await both.texts(step[1]);
            expect(ours).toBe(theirs);
          }
        }
        for (const contentType of CONTENT_TYPES) {
          const { ours, theirs } = await both.texts(contentType);
          expect(ours).toBe(theirs);
        }
      }),
      { numRuns: 60 },
    );
  });

  test("shows no series before it happened, and each in full from then on", async () => {
    const both = pair();
    expect((await both.texts(Registry.PROMETHEUS_CONTENT_TYPE)).ours).not.toMatch(/^feast/m);
    both.request("http", "NOT_FOUND", 0.0001);
    const lines = (await both.texts(Registry.OPENMETRICS_CONTENT_TYPE)).ours.split("\n");
    expect(lines.filter((line) => line.startsWith("feast"))).toHaveLength(1 + DURATION_BUCKETS_SECONDS.length + 3);
    expect(lines).toContain('feast_sidecar_requests_total{surface="http",outcome="NOT_FOUND"} 1');
    expect(lines).toContain('feast_sidecar_request_duration_seconds_bucket{le="0.00005",surface="http"} 0');
    expect(lines).toContain('feast_sidecar_request_duration_seconds_bucket{le="0.0001",surface="http"} 1');
  });

  test("keeps the order of the page", async () => {
    const { render } = createMetrics({ registryAgeSeconds: () => 1, processMetrics: false });
    const names = [...(await render()).body.matchAll(/^# TYPE (\S+)/gm)].map((match) => match[1]);
    expect(names).toEqual(Object.values(METRICS).map(({ name }) => name));
  });
});

describe("what does not fit", () => {
  const valueSum = (metric: ScrapedMetric): number => metric.get().values.reduce((sum, { value }) => sum + value, 0);

  it("is no series of a counter", () => {
    const counter = new FlatCounter(METRICS.storeReads, [{ outcome: "ok" }]);
    for (const series of [-1, 1, Number.NaN]) counter.inc(series);
    expect(counter.get().values).toEqual([]);
    counter.inc(0);
    expect(valueSum(counter)).toBe(1);
  });

  it("is no series of a histogram", () => {
    const histogram = new FlatHistogram(METRICS.requestDuration, [{ surface: "a" }, { surface: "b" }], [1, 2]);
    for (const series of [-1, 2, Number.NaN]) histogram.observe(series, 1);
    expect(histogram.get().values).toEqual([]);
    histogram.observe(1, 9);
    const values = histogram.get().values.map(({ labels, value }) => [labels["surface"], value]);
    expect(values).toEqual([0, 0, 1, 9, 1].map((value) => ["b", value]));
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])("is no duration: %d", (value) => {
    const { durations } = createRequestMetrics();
    const theirs = new Histogram({ name: "a", help: "b", registers: [] });
    expect(() => theirs.observe(value)).toThrow(TypeError);
    expect(() => durations.observe(0, value)).toThrow(TypeError);
    expect(durations.get().values).toEqual([]);
  });
});

test("each name stands at its own index", () => {
  const tables: Readonly<Record<string, number>>[] = [SURFACE_INDEX, OUTCOME_INDEX, STORE_READ_INDEX];
  for (const table of tables) expect(Object.values(table)).toEqual(namesOf(table).map((_, index) => index));
});
