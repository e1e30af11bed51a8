/** Keeps a process that runs to some cores. */
import { spawnSync } from "node:child_process";
import { canPin } from "../../bench/run/child.ts";

/** @param cores as of `taskset`; undefined = any */
export function pinProcess(pid: number, cores: string | undefined): void {
  if (cores !== undefined && canPin) spawnSync("taskset", ["-a", "-c", "-p", cores, String(pid)]);
}
