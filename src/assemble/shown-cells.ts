/** Statuses of rows that stand in for others which could not be had in time (model/lookup.ts: Shown). */
import type { OutputFeature } from "../model/bound-request.ts";
import { type RowBlock, Shown } from "../model/lookup.ts";
import { FieldStatus } from "./answer-cells.ts";

export function hasStandIns(blocks: readonly RowBlock[]): boolean {
  for (let index = 0; index < blocks.length; index += 1) if (blocks[index]!.shown !== undefined) return true;
  return false;
}

/**
 * Corrects the statuses of one column: what is shown instead is there whatever its age, what is unset is invalid.
 * @param statuses of all cells of the block, by key × stride + slot
 */
export function showStandIns(
  { view, slot }: OutputFeature,
  block: RowBlock,
  stride: number,
  statuses: Uint8Array,
): void {
  const { shown, sourcesPerKey: views = 1 } = block;
  if (shown === undefined) return;
  for (let key = 0, cell = slot; cell < statuses.length; key += 1, cell += stride) {
    const how = shown[key * views + view];
    if (how === Shown.UNSET) statuses[cell] = FieldStatus.INVALID;
    else if (how === Shown.INSTEAD && statuses[cell] === FieldStatus.OUTSIDE_MAX_AGE)
      statuses[cell] = FieldStatus.PRESENT;
  }
}
