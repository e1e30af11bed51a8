/** A trace stands at the bucket that has counted its call, whatever the time before its request was complete and after its answer. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { DURATION_BUCKETS_SECONDS } from "../../../src/telemetry/metric-table.ts";
import { createMetrics } from "../../../src/telemetry/metrics.ts";
import { TransportCall } from "../../../src/transport/call-context.ts";

const TRACE_ID = "0af7651916cd43dd8448eb211c80319c";
const LINE = /_bucket\{le="([^"]+)",surface="http"\} (\d+)(?: # \{trace_id="(\w+)"\} (\S+) )?/g;

/** Durations on and beside the bounds of buckets, milliseconds. */
const tookMs = fc.oneof(
  fc.double({ min: 0, max: 1500, noNaN: true }),
  fc
    .tuple(fc.constantFrom(...DURATION_BUCKETS_SECONDS), fc.constantFrom(-0.0006, -0.0004, 0, 0.0004, 0.0006))
    .map(([seconds, offMs]) => seconds * 1000 + offMs),
);
const upTo = (max: number) => fc.double({ min: 0, max, noNaN: true });

test("of any call", async () => {
  await fc.assert(
    fc.asyncProperty(upTo(1e9), upTo(50), tookMs, upTo(20), async (startMs, readingMs, took, writingMs) => {
      const { recorder, render } = createMetrics({ registryAgeSeconds: () => undefined, processMetrics: false });
      const call = new TransportCall(startMs, Number.POSITIVE_INFINITY);
      const fromMs = startMs + readingMs;
      call.recordDone(recorder, "http", "OK", fromMs, fromMs + took);
      call.ledger.traceId = TRACE_ID;
      call.tell(recorder, "http", "OK", fromMs + took + writingMs);
      const lines = [...(await render("application/openmetrics-text")).body.matchAll(LINE)];
      expect(lines).toHaveLength(DURATION_BUCKETS_SECONDS.length + 1);
      // Buckets count those below them too: the call's own is the first that is not empty.
      const own = lines.findIndex(([, , count]) => count === "1");
      expect(lines.map(([, , , traceId]) => traceId)).toEqual(
        lines.map((_, index) => (index === own ? TRACE_ID : undefined)),
      );
      const value = Number(lines[own]![4]);
      expect(Math.abs(value - took / 1000)).toBeLessThan(2e-6);
      expect(value).toBeLessThanOrEqual(own < lines.length - 1 ? Number(lines[own]![1]) : Number.POSITIVE_INFINITY);
      expect(value).toBeGreaterThan(own === 0 ? -1 : Number(lines[own - 1]![1]));
    }),
    { numRuns: 300 },
  );
});
