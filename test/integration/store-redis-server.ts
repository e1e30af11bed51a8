/** A real redis-server from PATH for store tests. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, "close");
  return port;
}

export interface RunningRedis {
  readonly port: number;
  readonly directory: string;
  /** SIGSTOP freezes the process, SIGCONT lets it go on. */
  signal(name: "SIGSTOP" | "SIGCONT"): void;
  stop(): Promise<void>;
}

/** Starts redis-server on 127.0.0.1 and waits until it listens. @param args added to its command line */
export async function startRedis(
  port: number,
  args: (directory: string) => readonly string[] = () => [],
): Promise<RunningRedis> {
  const directory = mkdtempSync(join(tmpdir(), "feast-redis-"));
  const base = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", directory];
  const child = spawn("redis-server", [...base, ...args(directory)], { stdio: ["ignore", "pipe", "pipe"] });
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    }
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    await untilListening(child);
  } catch (error) {
    await stop();
    throw error;
  }
  return { port, directory, signal: (name) => void child.kill(name), stop };
}

function untilListening(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = "";
    child.on("error", (error) =>
      reject(new Error("redis-server could not be started; it must be on PATH", { cause: error })),
    );
    child.on("exit", () => reject(new Error(`redis-server ended early:\n${output}`)));
    child.stdout?.on("data", (chunk: Buffer) => {
      output += chunk;
      if (output.includes("Ready to accept connections")) resolve();
    });
    child.stderr?.resume();
  });
}
