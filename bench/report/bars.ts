/** The bars that the project set itself, and what was measured against each. Pure: results in, figures out. */
import type { ExtrasResults } from "../run/extras-results.ts";
import { BAR_CELLS, type Cell, closedCell } from "../run/grid-plan.ts";
import { type CellResult, figureOf, type GridResults, isVoid, middle } from "../run/grid-results.ts";
import { SERVER_TITLES, type ServerName } from "../run/servers.ts";

/** CPU per call of the sidecar over that of the baseline, in the order of {@link BAR_CELLS}. */
const RATIO_BARS = [0.2, 0.25, 0.286, 0.2];
const ROW_COST_BAR = 1.15;
const RATES = [500, 1_500, 2_500];
const ECHO_FACTOR = 2;
const RSS_BAR_MB = 120;
const READY_BAR_MS = 500;
const FIRST_CALLS_BAR_MS = 5;
const BESIDE_BAR_MS = 3;

export type Verdict = "reached" | "not reached" | "not measured" | "not judged";

interface Outcome {
  /** The figure in words, or why there is none. */
  readonly measured: string;
  readonly verdict: Verdict;
}

export interface BarFigure extends Outcome {
  /** Names it in bench/results/remarks.json. */
  readonly id: string;
  readonly what: string;
  readonly bar: string;
}

/** Every bar, measured or not, always the same ones in the same order. @param extras undefined = bench/extras.ts was not run */
export function barFigures(results: GridResults, extras: ExtrasResults | undefined): BarFigure[] {
  return [
    ...BAR_CELLS.map((cell, index) => ratioBar(results, cell, RATIO_BARS[index] as number)),
    rowCostBar(results),
    ...RATES.map((rate) => p99Bar(results, rate)),
    ...RATES.map((rate) => p999Bar(results, rate)),
    ...BAR_CELLS.map((cell) => rssBar(results, cell)),
    ...extrasBars(extras),
  ];
}

function ratioBar(results: GridResults, cell: Cell, most: number): BarFigure {
  const { features, rows } = cell;
  return {
    id: `cpu-${features}x${rows}`,
    what: `CPU per call, ${features} × ${rows}, over the baseline's`,
    bar: `≤ ${most}`,
    ...compare(results, ["sidecar", "baseline"], cell, ([sidecar, baseline]) => {
      const ratio = micros(sidecar) / micros(baseline);
      return judged(ratio, most, ratio.toFixed(3));
    }),
  };
}

function rowCostBar(results: GridResults): BarFigure {
  const perRow = (rows: number): number | Outcome => {
    const found = usable(results, "sidecar", closedCell(50, rows));
    return "measured" in found ? found : micros(found) / rows;
  };
  const [small, large] = [perRow(100), perRow(1_000)];
  const outcome = (): Outcome => {
    if (typeof small !== "number") return small;
    if (typeof large !== "number") return large;
    const ratio = large / small;
    return judged(
      ratio,
      ROW_COST_BAR,
      `${ratio.toFixed(2)} (${large.toFixed(1)} µs a row, ${small.toFixed(1)} at 100)`,
    );
  };
  return {
    id: "cost-per-row",
    what: "cost per row of 50 features at 1,000 rows, over that at 100",
    bar: `≤ ${ROW_COST_BAR}`,
    ...outcome(),
  };
}

function p99Bar(results: GridResults, ratePerSecond: number): BarFigure {
  const cell = openCell(ratePerSecond);
  const others: ServerName[] = ["baseline", "feast-listen", "feast-serve", "feast-go", "feast-java"];
  const present = others.filter((name) => find(results, name, cell) !== undefined);
  const outcome = (): Outcome => {
    if (present.length === 0) return { measured: "no other server at this rate", verdict: "not measured" };
    return compare(results, ["sidecar", ...present], cell, ([sidecar, ...rest]) => {
      const [best] = [...rest].sort((a, b) => latency(a, "p99Ms") - latency(b, "p99Ms")) as [CellResult];
      const words = `${shownLatency(sidecar, "p99Ms")}; the lowest other ${shownLatency(best, "p99Ms")} (${SERVER_TITLES[best.server]})`;
      return judged(latency(sidecar, "p99Ms"), latency(best, "p99Ms"), words);
    });
  };
  return {
    id: `p99-${ratePerSecond}`,
    what: `P99 of 50 × 1 at ${ratePerSecond}/s`,
    bar: "≤ any other server's",
    ...outcome(),
  };
}

function p999Bar(results: GridResults, ratePerSecond: number): BarFigure {
  return {
    id: `p999-${ratePerSecond}`,
    what: `P99.9 of 50 × 1 at ${ratePerSecond}/s`,
    bar: `≤ ${ECHO_FACTOR} × the echo's`,
    ...compare(results, ["sidecar", "echo"], openCell(ratePerSecond), ([sidecar, echo]) => {
      const words = `${shownLatency(sidecar, "p999Ms")}; the echo's ${shownLatency(echo, "p999Ms")}`;
      return judged(latency(sidecar, "p999Ms"), ECHO_FACTOR * latency(echo, "p999Ms"), words);
    }),
  };
}

