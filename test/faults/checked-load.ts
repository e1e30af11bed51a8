/** A load process as a test sees it. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { pinned } from "../../bench/run/child.ts";
import { plainEnvironment } from "../helpers/run-cli.ts";
import type { CallRecord, LoadReport } from "./call-record.ts";
import { endWithUs, type Stage } from "./stage.ts";

const PROGRAM = fileURLToPath(new URL("./load-process.ts", import.meta.url));
const STOP_TIMEOUT_MS = 10_000;
export const DEADLINE_MS = 50;
export const RATE_PER_SECOND = 500;

export interface CheckedLoad<T = CallRecord> {
  readonly pid: number;
  /** That have ended so far. */
  readonly calls: readonly T[];
  /** Ends the load. @returns every call of it, in the order in which they ended @throws Error when the process died */
  stop(): Promise<readonly T[]>;
}

/** @param address `host:port` of the sidecar @returns when the first call is about to leave */
export async function startLoad(stage: Stage, address: string, ratePerSecond = RATE_PER_SECOND): Promise<CheckedLoad> {
  const colon = address.lastIndexOf(":");
  const plan = {
    host: address.slice(0, colon),
    port: Number(address.slice(colon + 1)),
    ratePerSecond,
    deadlineMs: DEADLINE_MS,
    seed: 1,
  };
  return startLoadProcess(stage, PROGRAM, plan);
}

/**
 * @param program reports as LoadReport says, T for each call
 * @param plan its argument, as JSON
 * @param cores as of `taskset`; undefined = any
 */
export async function startLoadProcess<T>(
  stage: Stage,
  program: string,
  plan: object,
  cores?: string,
): Promise<CheckedLoad<T>> {
  const [execPath, ...execArgv] = pinned([process.execPath], cores);
  const options = {
    execPath,
    execArgv,
    // Structured clone keeps Infinity, JSON does not.
    serialization: "advanced",
    env: plainEnvironment(),
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  };
  const child = fork(program, [JSON.stringify(plan)], options as Parameters<typeof fork>[2]);
  endWithUs(child);
  stage.own(() => child.kill("SIGKILL"));
  return connected(child);
}

async function connected<T>(child: ChildProcess): Promise<CheckedLoad<T>> {
  const calls: T[] = [];
  let words = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    words += chunk.toString();
  });
  let isDone = false;
  const ready = new Promise<void>((resolve) => {
    child.on("message", (report: LoadReport<T>) => {
      if (report.kind === "ready") resolve();
      else if (report.kind === "done") isDone = true;
      else for (const call of report.calls) calls.push(call);
    });
  });
  const ended = once(child, "exit");
  await Promise.race([ready, ended]);
  return {
    pid: child.pid ?? 0,
    calls,
    async stop() {
      if (child.connected) child.send("stop");
      const late = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
      while (!isDone && child.exitCode === null && child.signalCode === null) {
        await Promise.race([once(child, "message"), ended]);
      }
      clearTimeout(late);
      child.kill("SIGKILL");
      if (!isDone) throw new Error(`the load process ended early:\n${words}`);
      return calls;
    },
  };
}
