/** Starts the process that is measured, for each order a fresh one. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { plainEnvironment } from "../run/child.ts";
import type { MemoryRun, RunOrder } from "./memory-run.ts";

const PROGRAM = fileURLToPath(new URL("./fill-process.ts", import.meta.url));

/** @throws Error with the process's last words when it fails */
export async function runProcess(order: RunOrder): Promise<MemoryRun> {
  const args = ["--expose-gc", PROGRAM, JSON.stringify(order)];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env: plainEnvironment() });
  return JSON.parse(stdout) as MemoryRun;
}
