/** The largest answer that is made. */
import { ServeError } from "../model/serve-error.ts";

/** @throws ServeError INVALID_ARGUMENT (`limit`), before anything of that size is built */
export function refuseTooLarge(bytes: number, maxResponseBytes: number): void {
  if (bytes <= maxResponseBytes) return;
  throw new ServeError(
    "INVALID_ARGUMENT",
    `The answer takes ${bytes} bytes, more than sidecar.limits.max_response_bytes = ${maxResponseBytes}`,
    { reason: "limit" },
  );
}
