/** What bench/cache.ts writes. */
import type { KeyDistribution } from "../load/key-picker.ts";
import type { Machine } from "./machine.ts";

/** CPU per call of single rows, all of them hits, microseconds; medians over the rounds. */
export interface HitCost {
  readonly features: number;
  readonly hitMicros: number;
  readonly uncachedMicros: number;
  readonly echoMicros: number;
  /** Median over the rounds of the ratio within the round. */
  readonly toUncached: number;
  readonly toEcho: number;
  /** The part of the measured requests that were full hits. */
  readonly hitRatio: number;
}

/** Latency of 50 features at a fixed rate. */
export interface RateCell {
  readonly keys: KeyDistribution;
  readonly rows: number;
  readonly ratePerSecond: number;
  /** Aimed at, 0–1; undefined = no cache. */
  readonly aim: number | undefined;
  readonly perRequest: number | undefined;
  readonly perRow: number | undefined;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly serverMicros: number;
  readonly redisMicros: number;
}

export interface CacheResults {
  readonly machine: Machine;
  readonly rounds: number;
  readonly latencyRounds: number;
  readonly bytesPerKey: number;
  readonly costs: readonly HitCost[];
  readonly rates: readonly RateCell[];
}
