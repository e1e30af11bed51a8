/** What a request may not exceed before any work is done for it, and what is said when it does. */
import { ServeError } from "./serve-error.ts";

export interface RequestLimits {
  /** `sidecar.limits.max_rows` */
  readonly maxRows: number;
  /** `sidecar.limits.max_references` */
  readonly maxReferences: number;
}

/** No repository has as many join keys; 100,000 columns would hold the event loop for 0.2 s. */
export const MAX_COLUMNS = 1000;

export function tooManyRows(column: string, { maxRows }: RequestLimits): ServeError {
  return limit(`Column '${column}' has more rows than sidecar.limits.max_rows = ${maxRows}`);
}

export function tooManyReferences({ maxReferences }: RequestLimits): ServeError {
  return limit(
    `The request names more features than sidecar.limits.max_references = ${maxReferences}; a feature service names them once and for all`,
  );
}

export function tooManyColumns(): ServeError {
  return limit(`The request has more than ${MAX_COLUMNS} entity columns`);
}

function limit(message: string): ServeError {
  return new ServeError("INVALID_ARGUMENT", message, { reason: "limit" });
}
