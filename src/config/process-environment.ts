/** The one place that reads the process's environment. */
import type { Environment } from "./substitute.ts";

/** A copy, so that later changes do not show. */
export function processEnvironment(): Environment {
  return { ...process.env };
}
