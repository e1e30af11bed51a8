/** What the grid writes: every run as measured, and one summary for each server and cell. */
import { LatencyHistogram } from "../load/latency-histogram.ts";
import type { LoadResult } from "../load/load-plan.ts";
import { type Cell, cellTitle } from "./grid-plan.ts";
import type { Machine } from "./machine.ts";
import { median } from "./median.ts";
import type { ServerName } from "./servers.ts";

/** Below this many calls above it, a percentile is an anecdote. */
const SAMPLES_ABOVE = 100;

/** One number per run, in the order of the rounds. */
export interface CellResult extends Cell {
  readonly server: ServerName;
  readonly calls: readonly number[];
  readonly perSecond: readonly number[];
  readonly serverMicros: readonly (number | null)[];
  readonly redisMicros: readonly (number | null)[];
  readonly rssBytes: readonly (number | null)[];
  readonly clientShare: readonly number[];
  /** Milliseconds; null = among the failed calls, which count as infinitely slow. */
  readonly p50Ms: readonly (number | null)[];
  readonly p99Ms: readonly (number | null)[];
  readonly p999Ms: readonly (number | null)[];
  /** Of all runs together. */
  readonly pooledP99Ms: number | null;
  readonly pooledP999Ms: number | null;
  /** The pooled percentiles have at least 100 calls above them. */
  readonly p99Solid: boolean;
  readonly p999Solid: boolean;
  readonly problems: Readonly<Record<string, number>>;
  readonly checkedAnswers: number;
  readonly wrongAnswers: readonly string[];
  /** Reasons of the runs that say nothing. */
  readonly void: readonly string[];
}

export interface GridResults {
  readonly machine: Machine;
  /** What the sidecar ran with, when it was chosen. */
  readonly transport: string;
  readonly seconds: number;
  readonly cells: readonly CellResult[];
}

export function summarize(server: ServerName, cell: Cell, runs: readonly LoadResult[]): CellResult {
  const pooled = new LatencyHistogram();
  const histograms = runs.map(({ latencies }) => {
    pooled.add(latencies);
    const own = new LatencyHistogram();
    own.add(latencies);
    return own;
  });
  const problems: Record<string, number> = {};
  for (const run of runs) {
    for (const [problem, count] of Object.entries(run.problems)) problems[problem] = (problems[problem] ?? 0) + count;
  }
  return {
    server,
    ...cell,
    calls: runs.map((run) => run.calls),
    perSecond: runs.map((run) => rounded(run.perSecond)),
    serverMicros: runs.map((run) => (run.serverMicros === undefined ? null : rounded(run.serverMicros))),
    redisMicros: runs.map((run) => (run.redisMicros === undefined ? null : rounded(run.redisMicros))),
    rssBytes: runs.map((run) => run.serverRssBytes ?? null),
    clientShare: runs.map((run) => Math.round(run.clientShare * 1000) / 1000),
    p50Ms: histograms.map((each) => finite(each.percentileMs(0.5))),
    p99Ms: histograms.map((each) => finite(each.percentileMs(0.99))),
    p999Ms: histograms.map((each) => finite(each.percentileMs(0.999))),
    pooledP99Ms: finite(pooled.percentileMs(0.99)),
    pooledP999Ms: finite(pooled.percentileMs(0.999)),
    p99Solid: pooled.total * 0.01 >= SAMPLES_ABOVE,
    p999Solid: pooled.total * 0.001 >= SAMPLES_ABOVE,
    problems,
    checkedAnswers: runs.reduce((sum, run) => sum + run.checked, 0),
    wrongAnswers: runs.flatMap((run) => run.wrong),
    void: runs.flatMap((run) => (run.void === undefined ? [] : [run.void])),
  };
}

/** Median over the runs; null when half of them have none. */
export function middle(values: readonly (number | null)[]): number | null {
  return finite(median(values.map((value) => value ?? Number.POSITIVE_INFINITY)));
}

/** What must fail a run: answers that are wrong, or none at all. */
export function faults(cells: readonly CellResult[]): string[] {
  return cells.flatMap((cell) => {
    const where = `${cell.server}, ${cellTitle(cell)}`;
    const wrong = cell.wrongAnswers.map((words) => `${where}: wrong answer: ${words}`);
    return [...wrong, ...Object.entries(cell.problems).map(([words, count]) => `${where}: ${count} × ${words}`)];
  });
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
