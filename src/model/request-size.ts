/** How much a request asks for, where that decides how it is served. */
import type { BoundRequest } from "./bound-request.ts";
import { MOST_SMALL_CELLS } from "./lookup.ts";

/** Answers above this many cells are made in slices: 10,000 cells take about 0.5 ms as protobuf and 2.5 ms as JSON. */
const LARGE_CELLS = 10_000;
/** Requests of more rows are bound in slices: 1,000 keys take about 0.5 ms. */
export const LARGE_ROWS = 1_000;

/** Rows × features. */
export function cellsOf({ rows, shape }: BoundRequest): number {
  return rows * shape.outputs.length;
}

export function isLarge(bound: BoundRequest): boolean {
  return bound.rows > LARGE_ROWS || cellsOf(bound) > LARGE_CELLS;
}

/** One row alone makes a large read, whose changes would not be told. */
export function hasWideRow({ lookups }: BoundRequest): boolean {
  for (let index = 0; index < lookups.length; index += 1) {
    if (lookups[index]!.shape.stride > MOST_SMALL_CELLS) return true;
  }
  return false;
}
