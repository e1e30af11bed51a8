/** The error of code that must refuse. */
import { ServeError } from "../../src/model/serve-error.ts";

/** What `run` throws. @throws Error when it throws nothing; any other error as it is */
export function refusalOf(run: () => unknown): ServeError {
  try {
    run();
  } catch (error) {
    if (error instanceof ServeError) return error;
    throw error;
  }
  throw new Error("expected a ServeError");
}
