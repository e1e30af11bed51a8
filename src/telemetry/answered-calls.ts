/** What is told of a call that is over: the trace first, whose id the others show. */
import type { Recorder } from "./recorder.ts";
import type { SlowCalls } from "./slow-calls.ts";
import type { CallTracer } from "./tracing/call-tracer.ts";

/** Whoever else wants to know of each call. */
interface Listener {
  answered(...call: Parameters<SlowCalls["answered"]>): void;
}

/**
 * @param recorder told of everything
 * @param tracer undefined = no traces are made
 */
export function tellingAnswered(
  recorder: Recorder,
  tracer: CallTracer | undefined,
  listeners: readonly Listener[],
): Recorder {
  return {
    ...recorder,
    isTracing: tracer !== undefined,
    answered(surface, outcome, ledger, nowMs, call) {
      if (tracer !== undefined) ledger.traceId = tracer.answered(surface, outcome, ledger, nowMs, call);
      recorder.answered(surface, outcome, ledger, nowMs, call);
      for (const listener of listeners) listener.answered(surface, outcome, ledger, nowMs);
    },
  };
}
