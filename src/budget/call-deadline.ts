/** By when a call is to be answered. */
import type { BudgetSettings } from "../model/budget-settings.ts";
import type { CallContext } from "../model/request.ts";

/**
 * The earlier of what the caller gives, less the reserve, and of the slice, which grows with requests beyond the envelope. Batches have
 * their caller's deadline only.
 * @param cells rows × features
 * @returns monotonic milliseconds, the scale of `call.deadlineMs`; Infinity = whenever it is done
 */
export function answerByMs(
  call: Pick<CallContext, "startMs" | "deadlineMs" | "priority">,
  cells: number,
  {
    sliceMs,
    sliceBinds,
    reserveMs,
    envelopeCells,
  }: Pick<BudgetSettings, "sliceMs" | "sliceBinds" | "reserveMs" | "envelopeCells">,
): number {
  const callerMs = call.deadlineMs - reserveMs;
  if (call.priority === "batch" || !sliceBinds) return callerMs;
  const ownMs = cells <= envelopeCells ? sliceMs : (sliceMs * cells) / envelopeCells;
  return Math.min(callerMs, call.startMs + ownMs);
}
