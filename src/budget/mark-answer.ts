/** The marks that an answer takes along when it is not as it should be. */
import type { BoundRequest } from "../model/bound-request.ts";
import type { Degradation } from "../model/degradation.ts";
import type { RowBlock } from "../model/lookup.ts";
import type { CallContext } from "../model/request.ts";

const NONE: readonly Degradation[] = [];

export function mark(call: CallContext, marks: readonly Degradation[]): void {
  if (marks.length === 0) return;
  call.degraded ??= [];
  call.degraded.push(...marks);
}

/** Rows of a replica that is known to be behind are served where there is nothing better, and said to be stale. @returns the marks */
export function markLag(
  { lookups }: BoundRequest,
  blocks: readonly RowBlock[],
  call: CallContext,
): readonly Degradation[] {
  let marks = NONE;
  for (let index = 0; index < blocks.length; index += 1) {
    const { lagMs } = blocks[index]!;
    if (!lagMs) continue;
    const { shape, keys } = lookups[index]!;
    const ageMs = Number.isFinite(lagMs) ? lagMs : undefined;
    const rows = keys.length;
    marks = [
      ...marks,
      ...shape.views.map(({ storageName: view, featureNames }): Degradation => {
        return { view, policy: "stale", reason: "lag", rows, cells: rows * featureNames.length, ageMs };
      }),
    ];
  }
  mark(call, marks);
  return marks;
}
