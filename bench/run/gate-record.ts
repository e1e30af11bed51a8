/** bench/results/recorded.json: the ratio of CPU time that later runs of the gate are held to, and where it comes from. */
import type { GateFigures } from "./gate-verdict.ts";
import type { Machine } from "./machine.ts";
import { median } from "./median.ts";

/** The median of fewer rounds is not steady enough to hold others to. */
export const LEAST_RECORDED_ROUNDS = 5;

export interface Recorded {
  /** The median of {@link ratios}, as the gate judges the median of its own. */
  readonly middleRatio: number;
  /** Sidecar's CPU per call over the baseline's, each valid round. */
  readonly ratios: readonly number[];
  /** Medians, for the reader. */
  readonly sidecarMicros: number;
  readonly baselineMicros: number;
  /** The sidecar's transport and V8 flags, and whose build it was. */
  readonly transport: string;
  readonly machine: Machine;
}

/** @throws Error when fewer than five rounds were valid */
export function recordOf(figures: GateFigures, transport: string, machine: Machine): Recorded {
  const { middleRatio, ratios, sidecarMicros, baselineMicros } = figures;
  if (ratios.length < LEAST_RECORDED_ROUNDS) {
    throw new Error(`only ${ratios.length} rounds were valid, and ${LEAST_RECORDED_ROUNDS} are needed to record`);
  }
  return { middleRatio, ratios, sidecarMicros, baselineMicros, transport, machine };
}

/** @param text of the file @returns the recorded median; undefined when it holds another statistic, or one of too few rounds */
export function recordedRatio(text: string): number | undefined {
  const { ratios, middleRatio } = JSON.parse(text) as Partial<Recorded>;
  if (ratios === undefined || ratios.length < LEAST_RECORDED_ROUNDS) return undefined;
  return middleRatio === median(ratios) && middleRatio > 0 ? middleRatio : undefined;
}
