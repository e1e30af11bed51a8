/** Rounds of one way as one run. Pure. */
import { LatencyHistogram } from "../../src/load/latency-histogram.ts";
import type { PredictRun } from "./results.ts";

/** @param runs of one way, at least one */
export function addRounds(runs: readonly PredictRun[]): PredictRun {
  const [first] = runs;
  if (first === undefined) throw new Error("no rounds to add up");
  const sum = (of: (run: PredictRun) => number): number => runs.reduce((total, run) => total + of(run), 0);
  return {
    way: first.way,
    outage: first.outage,
    calls: sum(({ calls }) => calls),
    predict: LatencyHistogram.of(...runs.map(({ predict }) => predict)).toJSON(),
    features: LatencyHistogram.of(...runs.map(({ features }) => features)).toJSON(),
    marked: counts(runs.map(({ marked }) => marked)),
    problems: counts(runs.map(({ problems }) => problems)),
    wrong: sum(({ wrong }) => wrong),
    clientShare: Math.max(...runs.map(({ clientShare }) => clientShare)),
  };
}

function counts(parts: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const whole: Record<string, number> = {};
  for (const part of parts) for (const [name, count] of Object.entries(part)) whole[name] = (whole[name] ?? 0) + count;
  return whole;
}
