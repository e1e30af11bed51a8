/** The child's end of {@link startLoadProcess}: a program that imports this was started by it, with an IPC channel. */
import type { LoadReport } from "./call-record.ts";

/** What it was told, as JSON. */
export function planOf<Plan>(): Plan {
  return JSON.parse(process.argv[2] ?? "") as Plan;
}

export function report<T>(message: LoadReport<T>): void {
  process.send?.(message);
}

/** Resolves when the test wants no more. */
export const stopped: Promise<void> = new Promise((resolve) => {
  process.on("message", () => resolve());
  // The test is gone.
  process.on("disconnect", () => process.exit(1));
});
