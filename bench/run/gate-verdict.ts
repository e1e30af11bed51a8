/** What the gate holds a run to. Pure: figures in, sentences out. */
import type { LoadResult } from "../load/load-plan.ts";
import type { GhzCalls } from "./ghz.ts";
import { median } from "./median.ts";

/** The whole slice of a prediction that the sidecar may take. */
const SLICE_MS = 10;
/** A machine on which the echo itself is slow cannot judge: the bar is never under twice the echo's P99. */
const CONTROL_FACTOR = 2;
const RATE_KEPT = 0.98;
/** CPU per call relative to the frozen baseline, against what was recorded. */
const RATIO_GROWTH = 1.25;

export interface GateRound {
  readonly sidecar: GhzCalls;
  /** The same load on the echo, in the same minute. */
  readonly control: GhzCalls;
  readonly sidecarLoad: LoadResult;
  readonly baselineLoad: LoadResult;
  /**
   * The sidecar's answers right before ghz's calls and right after them, at ghz's rate: ghz itself looks at none, and would take garbage
   * for good as long as it says OK.
   */
  readonly before: LoadResult;
  readonly after: LoadResult;
}

/** Why a round's figures say nothing; empty = it is valid. */
export function voidReasons({ sidecarLoad, baselineLoad, before, after }: GateRound): string[] {
  const named = { sidecar: sidecarLoad, baseline: baselineLoad, "before ghz": before, "after ghz": after };
  return Object.entries(named).flatMap(([name, load]) => (load.void === undefined ? [] : [`${name}: ${load.void}`]));
}

export interface GateFigures {
  readonly p99Ms: number;
  readonly barMs: number;
  readonly controlMs: number;
  /** CPU per call of the sidecar over that of the baseline, each round. */
  readonly ratios: readonly number[];
  /**
   * The median of them: what is recorded, and what is judged. The best would be decided by the baseline's worst round: on a busy machine
   * that one scatters more than the sidecar does.
   */
  readonly middleRatio: number;
  readonly sidecarMicros: number;
  readonly baselineMicros: number;
}

/** Medians over the valid rounds; NaN and Infinity when there is none. */
export function gateFigures(all: readonly GateRound[]): GateFigures {
  const rounds = all.filter((round) => voidReasons(round).length === 0);
  const controlMs = median(rounds.map(({ control }) => control.p99Ms));
  const ratios = rounds.map(({ sidecarLoad, baselineLoad }) => microsOf(sidecarLoad) / microsOf(baselineLoad));
  return {
    p99Ms: median(rounds.map(({ sidecar }) => sidecar.p99Ms)),
    barMs: Math.max(SLICE_MS, CONTROL_FACTOR * controlMs),
    controlMs,
    ratios,
    middleRatio: median(ratios),
    sidecarMicros: median(rounds.map(({ sidecarLoad }) => microsOf(sidecarLoad))),
    baselineMicros: median(rounds.map(({ baselineLoad }) => microsOf(baselineLoad))),
  };
}

/**
 * Figures are those of the valid rounds; what was answered counts in all of them.
 * @param recordedRatio the median of a recorded run; undefined = none was recorded @returns why the gate fails; empty = it passes
 */
export function gateFailures(
  rounds: readonly GateRound[],
  ratePerSecond: number,
  recordedRatio: number | undefined,
): string[] {
  const { p99Ms, barMs, controlMs, middleRatio } = gateFigures(rounds);
  const failures: string[] = [];
  for (const [index, { sidecar, sidecarLoad, baselineLoad, before, after }] of rounds.entries()) {
    const where = `round ${index + 1}`;
    if (sidecar.notOk > 0)
      failures.push(
        `${where}: ${sidecar.notOk} of ${sidecar.calls} calls were not OK: ${Object.keys(sidecar.problems).slice(0, 3).join("; ")}`,
      );
    if (sidecar.perSecond < ratePerSecond * RATE_KEPT) {
      failures.push(`${where}: the offered rate was not kept: ${sidecar.perSecond.toFixed(1)}/s of ${ratePerSecond}/s`);
    }
    failures.push(
      ...loadFailures(`${where}, sidecar`, sidecarLoad),
      ...loadFailures(`${where}, baseline`, baselineLoad),
      ...loadFailures(`${where}, before ghz`, before),
      ...loadFailures(`${where}, after ghz`, after),
    );
  }
  if (rounds.every((round) => voidReasons(round).length > 0)) {
    const reasons = [...new Set(rounds.flatMap(voidReasons))].join("; ");
    failures.push(`no round of ${rounds.length} was valid, so nothing was judged: ${reasons}`);
    return failures;
  }
  if (!(p99Ms <= barMs)) {
    failures.push(
      `P99 is ${p99Ms.toFixed(2)} ms in the median, over ${barMs.toFixed(2)} ms (the slice of ${SLICE_MS} ms, or twice the echo's ${controlMs.toFixed(2)} ms)`,
    );
  }
  if (recordedRatio === undefined) {
    failures.push(
      "no ratio of CPU time was recorded in bench/results/recorded.json: run scripts/ghz-gate.sh --record and check the file in",
    );
  } else if (!(middleRatio <= recordedRatio * RATIO_GROWTH)) {
    failures.push(
      `CPU per call is ${middleRatio.toFixed(2)} of the baseline's in the median, more than ${RATIO_GROWTH} × the recorded median, ${recordedRatio.toFixed(2)}`,
    );
  }
  return failures;
}

function loadFailures(where: string, { wrong, problems, checked }: LoadResult): string[] {
  return [
    ...wrong.map((words) => `${where}: a sampled answer is wrong: ${words}`),
    ...Object.entries(problems).map(([words, count]) => `${where}: ${count} calls failed: ${words}`),
    ...(checked === 0 ? [`${where}: no answer was checked`] : []),
  ];
}

function microsOf({ serverMicros }: LoadResult): number {
  return serverMicros ?? Number.NaN;
}
