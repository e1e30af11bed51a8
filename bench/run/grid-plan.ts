/** Which cells a run of the grid measures. */
import { FEATURE_COUNTS } from "../data/shape.ts";
import type { KeyDistribution } from "../load/key-picker.ts";
import type { LoadMode } from "../load/load-plan.ts";
import type { ServerName } from "./servers.ts";

export interface Cell {
  readonly features: number;
  readonly rows: number;
  readonly keys: KeyDistribution;
  readonly mode: LoadMode;
}

export const ROW_COUNTS = [1, 10, 100, 1_000] as const;
const RATES: Readonly<Record<number, readonly number[]>> = {
  1: [500, 1_500, 2_500],
  10: [100, 300, 500],
  100: [20, 50, 100],
  1000: [2, 5, 10],
};

/** As in the table: ten calls in flight, four of a hundred rows and more. */
export function closedCell(features: number, rows: number, keys: KeyDistribution = "uniform"): Cell {
  return { features, rows, keys, mode: { kind: "closed", inFlight: rows >= 100 ? 4 : 10 } };
}

function openCells(features: number, rows: number, keys: KeyDistribution, rates: readonly number[]): Cell[] {
  return rates.map((ratePerSecond) => ({ features, rows, keys, mode: { kind: "open", ratePerSecond } }));
}

/** The cells whose CPU per call and memory have a bar. */
export const BAR_CELLS: readonly Cell[] = [
  closedCell(10, 1),
  closedCell(50, 1),
  closedCell(250, 1),
  closedCell(50, 100),
];

/** CPU per call in the four cells that have a bar and, for the cost per row, at 1,000 rows; latencies of 50 features at three rates. */
export function shortGrid(rates: readonly number[] = RATES[1] ?? []): Cell[] {
  return [...BAR_CELLS, closedCell(50, 1_000), ...openCells(50, 1, "uniform", rates)];
}

/** Every number of features × rows × kind of keys, closed and at three rates each. */
export function fullGrid(): Cell[] {
  const cells: Cell[] = [];
  for (const features of FEATURE_COUNTS) {
    for (const rows of ROW_COUNTS) {
      for (const keys of ["uniform", "zipf"] as const) {
        cells.push(closedCell(features, rows, keys), ...openCells(features, rows, keys, RATES[rows] ?? []));
      }
    }
  }
  return cells;
}

/**
 * Feast's Python servers are one process that serves some hundred calls a second at best: no rate of the grid can be asked of them, and
 * one round tells all. A thousand rows are asked of two servers only, except in the full grid.
 * @param round counted from 0
 */
export function isAsked(name: ServerName, { mode, rows }: Cell, round: number, full: boolean): boolean {
  if (name === "feast-listen" || name === "feast-serve") return mode.kind === "closed" && rows <= 100 && round === 0;
  return full || rows < 1_000 || name === "sidecar" || name === "baseline";
}

/** `50 features × 1 row, uniform keys, 10 in flight` */
export function cellTitle({ features, rows, keys, mode }: Cell): string {
  const load = mode.kind === "closed" ? `${mode.inFlight} in flight` : `${mode.ratePerSecond}/s`;
  return `${features} features × ${rows} ${rows === 1 ? "row" : "rows"}, ${keys} keys, ${load}`;
}
