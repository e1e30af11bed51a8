/** The one place where bytes that are no protobuf message become an answer. */
import { ServeError } from "../model/serve-error.ts";
import { WireError } from "../wire/wire-error.ts";

/**
 * The error to throw for `error`, caught while reading something stored: WireErrors become INTERNAL, others pass.
 * @param what what was read, as the subject of the sentence: "The stored value of feature 'x'"
 */
export function malformed(what: string, error: unknown): unknown {
  if (!(error instanceof WireError)) return error;
  return new ServeError("INTERNAL", `${what} cannot be read: it ${error.message}`, { cause: error });
}