function rssBar({ memory }: GridResults, { features, rows }: Cell): BarFigure {
  const found = memory?.find((each) => each.features === features && each.rows === rows);
  const bytes = found === undefined ? null : middle(found.rssBytes);
  const outcome = (): Outcome => {
    if (bytes === null) return { measured: "", verdict: "not measured" };
    if (found?.problems.length !== 0) return { measured: "calls failed or answers were wrong", verdict: "not judged" };
    return judged(bytes / 1e6, RSS_BAR_MB, `${(bytes / 1e6).toFixed(0)} MB`);
  };
  return {
    id: `rss-${features}x${rows}`,
    what: `RSS of a fresh process under ${features} × ${rows}`,
    bar: `≤ ${RSS_BAR_MB} MB`,
    ...outcome(),
  };
}

function extrasBars(extras: ExtrasResults | undefined): BarFigure[] {
  const outcome = (most: number, value: number | null | undefined, more = ""): Outcome =>
    typeof value === "number"
      ? judged(value, most, `${value.toFixed(1)} ms${more}`)
      : { measured: "", verdict: "not measured" };
  // Runs from before there was a control have none.
  const control: number | null | undefined = extras?.addedToBareRedisP99Ms;
  const beside = `; the control, bare Redis: ${typeof control === "number" ? `${control.toFixed(1)} ms` : "not measured"}`;
  return [
    {
      id: "ready",
      what: "from start to ready",
      bar: `≤ ${READY_BAR_MS} ms`,
      ...outcome(READY_BAR_MS, extras?.readyMs),
    },
    {
      id: "first-calls",
      what: "P99 of the first hundred calls",
      bar: `≤ ${FIRST_CALLS_BAR_MS} ms`,
      ...outcome(FIRST_CALLS_BAR_MS, extras?.firstCallsP99Ms),
    },
    {
      id: "large-beside-small",
      what: "added to the P99 of single rows by 1,000-row requests beside them",
      bar: `≤ ${BESIDE_BAR_MS} ms`,
      ...outcome(BESIDE_BAR_MS, extras?.addedP99Ms, beside),
    },
  ];
}

function openCell(ratePerSecond: number): Cell {
  return { features: 50, rows: 1, keys: "uniform", mode: { kind: "open", ratePerSecond } };
}

/** Failed calls make a figure infinite, and that reaches nothing, whatever it is compared with. */
function judged(value: number, most: number, measured: string): Outcome {
  return { measured, verdict: Number.isFinite(value) && value <= most ? "reached" : "not reached" };
}

/** The first thing that is missing or says nothing, or what `judge` makes of all cells. */
function compare(
  results: GridResults,
  names: readonly ServerName[],
  cell: Cell,
  judge: (cells: readonly [CellResult, CellResult, ...CellResult[]]) => Outcome,
): Outcome {
  const cells: CellResult[] = [];
  for (const name of names) {
    const found = usable(results, name, cell);
    if ("measured" in found) return found;
    cells.push(found);
  }
  return judge(cells as [CellResult, CellResult]);
}

function usable(results: GridResults, name: ServerName, cell: Cell): CellResult | Outcome {
  const found = find(results, name, cell);
  if (found === undefined) return { measured: "", verdict: "not measured" };
  const title = SERVER_TITLES[name];
  if (isVoid(found)) return { measured: `every run of ${title} is void`, verdict: "not judged" };
  if (found.wrongAnswers.length > 0) return { measured: `${title}: wrong answers`, verdict: "not judged" };
  // Of a latency failed calls are part: they count as infinitely slow.
  if (cell.mode.kind === "closed" && Object.keys(found.problems).length > 0) {
    return { measured: `${title}: calls failed`, verdict: "not judged" };
  }
  return found;
}

function find({ cells }: GridResults, name: ServerName, { features, rows, keys, mode }: Cell): CellResult | undefined {
  const load = JSON.stringify(mode);
  return cells.find(
    (cell) =>
      cell.server === name &&
      cell.features === features &&
      cell.rows === rows &&
      cell.keys === keys &&
      JSON.stringify(cell.mode) === load,
  );
}

function micros(cell: CellResult): number {
  return figureOf(cell, "serverMicros") ?? Number.NaN;
}

function latency(cell: CellResult, figure: "p99Ms" | "p999Ms"): number {
  return figureOf(cell, figure) ?? Number.POSITIVE_INFINITY;
}

function shownLatency(cell: CellResult, figure: "p99Ms" | "p999Ms"): string {
  const value = latency(cell, figure);
  const solid = figure === "p99Ms" ? cell.p99Solid : cell.p999Solid;
  return `${solid ? "" : "~"}${Number.isFinite(value) ? value.toFixed(2) : "∞"} ms`;
}
