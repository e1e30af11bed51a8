/** Runs the command line from its sources, on the Node that runs the tests, in an environment with nothing of ours in it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

export const CLI_MAIN = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));

/** Halves the time that a start from TypeScript sources takes. */
const COMPILE_CACHE = fileURLToPath(new URL("../../.tools/compile-cache", import.meta.url));
const TIMEOUT_MS = 20_000;

/**
 * The slice of 10 ms would decide tests that are about something else: on a machine that does much at once some calls take longer.
 * A test of the budget says its own.
 */
export const NO_HURRY = { FEAST_SIDECAR__BUDGET__SLICE: "30s" };

/** PATH and friends only: a variable of the developer's shell must not decide a test. */
export function plainEnvironment(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
  const inherited: Record<string, string> = {};
  for (const name of ["PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH"]) {
    const value = process.env[name];
    if (value !== undefined) inherited[name] = value;
  }
  return { ...inherited, TZ: "UTC", NODE_COMPILE_CACHE: COMPILE_CACHE, ...NO_HURRY, ...extra };
}

export interface CliRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly tookMs: number;
}

export interface CliOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** Runs `feast-sidecar` with these arguments to its end. @throws Error with its output when it does not end in 20 s */
export async function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliRun> {
  const startMs = performance.now();
  const child = spawn(process.execPath, [CLI_MAIN, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: plainEnvironment(options.env),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString("utf8");
  });
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString("utf8");
  });
  const timer = setTimeout(() => child.kill("SIGKILL"), TIMEOUT_MS);
  const [code] = (await once(child, "close")) as [number | null];
  clearTimeout(timer);
  if (code === null) throw new Error(`feast-sidecar ${args.join(" ")} did not end:\n${stdout}${stderr}`);
  return { code, stdout, stderr, tookMs: performance.now() - startMs };
}
