/** Waiting for something that another process does. */
import { setTimeout as delay } from "node:timers/promises";
import { nowMs } from "./clock.ts";

const POLL_MS = 10;

/**
 * Asks until the answer is neither false nor undefined; errors count as "not yet".
 * @throws Error that says `what` did not happen, with the last error
 */
export async function until<T>(what: string, timeoutMs: number, ask: () => T | Promise<T>): Promise<NonNullable<T>> {
  const endMs = nowMs() + timeoutMs;
  let problem: unknown;
  for (;;) {
    try {
      const answer = await ask();
      if (answer !== false && answer !== undefined && answer !== null) return answer;
      problem = undefined;
    } catch (error) {
      problem = error;
    }
    if (nowMs() > endMs) throw new Error(`${what}: not in ${timeoutMs} ms`, { cause: problem });
    await delay(POLL_MS);
  }
}
