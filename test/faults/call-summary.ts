/** Counts and percentiles of the calls of a time window. */
import { LatencyHistogram } from "../../src/load/latency-histogram.ts";
import type { JudgedCall } from "./judge-calls.ts";

export interface Window {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface CallSummary {
  readonly calls: number;
  readonly rows: number;
  /** Wrong, null and older values together. */
  readonly badValues: number;
  /** Errors other than DEADLINE_EXCEEDED, lost calls included. */
  readonly errors: number;
  /** DEADLINE_EXCEEDED, and whatever came after the deadline. */
  readonly late: number;
  /** Of all calls, whatever they answered. */
  readonly answeredLate: number;
  readonly failed: number;
  readonly degraded: number;
  readonly p50Ms: number;
  /** Failures count as infinite. */
  readonly p99Ms: number;
  /** P99 of the answers that were errors, NaN without. */
  readonly errorP99Ms: number;
  /** Up to five failures: when, counted from the window's start, and what. */
  readonly examples: readonly string[];
}

const EXAMPLES = 5;

export function callsIn(calls: readonly JudgedCall[], { fromMs, toMs }: Window): JudgedCall[] {
  return calls.filter(({ dueMs }) => dueMs >= fromMs && dueMs < toMs);
}

export function summarize(all: readonly JudgedCall[], window: Window): CallSummary {
  const calls = callsIn(all, window);
  const latencies = new LatencyHistogram();
  const refusals = new LatencyHistogram();
  const examples: string[] = [];
  let badValues = 0;
  let errors = 0;
  let late = 0;
  let failed = 0;
  for (const { outcome, latencyMs, dueMs, problem } of calls) {
    if (outcome === "ok") {
      latencies.record(latencyMs);
      continue;
    }
    failed += 1;
    latencies.recordFailure();
    if (outcome === "wrong" || outcome === "null" || outcome === "older") badValues += 1;
    else if (outcome === "deadline" || outcome === "late") late += 1;
    else errors += 1;
    if (outcome === "error") refusals.record(latencyMs);
    if (examples.length < EXAMPLES) examples.push(`${Math.round(dueMs - window.fromMs)} ms: ${outcome}, ${problem}`);
  }
  return {
    calls: calls.length,
    rows: calls.reduce((sum, { rows }) => sum + rows, 0),
    badValues,
    errors,
    late,
    answeredLate: calls.filter(({ isLate }) => isLate).length,
    failed,
    degraded: calls.filter(({ isDegraded }) => isDegraded).length,
    p50Ms: latencies.percentileMs(0.5),
    p99Ms: latencies.percentileMs(0.99),
    errorP99Ms: refusals.percentileMs(0.99),
    examples,
  };
}
