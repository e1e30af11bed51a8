/** Runs a credential command and keeps what it prints to itself. */
import { type ChildProcess, spawn } from "node:child_process";

const TIMEOUT_MS = 5000;
const LONGEST_OUTPUT_BYTES = 64 * 1024;

export interface RunningCommand {
  /** All of its stdout. Rejects with an Error whose message tells how it failed, without arguments or output. */
  readonly output: Promise<Buffer>;
  /** Ends it at once. */
  kill(): void;
}

export type RunCommand = (command: readonly string[]) => RunningCommand;

/**
 * Without a shell, with no stdin and nobody listening to stderr; 5 s and 64 KiB at most.
 * @param command program and arguments
 */
export function runCommand([program = "", ...args]: readonly string[]): RunningCommand {
  let child: ChildProcess | undefined;
  const kill = (): void => {
    if (child?.pid === undefined) return;
    try {
      // Its group: what it has started holds the pipe as well.
      process.kill(-child.pid, "SIGKILL");
    } catch {
      // It has ended already.
    }
    child.stdout?.destroy();
  };
  const output = new Promise<Buffer>((resolve, reject) => {
    const fail = (how: string): void => reject(new Error(`the credential command ${how}`));
    try {
      child = spawn(program, args, { shell: false, detached: true, stdio: ["ignore", "pipe", "ignore"] });
    } catch (error) {
      fail(`could not be started (${codeOf(error)})`);
      return;
    }
    const timer = setTimeout(() => {
      fail(`took longer than ${TIMEOUT_MS} ms`);
      kill();
    }, TIMEOUT_MS);
    const chunks: Buffer[] = [];
    let bytes = 0;
    child.stdout?.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      chunks.push(chunk);
      if (bytes <= LONGEST_OUTPUT_BYTES) return;
      fail(`printed more than ${LONGEST_OUTPUT_BYTES} bytes`);
      kill();
    });
    child.stdout?.on("error", () => {});
    child.on("error", (error) => {
      clearTimeout(timer);
      fail(`could not be started (${codeOf(error)})`);
    });
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      // Its number may soon be another's.
      child = undefined;
      if (code === 0) resolve(Buffer.concat(chunks));
      else fail(code === null ? `was ended by ${signal}` : `ended with exit code ${code}`);
    });
  });
  return { output, kill };
}

/** The message would name the program, which may be as secret as its arguments. */
function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "unknown error";
}
