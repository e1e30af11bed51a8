/** A server of a test that writes its words into a file, and is gone when its stage closes or this process ends. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, openSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { endWithUs, type Stage } from "../faults/stage.ts";

/** Asked to end, the API server drains watches for up to a minute. */
const STOP_TIMEOUT_MS = 2_000;
const LAST_CHARACTERS = 2_000;

/** Runs in `dir`, and writes NAME.log there. */
export function startServer(program: string, dir: string, stage: Stage, args: readonly string[]): void {
  const log = openSync(join(dir, `${basename(program)}.log`), "w");
  const child = spawn(program, args, { stdio: ["ignore", log, log], cwd: dir });
  endWithUs(child);
  stage.own(() => stop(child));
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
  await gone;
  clearTimeout(timer);
}

/** The end of NAME.log, for an error that says why a server did not start; "" without a log. */
export function lastWords(dir: string, name: string): string {
  const path = join(dir, `${name}.log`);
  return existsSync(path) ? `${path}:\n${readFileSync(path, "utf8").slice(-LAST_CHARACTERS)}` : "";
}
