/** CPU per call of the sidecar and of the frozen baseline in pairs, and the one figure that they are judged by. Pure. */
import type { LoadResult } from "../load/load-plan.ts";
import { lowerQuartile } from "./lower-quartile.ts";

/** The same load on both, one right after the other. */
export interface CpuPair {
  readonly sidecar: LoadResult;
  readonly baseline: LoadResult;
}

/** CPU per call of a pair. */
export interface PairMicros {
  readonly sidecarMicros: number;
  readonly baselineMicros: number;
}

export interface CpuFigures {
  /** Lower quartiles over the pairs. */
  readonly sidecarMicros: number;
  readonly baselineMicros: number;
  /** The one over the other: what is judged, and what is recorded. */
  readonly ratio: number;
}

/** Why a pair's figures say nothing; empty = it is valid. */
export function voidReasonsOf(pair: CpuPair): string[] {
  return (["sidecar", "baseline"] as const).flatMap((name) => {
    const load = pair[name];
    if (load.void !== undefined) return [`${name}: ${load.void}`];
    return isMicros(load.serverMicros) ? [] : [`${name}: its CPU time is not known`];
  });
}

/** The figures of the valid ones. */
export function validMicros(pairs: readonly CpuPair[]): PairMicros[] {
  return pairs.flatMap((pair) => {
    const sidecarMicros = pair.sidecar.serverMicros;
    const baselineMicros = pair.baseline.serverMicros;
    if (voidReasonsOf(pair).length > 0 || !isMicros(sidecarMicros) || !isMicros(baselineMicros)) return [];
    return [{ sidecarMicros, baselineMicros }];
  });
}

/**
 * Lower quartile of the sidecar's figures over the lower quartile of the baseline's. Disturbance only ever adds CPU time, to either, while a
 * regression moves every quantile: the lower ones see the regression best. A ratio of each pair would let what disturbed the baseline
 * alone make the sidecar look good, and the least figure of all is luck. Seen on two cores that others use as well: slices of a second
 * scatter from 22 to 35 µs for the sidecar and from 121 to 166 for the baseline; over 12 pairs this ratio was 0.190 when it was quiet and 0.187
 * beside a busy process. The medians' ratio was 0.198 and 0.200, the pairs' median ratio 0.185 and 0.189; but that of three single rounds
 * came out at 0.23.
 * @returns NaN for no pair
 */
export function cpuFigures(pairs: readonly PairMicros[]): CpuFigures {
  const sidecarMicros = lowerQuartile(pairs.map((pair) => pair.sidecarMicros));
  const baselineMicros = lowerQuartile(pairs.map((pair) => pair.baselineMicros));
  return { sidecarMicros, baselineMicros, ratio: sidecarMicros / baselineMicros };
}

/** Figures come from other processes and from files as JSON, which has null for those that are none. */
export function isMicros(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value > 0;
}
