/** Work that nobody waits for any more stops between two steps. */
import type { CallContext } from "../model/request.ts";
import { ServeError } from "../model/serve-error.ts";

/**
 * That only the slice is over is no reason: an answer is at hand.
 * @throws ServeError CANCELLED when the caller has left, DEADLINE_EXCEEDED after its own deadline
 */
export function refuseLeft(call: CallContext, monotonicMs: () => number): void {
  if (call.cancelled) throw new ServeError("CANCELLED", "The caller left before the answer was ready");
  // The clock costs 50 ns; a call without a deadline needs none.
  if (call.deadlineMs !== Number.POSITIVE_INFINITY && monotonicMs() >= call.deadlineMs)
    throw new ServeError("DEADLINE_EXCEEDED", "The deadline passed before the answer was ready");
}
