/** One call as `serve` gets it: deadline, cancellation, what its caller sent along, and the marks that it leaves on the answer. */
import type { Degradation } from "../model/degradation.ts";
import { Ledger } from "../model/ledger.ts";
import type { ReadAttempt } from "../model/read-attempt.ts";
import type { AnswerTrailer, CallContext, Priority } from "../model/request.ts";
import { ServeError } from "../model/serve-error.ts";
import type { Surface } from "../model/surface.ts";
import type { Recorder, RequestOutcome } from "../telemetry/recorder.ts";

/** Metadata key and HTTP header by which a caller says how long it will wait, in milliseconds (decimals allowed). */
export const TIMEOUT_HEADER = "feast-sidecar-timeout-ms";

/** Metadata key and HTTP header by which a caller says that nobody waits for the answer: `batch` or `shadow`. */
export const PRIORITY_HEADER = "feast-sidecar-priority";

/** Metadata key and HTTP header by which a caller asks where the time went: `1`. */
export const DEBUG_HEADER = "feast-sidecar-debug";

/** The metadata that means something here; "" = not given. Repeated keys are joined with ", ". */
export interface CallMetadata {
  /** {@link TIMEOUT_HEADER} */
  timeout: string;
  /** {@link DEBUG_HEADER} */
  debug: string;
  /** {@link PRIORITY_HEADER} */
  priority: string;
  traceparent: string;
  /** `grpc-trace-bin`, base64 */
  traceBin: string;
}

export const NO_METADATA: Readonly<CallMetadata> = Object.freeze({
  timeout: "",
  debug: "",
  priority: "",
  traceparent: "",
  traceBin: "",
});

/** @param text the value of a header or metadata key, "" = not given */
export function callMetadata(text: (name: string) => string): CallMetadata {
  return {
    timeout: text(TIMEOUT_HEADER),
    debug: text(DEBUG_HEADER),
    priority: text(PRIORITY_HEADER),
    traceparent: text("traceparent"),
    traceBin: text("grpc-trace-bin"),
  };
}

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

  /** What its caller sent along. @param isTracing somebody wants to know of its reads, and whose trace it belongs to */
  take({ priority, debug, traceparent, traceBin }: Readonly<CallMetadata>, isTracing: boolean): void {
    this.priority = parsePriority(priority);
    this.isDebug = debug === "1";
    if (!isTracing) return;
    this.attempts = [];
    this.traceparent = traceparent;
    this.traceBin = traceBin;
  }

  /** Counts it, before its last bytes are handed over. @param fromMs when its request was complete @param nowMs not before that */
  recordDone(recorder: Recorder, surface: Surface, outcome: RequestOutcome, fromMs: number, nowMs: number): void {
    const { ledger } = this;
    // Rounded first: an exemplar is to lie in the bucket that has counted its call.
    ledger.countedUs = Math.round((nowMs - fromMs) * 1000);
    recorder.requestDone(surface, outcome, ledger.countedUs / 1e6);
  }

  /** Its last bytes are handed over, or nobody is left to take them. @param nowMs when the write returned */
  tell(recorder: Recorder, surface: Surface, outcome: RequestOutcome, nowMs: number): void {
    this.ledger.finish(outcome === "OK", nowMs);
    recorder.answered(surface, outcome, this.ledger, nowMs, this);
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
function parsePriority(text: string): Priority {
  return text === "batch" || text === "shadow" ? text : "live";
}
