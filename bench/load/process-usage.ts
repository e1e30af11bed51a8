/** CPU time and memory of processes, from /proc (Linux). */
import { readdirSync, readFileSync } from "node:fs";

/** `getconf CLK_TCK` is 100 on every Linux that Node runs on. */
const TICK_MICROS = 10_000;

export interface ProcessUsage {
  /** utime + stime, ended threads included. */
  readonly cpuMicros: number;
  readonly rssBytes: number;
}

/**
 * Of the processes and all their descendants together.
 * @throws Error when one of them is not there any more, or this system has no /proc
 */
export function readUsage(pids: readonly number[]): ProcessUsage {
  let cpuMicros = 0;
  let rssBytes = 0;
  for (const pid of withDescendants(pids)) {
    const fields = statFields(pid);
    cpuMicros += (Number(fields[11]) + Number(fields[12])) * TICK_MICROS;
    const rss = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
    rssBytes += Number(rss?.[1] ?? 0) * 1024;
  }
  return { cpuMicros, rssBytes };
}

/** Fields of /proc/PID/stat after the name, which may hold blanks; `[0]` is field 3, the state. */
function statFields(pid: number): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

function withDescendants(pids: readonly number[]): Set<number> {
  const found = new Set(pids);
  const parents = new Map<number, number>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      parents.set(Number(name), Number(statFields(Number(name))[1]));
    } catch {
      // It has ended since the folder was listed.
    }
  }
  for (let before = -1; before !== found.size; ) {
    before = found.size;
    for (const [pid, parent] of parents) if (found.has(parent)) found.add(pid);
  }
  return found;
}
