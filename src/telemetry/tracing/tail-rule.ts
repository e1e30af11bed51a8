/** Which calls are kept as traces though nobody sampled them: those that somebody will ask about. */
import type { CallContext } from "../../model/request.ts";
import type { RequestOutcome } from "../recorder.ts";

/** Traces a second, and how many may come at once after a quiet time. */
const PER_SECOND = 10;
const BURST = 20;
/** What a caller did wrong is nothing to trace. */
const CALLERS_MISTAKES: ReadonlySet<RequestOutcome> = new Set([
  "INVALID_ARGUMENT",
  "NOT_FOUND",
  "FAILED_PRECONDITION",
  "UNIMPLEMENTED",
]);

export class TailRule {
  readonly #slowMs: number;
  #tokens = BURST;
  #filledMs = 0;
  /** Calls that were to be kept and were too many. */
  dropped = 0;

  /** @param slowMs calls that take longer are slow */
  constructor(slowMs: number) {
    this.#slowMs = slowMs;
  }

  /** @returns true = keep it; the first reason that holds: failed, degraded, hedged, slow */
  keeps(outcome: RequestOutcome, call: CallContext, tookMs: number, nowMs: number): boolean {
    const isWorthIt =
      (outcome !== "OK" && !CALLERS_MISTAKES.has(outcome)) ||
      (call.degraded !== undefined && call.degraded.length > 0) ||
      call.attempts?.some(({ kind }) => kind === "hedge") === true ||
      tookMs > this.#slowMs;
    return isWorthIt && this.#take(nowMs);
  }

  #take(nowMs: number): boolean {
    this.#tokens = Math.min(BURST, this.#tokens + ((nowMs - this.#filledMs) / 1000) * PER_SECOND);
    this.#filledMs = nowMs;
    if (this.#tokens < 1) {
      this.dropped += 1;
      return false;
    }
    this.#tokens -= 1;
    return true;
  }
}
