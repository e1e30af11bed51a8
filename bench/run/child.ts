/** Programs of a bench run: started on a core of their own, ended with everything they started. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";

const STOP_GRACE_MS = 3_000;
const TAIL_CHARS = 4_000;
const POLL_MS = 20;

export interface Child {
  readonly pid: number;
  /** All of standard output so far, up to `keepChars`. */
  stdout(): string;
  /** The last words on both outputs, for error messages. */
  words(): string;
  exited(): boolean;
  stop(): Promise<void>;
}

export interface ChildOptions {
  /** Cores it may run on, as of `taskset`; undefined = any. */
  readonly cores: string | undefined;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

const INHERITED = [
  ...["PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "JAVA_HOME"],
  ...["FEAST_SIDECAR__TRANSPORT", "BENCH_FEAST_GO", "BENCH_FEAST_JAVA_JAR"],
];

/** PATH and friends only, so that a variable of the developer's shell does not decide a measurement. */
export function plainEnvironment(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
  const inherited: Record<string, string> = {};
  for (const name of INHERITED) {
    const value = process.env[name];
    if (value !== undefined) inherited[name] = value;
  }
  return { ...inherited, TZ: "UTC", LC_ALL: "C.UTF-8", PYTHONDONTWRITEBYTECODE: "1", FEAST_USAGE: "False", ...extra };
}

export const canPin: boolean = spawnSync("taskset", ["-c", "0", "true"]).status === 0;

export function pinned(command: readonly string[], cores: string | undefined): string[] {
  return cores === undefined || !canPin ? [...command] : ["taskset", "-c", cores, ...command];
}

export function startChild(command: readonly string[], options: ChildOptions): Child {
  const [program = "", ...args] = pinned(command, options.cores);
  const child = spawn(program, args, {
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: plainEnvironment(options.env),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  let stdout = "";
  let tail = "";
  let ended = false;
  const note = (chunk: Buffer): void => {
    tail = (tail + chunk.toString()).slice(-TAIL_CHARS);
  };
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString();
    note(chunk);
  });
  child.stderr.on("data", note);
  child.once("error", (error) => {
    ended = true;
    tail += error.message;
  });
  child.once("exit", () => {
    ended = true;
  });
  const kill = (): void => signalGroup(child, "SIGKILL");
  process.once("exit", kill);
  return {
    pid: child.pid ?? 0,
    stdout: () => stdout,
    words: () => tail,
    exited: () => ended,
    async stop() {
      process.removeListener("exit", kill);
      if (!ended) {
        const gone = once(child, "exit");
        signalGroup(child, "SIGTERM");
        await Promise.race([gone, delay(STOP_GRACE_MS, undefined, { ref: false })]);
      }
      kill();
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

/** @throws Error with the program's last words when it ends first or `isReady` stays false for `timeoutMs` */
export async function waitFor(
  name: string,
  child: Child,
  timeoutMs: number,
  isReady: () => Promise<boolean> | boolean,
): Promise<void> {
  const endMs = performance.now() + timeoutMs;
  while (!(await isReady())) {
    if (child.exited()) throw new Error(`${name} ended before it was ready:\n${child.words()}`);
    if (performance.now() > endMs) {
      await child.stop();
      throw new Error(`${name} was not ready after ${timeoutMs} ms:\n${child.words()}`);
    }
    await delay(POLL_MS);
  }
}
