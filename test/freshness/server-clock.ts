/** Redis' clock beside ours: MONITOR tells wall-clock times, a run counts on the monotonic clock of `nowMs`. */

import { nowMs } from "../faults/clock.ts";
import { connectRedis } from "../faults/connect-redis.ts";

const ASKS = 30;

export interface ClockSample {
  /** Subtracted from the server's epoch milliseconds. */
  readonly offsetMs: number;
  /** It may be wrong by so much: half of the quickest round trip. */
  readonly errorMs: number;
}

/** Asks a server what time it is; all servers of a run are on this machine. */
export async function sampleClock(port: number): Promise<ClockSample> {
  const redis = connectRedis(port);
  try {
    let best: ClockSample = { offsetMs: 0, errorMs: Number.POSITIVE_INFINITY };
    for (let ask = 0; ask < ASKS; ask += 1) {
      const sentMs = nowMs();
      const serverMs = epochMs(await redis.time());
      const errorMs = (nowMs() - sentMs) / 2;
      if (errorMs < best.errorMs) best = { offsetMs: serverMs - sentMs - errorMs, errorMs };
    }
    return best;
  } finally {
    redis.disconnect();
  }
}

/** Of the answer of TIME. */
export function epochMs([seconds, micros]: readonly unknown[]): number {
  return Number(seconds) * 1000 + Number(micros) / 1000;
}
