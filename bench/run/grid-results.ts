/** What the grid writes: every run as measured, and one summary for each server and cell. */
import { LatencyHistogram } from "../../src/load/latency-histogram.ts";
import { type LoadResult, MAX_CLIENT_SHARE } from "../load/load-plan.ts";
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
  /** Of one core; over {@link MAX_CLIENT_SHARE} the run is void. */
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

/** Memory of sidecars that were started for one cell alone, one per round, when the last call had come back. */
export interface FreshMemory {
  readonly features: number;
  readonly rows: number;
  readonly rssBytes: readonly (number | null)[];
  /** Wrong answers and failed calls, in words. */
  readonly problems: readonly string[];
}

export interface GridResults {
  readonly machine: Machine;
  /** The sidecar's transport and V8 flags, and whose build it was. */
  readonly transport: string;
  readonly seconds: number;
  readonly cells: readonly CellResult[];
  /** Absent = it was not measured. */
  readonly memory?: readonly FreshMemory[];
}

/** The figures of a cell of which there is one per run. */
type PerRun = "perSecond" | "serverMicros" | "redisMicros" | "rssBytes" | "p50Ms" | "p99Ms" | "p999Ms";

export function summarize(server: ServerName, cell: Cell, runs: readonly LoadResult[]): CellResult {
  const pooled = LatencyHistogram.of(...runs.map(({ latencies }) => latencies));
  const histograms = runs.map(({ latencies }) => LatencyHistogram.of(latencies));
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
    // Upwards, so that the shares alone still tell which runs are void.
    clientShare: runs.map((run) => Math.ceil(run.clientShare * 1000) / 1000),
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

/** @param runs one of each fresh process */
export function summarizeMemory({ features, rows }: Cell, runs: readonly LoadResult[]): FreshMemory {
  const problems = runs.flatMap(({ wrong, problems, checked }) => [
    ...wrong,
    ...Object.entries(problems).map(([words, count]) => `${count} × ${words}`),
    ...(checked === 0 ? ["no answer was checked"] : []),
  ]);
  return { features, rows, rssBytes: runs.map((run) => run.serverRssBytes ?? null), problems };
}

/** Median over the runs; null when half of them have none. */
export function middle(values: readonly (number | null)[]): number | null {
  return finite(median(values.map((value) => value ?? Number.POSITIVE_INFINITY)));
}

/** Every run's client was too busy. */
export function isVoid({ clientShare }: CellResult): boolean {
  return clientShare.every((share) => share > MAX_CLIENT_SHARE);
}

/** Median over the runs that are not void, over all where every run is. */
export function figureOf(cell: CellResult, figure: PerRun): number | null {
  const valid = cell[figure].filter((_, run) => (cell.clientShare[run] as number) <= MAX_CLIENT_SHARE);
  return middle(valid.length > 0 ? valid : cell[figure]);
}

/** What must fail a run: answers that are wrong, or none at all. */
export function faults(cells: readonly CellResult[], memory: readonly FreshMemory[]): string[] {
  const found = cells.flatMap((cell) => {
    const where = `${cell.server}, ${cellTitle(cell)}`;
    const isFloor = cell.server === "echo" || cell.server === "redis";
    return [
      ...cell.wrongAnswers.map((words) => `${where}: wrong answer: ${words}`),
      ...Object.entries(cell.problems).map(([words, count]) => `${where}: ${count} × ${words}`),
      ...(isFloor || cell.checkedAnswers > 0 ? [] : [`${where}: no answer was checked`]),
    ];
  });
  return [...found, ...memory.flatMap(({ problems }) => problems.map((words) => `a fresh sidecar: ${words}`))];
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
