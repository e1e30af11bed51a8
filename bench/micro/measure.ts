/** Times one case: batches long enough for the clock, the median of many, and how far the middle half of them spreads. */
import type { PreparedCase } from "./micro-case.ts";

const BATCH_MS = 10;
const WARMUP_MS = 200;
const MIN_SAMPLES = 11;

export interface Measured {
  readonly nsPerOp: number;
  readonly opsPerSecond: number;
  /** Half of the spread of the middle half of the samples, as a share of the median. */
  readonly margin: number;
  readonly samples: number;
}

/** @param nowNs a clock that only goes forward, nanoseconds @throws Error when the case's own check fails, before anything is timed */
export function measure(prepared: PreparedCase, totalMs: number, nowNs: () => number = clockNs): Measured {
  prepared.check();
  runFor(prepared, WARMUP_MS * 1e6, nowNs);
  const runs = Math.max(1, runFor(prepared, BATCH_MS * 1e6, nowNs));
  const samples: number[] = [];
  const endNs = nowNs() + totalMs * 1e6;
  while (samples.length < MIN_SAMPLES || nowNs() < endNs) {
    const startNs = nowNs();
    for (let run = 0; run < runs; run += 1) sink = prepared.run();
    samples.push((nowNs() - startNs) / (runs * prepared.ops));
  }
  prepared.check();
  return summarize(samples);
}

export function summarize(samples: readonly number[]): Measured {
  const sorted = [...samples].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN;
  const nsPerOp = at(0.5);
  return {
    nsPerOp,
    opsPerSecond: 1e9 / nsPerOp,
    margin: (at(0.75) - at(0.25)) / 2 / nsPerOp,
    samples: samples.length,
  };
}

function runFor(prepared: PreparedCase, durationNs: number, nowNs: () => number): number {
  const endNs = nowNs() + durationNs;
  let runs = 0;
  for (; nowNs() < endNs; runs += 1) sink = prepared.run();
  return runs;
}

function clockNs(): number {
  return performance.now() * 1e6;
}

let sink: unknown;
/** The last result of any run; exported so that V8 cannot drop the work. @public */
export const lastResult = (): unknown => sink;
