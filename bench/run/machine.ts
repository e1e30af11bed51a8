/** What a result must say about where it comes from. */
import { execFileSync } from "node:child_process";
import { availableParallelism, cpus, totalmem } from "node:os";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

export interface Machine {
  /** Short hash; with `+` when what is measured or measures differs from it. */
  readonly commit: string;
  readonly node: string;
  readonly redis: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  /** ISO 8601, UTC. */
  readonly date: string;
}

export function describeMachine(): Machine {
  const changed = git("status", "--porcelain", "--", "bin", "src", "bench/baseline", "bench/load", "bench/data");
  return {
    commit: `${git("rev-parse", "--short", "HEAD")}${changed === "" ? "" : "+"}`,
    node: process.version,
    redis: /v=(\S+)/.exec(execFileSync("redis-server", ["--version"], { encoding: "utf8" }))?.[1] ?? "?",
    cpu: cpus()[0]?.model ?? "?",
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    date: new Date().toISOString(),
  };
}

function git(...args: string[]): string {
  try {
    return execFileSync("git", ["--no-optional-locks", ...args], { cwd: ROOT, encoding: "utf8" }).trim();
  } catch {
    return "?";
  }
}
