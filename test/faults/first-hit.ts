/** Which call is the first that a fault hits: windows go by the time when a call was due, and the fault hits what is in flight as well. */
import type { JudgedCall } from "./judge-calls.ts";

/**
 * Where the time before a fault ends and the fault begins. A failed call that had ended before the fault has nothing to do with it, and stays
 * before whatever is returned.
 * @param calls in the order in which they were due
 * @param faultMs when the fault was made
 * @param withinMs only a call due so shortly before it may count as hit
 * @returns when the first call was due that was in flight at the fault; `faultMs` without one
 */
export function firstHitMs(calls: readonly JudgedCall[], faultMs: number, withinMs: number): number {
  let hitMs: number | undefined;
  for (const { dueMs, latencyMs, outcome } of calls) {
    if (dueMs >= faultMs) break;
    const isInFlight = dueMs + latencyMs > faultMs;
    if (!isInFlight && outcome !== "ok") hitMs = undefined;
    else if (isInFlight && dueMs >= faultMs - withinMs) hitMs ??= dueMs;
  }
  return hitMs ?? faultMs;
}
