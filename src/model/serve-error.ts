/**
 * The one error class of the request path: a closed code, Feast's own sentence, and the cause kept for logs.
 * Transports map it to a gRPC status or an HTTP status in exactly one place each.
 */

/** Closed set of outcomes. Names follow the gRPC codes so that each maps to exactly one. */
export type ServeCode =
  | "INVALID_ARGUMENT"
  | "NOT_FOUND"
  | "FAILED_PRECONDITION"
  | "UNIMPLEMENTED"
  | "UNAVAILABLE"
  | "DEADLINE_EXCEEDED"
  | "RESOURCE_EXHAUSTED"
  | "CANCELLED"
  | "INTERNAL";

/** Feast's exception classes that its HTTP server names in the error body (feast/errors.py). */
export type FeastErrorClass =
  | "FeatureViewNotFoundException"
  | "FeatureServiceNotFoundException"
  | "FeatureViewVersionNotFound"
  | "EntityNotFoundException"
  | "RequestDataNotFoundInEntityRowsException"
  | "FeatureNameCollisionError"
  | "VersionedOnlineReadNotSupported";

/**
 * Why a request was refused, where the code alone does not tell the HTTP status:
 * `limit` = can never fit (rows, cells, answer bytes: 400), `request_bytes` = body too large (413), `shed` = try again (429).
 */
export type RefusalReason = "limit" | "request_bytes" | "shed";

export interface ServeErrorDetail {
  /** Feast's exception class; absent for plain Python exceptions (ValueError, KeyError, …), which Feast answers with 500. */
  readonly feastClass?: FeastErrorClass;
  readonly reason?: RefusalReason;
  readonly cause?: unknown;
}

export class ServeError extends Error {
  readonly code: ServeCode;
  readonly feastClass: FeastErrorClass | undefined;
  readonly reason: RefusalReason | undefined;

  /**
   * @param code outcome, see {@link ServeCode}
   * @param message the sentence the caller reads: what Python's `str(exception)` gives for Feast's own errors
   *   (so a KeyError's text carries its quotes), no secrets, no stack
   */
  constructor(code: ServeCode, message: string, detail: ServeErrorDetail = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.name = "ServeError";
    this.code = code;
    this.feastClass = detail.feastClass;
    this.reason = detail.reason;
  }
}
