/** Deadline and cancellation of one call as `serve` gets them, and the marks that it leaves on the answer. */
import type { Degradation } from "../model/degradation.ts";
import { Ledger } from "../model/ledger.ts";
import type { ReadAttempt } from "../model/read-attempt.ts";
import type { AnswerTrailer, CallContext, Priority } from "../model/request.ts";
import { ServeError } from "../model/serve-error.ts";

/** Metadata key and HTTP header by which a caller says how long it will wait, in milliseconds (decimals allowed). */
export const TIMEOUT_HEADER = "feast-sidecar-timeout-ms";

/** Metadata key and HTTP header by which a caller says that nobody waits for the answer: `batch` or `shadow`. */
export const PRIORITY_HEADER = "feast-sidecar-priority";

/** Metadata key and HTTP header by which a caller asks where the time went: `1`. */
export const DEBUG_HEADER = "feast-sidecar-debug";

/** What the calls of all transports have in common. */
export class TransportCall implements CallContext {
  readonly startMs: number;
  readonly deadlineMs: number;
  cancelled = false;
  priority: Priority = "live";
  isDebug = false;
  attempts: ReadAttempt[] | undefined = undefined;
  traceparent = "";
  traceBin = "";
  readonly ledger: Ledger;
  degraded: Degradation[] | undefined = undefined;
  trailers: AnswerTrailer[] | undefined = undefined;

  /** @param startMs `performance.now()` milliseconds @param timeoutMs from then on, Infinity = the caller waits for ever */
  constructor(startMs: number, timeoutMs: number) {
    this.startMs = startMs;
    this.deadlineMs = startMs + timeoutMs;
    this.ledger = new Ledger(startMs);
  }
}

/**
 * The value of {@link TIMEOUT_HEADER} as milliseconds from now; undefined or "" = none given.
 * @throws ServeError INVALID_ARGUMENT when it is not a plain decimal number
 */
export function parseTimeoutMs(text: string | undefined): number {
  if (text === undefined || text === "") return Number.POSITIVE_INFINITY;
  if (!/^\d{1,12}(\.\d{1,9})?$/.test(text)) {
    throw new ServeError(
      "INVALID_ARGUMENT",
      `${TIMEOUT_HEADER} is '${text.slice(0, 40)}': expected a number of milliseconds, such as 25 or 7.5`,
    );
  }
  return Number(text);
}

/** @param text the value of {@link PRIORITY_HEADER}; what is neither `batch` nor `shadow` is `live` */
export function parsePriority(text: string): Priority {
  return text === "batch" || text === "shadow" ? text : "live";
}
