/** Which rows were read for callers that had left. Pure. */
import type { LeavingCall } from "./leaving-call.ts";
import type { AskedRow } from "./stamp-file.ts";

export interface LeavingCounts {
  /** Calls that left and had been read for before. */
  readonly left: number;
  /** Rows asked for after the turn in which their caller was known to have left. */
  readonly readsAfter: number;
  /** Rows of callers that stayed which were asked for a second time: what would show if nobody noticed that callers leave. */
  readonly repeats: number;
}

/** @param leftMs when the sidecar knew that the caller had given up; undefined = the caller stayed */
export function countReads(
  calls: readonly LeavingCall[],
  leftMs: (call: LeavingCall) => number | undefined,
  rows: readonly AskedRow[],
): LeavingCounts {
  const callOf = new Map<number, LeavingCall>();
  for (const call of calls) for (let row = 0; row < call.rows; row += 1) callOf.set(call.firstEntity + row, call);
  const seen = new Set<number>();
  const left = new Set<LeavingCall>();
  let readsAfter = 0;
  let repeats = 0;
  for (const { entity, askedMs } of rows) {
    const call = callOf.get(entity);
    if (call === undefined) continue;
    const goneMs = leftMs(call);
    if (goneMs === undefined) repeats += seen.has(entity) ? 1 : 0;
    else if (askedMs > goneMs) readsAfter += 1;
    else left.add(call);
    seen.add(entity);
  }
  return { left: left.size, readsAfter, repeats };
}
