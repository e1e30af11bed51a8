/** What the gate holds a run to. Pure: figures in, sentences out. */
import type { LoadResult } from "../load/load-plan.ts";
import { type CpuFigures, type CpuPair, cpuFigures, type PairMicros, validMicros, voidReasonsOf } from "./cpu-pairs.ts";
import type { GhzCalls } from "./ghz.ts";
import { median } from "./median.ts";

/** The whole slice of a prediction that the sidecar may take. */
const SLICE_MS = 10;
/** A machine on which the echo itself is slow cannot judge: the bar is never under twice the echo's P99. */
const CONTROL_FACTOR = 2;
const RATE_KEPT = 0.98;
/** CPU per call relative to the frozen baseline, against what was recorded. */
const RATIO_GROWTH = 1.25;
/** Of a round's pairs. */
const LEAST_VALID_SHARE = 0.5;

export interface GateRound {
  readonly sidecar: GhzCalls;
  /** The same load on the echo, in the same minute. */
  readonly control: GhzCalls;
  readonly pairs: readonly CpuPair[];
  /**
   * The sidecar's answers right before ghz's calls and right after them, at ghz's rate: ghz itself looks at none, and would take garbage
   * for good as long as it says OK.
   */
  readonly before: LoadResult;
  readonly after: LoadResult;
}

/** All that a run of the gate has measured. */
export interface GateRun {
  readonly rounds: readonly GateRound[];
  /** Taken after the rounds; none unless their ratio alone was over its bar. */
  readonly furtherPairs: readonly CpuPair[];
}

export interface GateBars {
  readonly ratePerSecond: number;
  /** Of a recorded run; undefined = none was recorded, Infinity = any will do. */
  readonly recordedRatio: number | undefined;
}

export interface GateFigures extends CpuFigures {
  readonly p99Ms: number;
  readonly barMs: number;
  readonly controlMs: number;
  /** The pairs that ratio and quartiles are taken over. */
  readonly pairs: readonly PairMicros[];
}

export interface GateVerdict {
  readonly figures: GateFigures;
  /** Why the gate fails; empty = it passes. */
  readonly failures: readonly string[];
  /** The ratio of CPU time is over its bar, and nothing else is wrong. */
  readonly isRatioAlone: boolean;
}

/** Why a round's figures say nothing; empty = it is valid. */
export function voidReasons({ pairs, before, after }: GateRound): string[] {
  const valid = validMicros(pairs).length;
  const ofPairs = [...new Set(pairs.flatMap(voidReasonsOf))].join("; ");
  const isEnough = valid > 0 && valid >= pairs.length * LEAST_VALID_SHARE;
  return [
    ...(isEnough ? [] : [`only ${valid} of ${pairs.length} pairs valid: ${ofPairs}`]),
    ...(before.void === undefined ? [] : [`before ghz: ${before.void}`]),
    ...(after.void === undefined ? [] : [`after ghz: ${after.void}`]),
  ];
}

/** Medians over the valid rounds, quartiles over their valid pairs and the further ones; NaN and Infinity when there is none. */
export function gateFigures({ rounds: all, furtherPairs }: GateRun): GateFigures {
  const rounds = all.filter((round) => voidReasons(round).length === 0);
  const controlMs = median(rounds.map(({ control }) => control.p99Ms));
  const pairs = validMicros([...rounds.flatMap((round) => round.pairs), ...furtherPairs]);
  return {
    p99Ms: median(rounds.map(({ sidecar }) => sidecar.p99Ms)),
    barMs: Math.max(SLICE_MS, CONTROL_FACTOR * controlMs),
    controlMs,
    pairs,
    ...cpuFigures(pairs),
  };
}

/** Figures are those of the valid rounds and pairs; what was answered counts in all of them. */
export function judgeGate(run: GateRun, bars: GateBars): GateVerdict {
  const figures = gateFigures(run);
  const { rounds } = run;
  const failures = [
    ...rounds.flatMap((round, index) => answerFailures(`round ${index + 1}`, round, bars.ratePerSecond)),
    ...run.furtherPairs.flatMap((pair, index) => pairFailures(`further pair ${index + 1}`, pair)),
  ];
  if (rounds.every((round) => voidReasons(round).length > 0)) {
    const reasons = [...new Set(rounds.flatMap(voidReasons))].join("; ");
    failures.push(`no round of ${rounds.length} was valid, so nothing was judged: ${reasons}`);
    return { figures, failures, isRatioAlone: false };
  }
  const { p99Ms, barMs, controlMs } = figures;
  if (!(p99Ms <= barMs)) {
    failures.push(
      `P99 is ${p99Ms.toFixed(2)} ms in the median, over ${barMs.toFixed(2)} ms (the slice of ${SLICE_MS} ms, or twice the echo's ${controlMs.toFixed(2)} ms)`,
    );
  }
  const ofRatio = ratioFailures(figures, bars.recordedRatio);
  const isRatioAlone = ofRatio.length > 0 && failures.length === 0 && bars.recordedRatio !== undefined;
  return { figures, failures: [...failures, ...ofRatio], isRatioAlone };
}

function answerFailures(where: string, round: GateRound, ratePerSecond: number): string[] {
  const { sidecar, pairs, before, after } = round;
  const failures: string[] = [];
  if (sidecar.notOk > 0)
    failures.push(
      `${where}: ${sidecar.notOk} of ${sidecar.calls} calls were not OK: ${Object.keys(sidecar.problems).slice(0, 3).join("; ")}`,
    );
  if (sidecar.perSecond < ratePerSecond * RATE_KEPT) {
    failures.push(`${where}: the offered rate was not kept: ${sidecar.perSecond.toFixed(1)}/s of ${ratePerSecond}/s`);
  }
  return [
    ...failures,
    ...pairs.flatMap((pair, index) => pairFailures(`${where}, pair ${index + 1}`, pair)),
    ...loadFailures(`${where}, before ghz`, before),
    ...loadFailures(`${where}, after ghz`, after),
  ];
}

function pairFailures(where: string, { sidecar, baseline }: CpuPair): string[] {
  return [...loadFailures(`${where}, sidecar`, sidecar), ...loadFailures(`${where}, baseline`, baseline)];
}

function loadFailures(where: string, { wrong, problems, checked }: LoadResult): string[] {
  return [
    ...wrong.map((words) => `${where}: a sampled answer is wrong: ${words}`),
    ...Object.entries(problems).map(([words, count]) => `${where}: ${count} calls failed: ${words}`),
    ...(checked === 0 ? [`${where}: no answer was checked`] : []),
  ];
}

function ratioFailures(figures: GateFigures, recordedRatio: number | undefined): string[] {
  const { ratio, sidecarMicros, baselineMicros, pairs } = figures;
  if (recordedRatio === undefined) {
    return [
      "no ratio of CPU time was recorded in bench/results/recorded.json, or another statistic: run scripts/ghz-gate.sh --record and check the file in",
    ];
  }
  if (ratio <= recordedRatio * RATIO_GROWTH) return [];
  return [
    `CPU per call is ${ratio.toFixed(3)} of the baseline's (lower quartiles of ${pairs.length} pairs, ${sidecarMicros.toFixed(1)} of ${baselineMicros.toFixed(1)} µs), ` +
      `more than ${RATIO_GROWTH} × the recorded ${recordedRatio.toFixed(3)}`,
  ];
}
