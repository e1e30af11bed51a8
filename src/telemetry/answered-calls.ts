/** What is told of a call that is over: the trace first, whose id the others show. */
import type { Recorder } from "./recorder.ts";
import type { SlowCalls } from "./slow-calls.ts";
import type { CallTracer } from "./tracing/call-tracer.ts";

/**
 * @param recorder told of everything
 * @param tracer undefined = no traces are made
 */
export function tellingAnswered(recorder: Recorder, tracer: CallTracer | undefined, slowCalls: SlowCalls): Recorder {
  return {
    ...recorder,
    isTracing: tracer !== undefined,
    answered(surface, outcome, ledger, nowMs, call) {
      if (tracer !== undefined) ledger.traceId = tracer.answered({ surface, outcome, ledger, call, endMs: nowMs });
      recorder.answered(surface, outcome, ledger, nowMs, call);
      slowCalls.answered(surface, outcome, ledger, nowMs);
    },
  };
}
