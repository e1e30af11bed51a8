/** A CPU profile of this thread, for Chrome's developer tools or `node --cpu-prof` readers. */
import { Session } from "node:inspector/promises";
import { setTimeout as delay } from "node:timers/promises";

/**
 * Samples every millisecond, which costs some percent of the CPU meanwhile.
 * @param signal ends it early
 * @returns the text of a .cpuprofile
 */
export async function cpuProfile(durationMs: number, signal: AbortSignal): Promise<string> {
  const session = new Session();
  session.connect();
  try {
    await session.post("Profiler.enable");
    await session.post("Profiler.start");
    await delay(durationMs, undefined, { signal }).catch(() => {});
    const { profile } = await session.post("Profiler.stop");
    return JSON.stringify(profile);
  } finally {
    session.disconnect();
  }
}
