/** ServeError → HTTP answer (feast/feature_server.py:rest_exception_handler): the only place where errors get their HTTP status. */
import type { FeastErrorClass, ServeError } from "../../model/serve-error.ts";

/** `feast` = Feast's own statuses; `strict4xx` = 4xx for what a retry cannot change (`sidecar.compat.error_status`). */
export type ErrorStatus = "feast" | "strict4xx";

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
  /** Seconds for `Retry-After`. */
  readonly retryAfterSeconds?: number;
}

/** Status of each of Feast's classes (feast/errors.py:http_status_code): not-found classes are 404, the rest 500. */
const FEAST_STATUS: Readonly<Record<FeastErrorClass, number>> = {
  FeatureViewNotFoundException: 404,
  FeatureServiceNotFoundException: 404,
  FeatureViewVersionNotFound: 404,
  EntityNotFoundException: 404,
  RequestDataNotFoundInEntityRowsException: 404,
  FeatureNameCollisionError: 500,
  VersionedOnlineReadNotSupported: 500,
};

const RETRY_AFTER_SECONDS = 1;

/** The body is always a JSON string; for Feast's own classes that string holds a JSON document. */
export function toHttpAnswer(error: ServeError, errorStatus: ErrorStatus): HttpAnswer {
  const body = JSON.stringify(
    error.feastClass === undefined ? error.message.toWellFormed() : feastDocument(error.feastClass, error.message),
  );
  const status = httpStatus(error, errorStatus);
  const retry = status === 503 || status === 504 || status === 429;
  return retry ? { status, body, retryAfterSeconds: RETRY_AFTER_SECONDS } : { status, body };
}

function httpStatus(error: ServeError, errorStatus: ErrorStatus): number {
  switch (error.code) {
    case "UNAVAILABLE":
      return 503;
    case "DEADLINE_EXCEEDED":
      return 504;
    case "RESOURCE_EXHAUSTED":
      return error.reason === "request_bytes" ? 413 : 429;
    case "CANCELLED":
      // Nobody reads it: the client has left (nginx's number for that).
      return 499;
    case "INTERNAL":
      return 500;
    case "UNIMPLEMENTED":
    case "INVALID_ARGUMENT":
    case "NOT_FOUND":
    case "FAILED_PRECONDITION":
      return deterministicStatus(error, errorStatus);
  }
}

function deterministicStatus(error: ServeError, errorStatus: ErrorStatus): number {
  if (error.reason === "limit") return 400;
  if (error.feastClass !== undefined) {
    const status = FEAST_STATUS[error.feastClass];
    return status === 500 && errorStatus === "strict4xx" ? 400 : status;
  }
  if (error.code === "UNIMPLEMENTED") return 501;
  return errorStatus === "strict4xx" ? 400 : 500;
}

/** feast/errors.py:to_error_detail, which is Python's `json.dumps` with its defaults. */
function feastDocument(feastClass: FeastErrorClass, message: string): string {
  return `{"module": "feast.errors", "class": ${JSON.stringify(feastClass)}, "message": ${asciiJson(message)}}`;
}

function asciiJson(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
