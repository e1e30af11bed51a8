/** bench/results/recorded.json: the ratio of CPU time that later runs of the gate are held to, and where it comes from. */
import { type CpuFigures, cpuFigures, isMicros, type PairMicros } from "./cpu-pairs.ts";
import type { GateFigures } from "./gate-verdict.ts";
import type { Machine } from "./machine.ts";

/** The quartiles of fewer are not steady enough to hold others to. */
export const LEAST_RECORDED_PAIRS = 20;

export interface Recorded extends CpuFigures {
  /** Of each valid pair: what the quartiles, and the ratio, are taken over. */
  readonly pairs: readonly PairMicros[];
  /** The sidecar's transport and V8 flags, and whose build it was. */
  readonly transport: string;
  readonly machine: Machine;
}

/** @throws Error when fewer than twenty pairs were valid */
export function recordOf(figures: GateFigures, transport: string, machine: Machine): Recorded {
  const { ratio, sidecarMicros, baselineMicros, pairs } = figures;
  if (pairs.length < LEAST_RECORDED_PAIRS) {
    throw new Error(`only ${pairs.length} pairs were valid, and ${LEAST_RECORDED_PAIRS} are needed to record`);
  }
  return { ratio, sidecarMicros, baselineMicros, pairs, transport, machine };
}

/** @param text of the file @returns the recorded ratio; undefined when it is not that of the file's own pairs, or of too few */
export function recordedRatio(text: string): number | undefined {
  const { pairs, ratio, sidecarMicros, baselineMicros } = JSON.parse(text) as Partial<Recorded>;
  if (pairs === undefined || pairs.length < LEAST_RECORDED_PAIRS) return undefined;
  if (!pairs.every((pair) => isMicros(pair.sidecarMicros) && isMicros(pair.baselineMicros))) return undefined;
  const figures = cpuFigures(pairs);
  const isSame =
    ratio === figures.ratio && sidecarMicros === figures.sidecarMicros && baselineMicros === figures.baselineMicros;
  return isSame ? ratio : undefined;
}
