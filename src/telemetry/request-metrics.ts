/** What is counted for every request: array increments here, text only when somebody scrapes. */
import type { Surface } from "../model/surface.ts";
import { FlatCounter } from "./flat-counter.ts";
import { FlatHistogram } from "./flat-histogram.ts";
import { DURATION_BUCKETS_SECONDS, METRICS } from "./metric-table.ts";
import { namesOf, OUTCOME_INDEX, STORE_READ_INDEX, SURFACE_INDEX } from "./outcome-index.ts";
import type { Recorder } from "./recorder.ts";

export interface RequestMetrics {
  readonly requests: FlatCounter;
  readonly durations: FlatHistogram;
  readonly storeReads: FlatCounter;
  readonly requestDone: Recorder["requestDone"];
  readonly storeRead: Recorder["storeRead"];
  /** The trace of a call that `requestDone` was told of, with the same duration: it stands at the bucket that has counted the call. */
  readonly exemplar: (surface: Surface, durationSeconds: number, traceId: string) => void;
}

/** Metrics with all counts at 0, and the two calls of the Recorder that move them. */
export function createRequestMetrics(): RequestMetrics {
  const surfaces = namesOf(SURFACE_INDEX);
  const outcomes = namesOf(OUTCOME_INDEX);
  const requests = new FlatCounter(
    METRICS.requests,
    surfaces.flatMap((surface) => outcomes.map((outcome) => ({ surface, outcome }))),
  );
  const durations = new FlatHistogram(
    METRICS.requestDuration,
    surfaces.map((surface) => ({ surface })),
    DURATION_BUCKETS_SECONDS,
  );
  const storeReads = new FlatCounter(
    METRICS.storeReads,
    namesOf(STORE_READ_INDEX).map((outcome) => ({ outcome })),
  );
  const perSurface = outcomes.length;
  return {
    requests,
    durations,
    storeReads,
    requestDone(surface, outcome, durationSeconds) {
      const index = SURFACE_INDEX[surface];
      requests.inc(index * perSurface + OUTCOME_INDEX[outcome]);
      durations.observe(index, durationSeconds);
    },
    exemplar: (surface, durationSeconds, traceId) =>
      durations.exemplar(SURFACE_INDEX[surface], durationSeconds, traceId, Date.now() / 1000),
    storeRead: (outcome) => storeReads.inc(STORE_READ_INDEX[outcome]),
  };
}
