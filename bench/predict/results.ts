/** What bench/predict.ts writes. */
import type { HistogramJson } from "../../src/load/latency-histogram.ts";
import type { Machine } from "../run/machine.ts";

/** `sidecar`: as configured by nothing, its cache on. `uncached`: every lookup goes to Redis. `sdk`: Feast in the model's process. */
export type Way = "sidecar" | "uncached" | "sdk";

/** One way at one time; rounds are added up. */
export interface PredictRun {
  readonly way: Way;
  /** Redis is gone. */
  readonly outage: boolean;
  readonly calls: number;
  /** From the intended send time to the end of the HTTP answer; failed calls count as infinite. */
  readonly predict: HistogramJson;
  /** The feature lookup, as the service itself timed it; of good answers only. */
  readonly features: HistogramJson;
  /** Answers with `degraded`, by policy and reason. */
  readonly marked: Readonly<Record<string, number>>;
  readonly problems: Readonly<Record<string, number>>;
  /** Unmarked answers whose scores are not those of the files. */
  readonly wrong: number;
  /** Of one core, the busiest round's. */
  readonly clientShare: number;
}

export interface PredictResults {
  readonly machine: Machine;
  readonly ratePerSecond: number;
  readonly customers: number;
  readonly seconds: number;
  readonly rounds: number;
  /** `sidecar.budget.on_late` of the sidecars. */
  readonly onLate: string;
  /** Of one minute, as the system counts: before the first server was started, and in the end. */
  readonly loadAverage: readonly [before: number, after: number];
  readonly runs: readonly PredictRun[];
}
