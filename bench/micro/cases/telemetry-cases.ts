/** What counting a request costs, and what keeping it as a trace. */
import { Hop, Ledger } from "../../../src/model/ledger.ts";
import { createMetrics } from "../../../src/telemetry/metrics.ts";
import { CallSpans } from "../../../src/telemetry/tracing/call-spans.ts";
import { ProtobufSpans } from "../../../src/telemetry/tracing/protobuf-spans.ts";
import { SpanClock } from "../../../src/telemetry/tracing/span-clock.ts";
import { SpanIds } from "../../../src/telemetry/tracing/span-ids.ts";
import { SpanQueue } from "../../../src/telemetry/tracing/span-queue.ts";
import { expectEqual, type MicroCase } from "../micro-case.ts";

const COUNT = 1_000;
/** 0.1 ms to 1.1 ms in no order, so that the buckets cannot be foreseen. */
const DURATIONS_SECONDS = Float64Array.from({ length: COUNT }, (_, index) => 1e-4 + ((index * 7919) % COUNT) * 1e-6);

const create = () => createMetrics({ registryAgeSeconds: () => undefined, processMetrics: false });
const count = ({ recorder }: ReturnType<typeof create>): number => {
  for (const durationSeconds of DURATIONS_SECONDS) recorder.requestDone("serving_service", "OK", durationSeconds);
  return COUNT;
};

/** Scraping is asynchronous and checks are not, so one run is scraped beforehand. */
const metrics = create();
count(metrics);
const page = (await metrics.render()).body;

const requestCase: MicroCase = {
  name: "telemetry: requestDone",
  prepare: () => {
    const measured = create();
    const lineOf = (series: string) => page.split("\n").find((line) => line.startsWith(series));
    return {
      ops: COUNT,
      run: () => count(measured),
      check: () => {
        const requests = 'feast_sidecar_requests_total{surface="serving_service",outcome="OK"}';
        expectEqual("requests", lineOf(requests), `${requests} ${COUNT}`);
        const halfMs = 'feast_sidecar_request_duration_seconds_bucket{le="0.0005",surface="serving_service"}';
        const wanted = DURATIONS_SECONDS.filter((seconds) => seconds <= 5e-4).length;
        expectEqual("those of 0.5 ms and less", lineOf(halfMs), `${halfMs} ${wanted}`);
      },
    };
  },
};

const TRACES = 32;
/** What a call leaves behind that read from one node: a span for the server, the read, and four hops. */
const SPANS = 6;
const START_MS = 1000;

function answeredCall(): Parameters<CallSpans["keep"]>[0] {
  const ledger = new Ledger(START_MS);
  for (const hop of [Hop.LOOP, Hop.ADMISSION, Hop.PLAN, Hop.REDIS, Hop.ASSEMBLE])
    ledger.end(hop, START_MS + 0.1 * hop + 0.1);
  ledger.finish(true, START_MS + 1);
  const read = { node: "127.0.0.1:6379", role: "replica", zone: "a", kind: "first", keys: 1, bytes: 900 } as const;
  const attempts = [{ ...read, sentMs: START_MS + 0.3, endMs: START_MS + 0.5, outcome: "answered" as const }];
  const call = { startMs: START_MS, deadlineMs: START_MS + 10, cancelled: false, attempts };
  return { surface: "serving_service", outcome: "OK", ledger, call, endMs: START_MS + 1 };
}

const traceCase: MicroCase = {
  name: "telemetry: a call as a trace",
  prepare: () => {
    const writer = new ProtobufSpans({ attributes: {}, scopeName: "bench", scopeVersion: "0" });
    const options = { maxQueueSpans: 10_000, maxBatchSpans: 10_000, scheduleDelayMs: 1_000_000 };
    const queue = new SpanQueue(writer, options, { export: () => {}, shutdown: async () => {} }, () => {});
    const clock = new SpanClock(
      () => START_MS,
      () => START_MS,
    );
    const spans = new CallSpans({ writer, queue, clock, ids: new SpanIds(() => 0.5) });
    const answered = answeredCall();
    const run = () => {
      for (let index = 0; index < TRACES; index += 1) spans.keep(answered, undefined, false);
      return writer.take();
    };
    return { ops: TRACES, run, check: () => expectEqual("spans", run()?.spans, TRACES * SPANS) };
  },
};

export const telemetryCases: readonly MicroCase[] = [requestCase, traceCase];
