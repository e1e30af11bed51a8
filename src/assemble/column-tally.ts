/** Counts the cells of one column of many rows that are not just values that are there. */
import type { BoundRequest } from "../model/bound-request.ts";
import type { CellTally } from "../model/cell-tally.ts";
import { type CellBlock, type CellColumn, FieldStatus } from "./answer-cells.ts";
import { viewNameOf } from "./view-name.ts";

export class ColumnTally {
  readonly #bound: BoundRequest;
  readonly #tally: CellTally;

  constructor(bound: BoundRequest, tally: CellTally) {
    this.#bound = bound;
    this.#tally = tally;
  }

  count({ stride, spans, statuses, rowToKey }: CellBlock, column: CellColumn): void {
    const { slot } = column;
    const { rows, lookups } = this.#bound;
    let missing = 0;
    let nulls = 0;
    let expired = 0;
    for (let row = 0; row < rows; row += 1) {
      const key = rowToKey[row]!;
      const cell = key * stride + slot;
      const status = key < 0 ? FieldStatus.NOT_FOUND : statuses[cell];
      if (status === FieldStatus.NOT_FOUND || (status === FieldStatus.PRESENT && spans[2 * cell]! < 0)) missing += 1;
      else if (status === FieldStatus.OUTSIDE_MAX_AGE) expired += 1;
      else if (status === FieldStatus.PRESENT && spans[2 * cell] === spans[2 * cell + 1]) nulls += 1;
    }
    if (missing + nulls + expired > 0) this.#tally.add(viewNameOf(lookups, column), missing, nulls, expired);
  }
}
