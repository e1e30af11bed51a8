/** Starts and ends the programs of the oracle, each in a process group of its own so that its workers end with it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";

const OUTPUT_TAIL_CHARS = 4000;
const STOP_GRACE_MS = 3000;
const POLL_MS = 50;

export interface RunningChild {
  readonly process: ChildProcess;
  /** The last characters that the program wrote, for error messages. */
  output(): string;
  /** Undefined while it runs. */
  exited(): string | undefined;
  /** Ends the whole process group: SIGTERM, then SIGKILL after a grace period. Safe to call twice. */
  stop(): Promise<void>;
}

export interface ChildOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** The environment of an oracle program: UTC, and a fixed hash seed so that sets of names have a stable order. */
export function oracleEnvironment(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
  const inherited: Record<string, string> = {};
  for (const name of ["PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH"]) {
    const value = process.env[name];
    if (value !== undefined) inherited[name] = value;
  }
  return { ...inherited, TZ: "UTC", LC_ALL: "C.UTF-8", PYTHONHASHSEED: "0", PYTHONDONTWRITEBYTECODE: "1", ...extra };
}

/**
 * Starts a program; returns at once.
 * @param command program and arguments
 */
export function startChild(command: readonly [string, ...string[]], options: ChildOptions = {}): RunningChild {
  const [program, ...args] = command;
  const child = spawn(program, args, {
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: oracleEnvironment(options.env),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  let tail = "";
  let end: string | undefined;
  const keep = (chunk: Buffer) => {
    tail = (tail + chunk.toString("utf8")).slice(-OUTPUT_TAIL_CHARS);
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  child.once("error", (error) => {
    end = error.message;
  });
  child.once("exit", (code, signal) => {
    end ??= signal === null ? `exit code ${code}` : `signal ${signal}`;
  });
  // A run that is aborted must not leave servers behind.
  const onParentExit = () => signalGroup(child, "SIGKILL");
  process.once("exit", onParentExit);
  return {
    process: child,
    output: () => tail,
    exited: () => end,
    async stop() {
      process.removeListener("exit", onParentExit);
      if (end === undefined) {
        const gone = once(child, "exit");
        signalGroup(child, "SIGTERM");
        await Promise.race([gone, delay(STOP_GRACE_MS, undefined, { ref: false })]);
      }
      signalGroup(child, "SIGKILL");
    },
  };
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The group is already gone.
  }
}

/**
 * Waits until `ready` says true.
 * @throws Error with the program's last output when it ends first or time is up
 */
export async function waitUntilReady(
  name: string,
  child: RunningChild,
  ready: () => Promise<boolean>,
  timeoutMs: number,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const end = child.exited();
    if (end !== undefined) throw new Error(`${name} ended before it was ready (${end}):\n${child.output()}`);
    if (await ready()) return;
    if (performance.now() > deadline) {
      await child.stop();
      throw new Error(`${name} was not ready after ${timeoutMs} ms:\n${child.output()}`);
    }
    await delay(POLL_MS);
  }
}
