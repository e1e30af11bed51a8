/** Pause before the next attempt to reach a store. */

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 500;

/**
 * Doubling pause with jitter: between half and all of 50 ms, 100 ms, … 500 ms, so that many sidecars do not come back at once.
 * @param attempt 1 for the first retry
 * @param random in [0, 1)
 * @returns milliseconds
 */
export function backoffMs(attempt: number, random: () => number): number {
  const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(attempt - 1, 10));
  return Math.round(pauseMs / 2 + (random() * pauseMs) / 2);
}
