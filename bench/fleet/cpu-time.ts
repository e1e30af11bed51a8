/** CPU time of one process in nanoseconds' steps (Linux): ticks of 10 ms, as load/process-usage.ts counts, are a quarter of what an idle fleet costs. */
import { readdirSync, readFileSync } from "node:fs";

/**
 * Of all its threads that are there now; redis-server ends none.
 * @throws Error when it is not there any more, or this kernel counts no such thing
 */
export function cpuMicrosOf(pid: number): number {
  let nanos = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    nanos += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "latin1").split(" ")[0]);
  }
  if (!(nanos > 0)) throw new Error("/proc/PID/schedstat says nothing");
  return nanos / 1000;
}
