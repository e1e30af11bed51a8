/** Errors of the SQLite driver → the outcomes of a read. */
import { ServeError } from "../../model/serve-error.ts";

/** Primary result code SQLITE_ERROR: the statement does not fit the file, e.g. a missing table. */
const SQLITE_ERROR = 1;

/**
 * A missing table or column is FAILED_PRECONDITION with SQLite's own words, which are what Feast's HTTP server answers
 * (`no such table: demo_x`); a file that is missing, locked or damaged is UNAVAILABLE.
 */
export function toServeError(error: unknown, path: string): ServeError {
  if (error instanceof ServeError) return error;
  const { code, errcode, message } = error as { code?: string; errcode?: number; message?: string };
  const text = message ?? String(error);
  if (code === "ERR_SQLITE_ERROR" && errcode !== undefined && (errcode & 0xff) === SQLITE_ERROR) {
    return new ServeError("FAILED_PRECONDITION", text);
  }
  return new ServeError("UNAVAILABLE", `sqlite ${path} cannot be read: ${text}`);
}
