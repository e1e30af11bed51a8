/** The error of a read that nobody waits for any more. */
import { ServeError } from "../model/serve-error.ts";

export function callerLeft(): ServeError {
  return new ServeError("CANCELLED", "The caller left before the rows were read");
}
