/** Runs bin/feast-sidecar over this folder, as a pod would run it beside a model server. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const BINARY = fileURLToPath(new URL("../../bin/feast-sidecar", import.meta.url));
const REPOSITORY = fileURLToPath(new URL(".", import.meta.url));
const READY_TIMEOUT_MS = 15_000;
const STOP_TIMEOUT_MS = 15_000;

type Sidecar = ChildProcessByStdio<null, Readable, Readable>;

export interface RunningSidecar {
  /** `host:port` of the data port. */
  readonly address: string;
  /** SIGTERM, then waits. @throws Error unless the process ends with exit code 0 in time */
  stop(): Promise<void>;
}

/** @throws Error with the server's own words when it ends early or is not ready in time; it is then no longer running */
export async function startSidecar(): Promise<RunningSidecar> {
  const args = ["serve", "--chdir", REPOSITORY, "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"];
  const child = spawn(BINARY, args, { stdio: ["ignore", "pipe", "pipe"] });
  const words: string[] = [];
  child.stderr.on("data", (chunk: Buffer) => words.push(chunk.toString("utf8")));
  try {
    const { data, admin } = await listening(child);
    await ready(`http://${admin}/readyz`);
    return { address: data, stop: () => stop(child) };
  } catch (error) {
    child.kill("SIGKILL");
    throw new Error(`${(error as Error).message}\n${words.join("")}`, { cause: error });
  }
}

/** The addresses of the one line that `serve` prints when every listener is bound. */
async function listening(child: Sidecar): Promise<{ data: string; admin: string }> {
  const lines = createInterface({ input: child.stdout });
  const ended = new AbortController();
  child.once("error", (error) => ended.abort(error));
  child.once("close", (code) => ended.abort(new Error(`feast-sidecar ended with exit code ${code}`)));
  const signal = AbortSignal.any([ended.signal, AbortSignal.timeout(READY_TIMEOUT_MS)]);
  const [line] = (await once(lines, "line", { signal }).catch((error: unknown) => {
    throw signal.aborted ? signal.reason : error;
  })) as [string];
  const event = JSON.parse(line) as { event: string; data: string[]; admin: string };
  const data = event.data[0];
  if (event.event !== "listening" || data === undefined) throw new Error(`unexpected first line: ${line}`);
  return { data, admin: event.admin };
}

async function ready(url: string): Promise<void> {
  const end = performance.now() + READY_TIMEOUT_MS;
  for (;;) {
    const response = await fetch(url);
    const text = await response.text();
    if (response.ok) return;
    if (performance.now() > end) throw new Error(`not ready after ${READY_TIMEOUT_MS} ms: ${text}`);
    await sleep(10);
  }
}

async function stop(child: Sidecar): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill("SIGTERM");
    await once(child, "exit", { signal: AbortSignal.timeout(STOP_TIMEOUT_MS) }).catch(() => child.kill("SIGKILL"));
  }
  if (child.exitCode !== 0) {
    throw new Error(`feast-sidecar ended with ${child.exitCode ?? child.signalCode ?? "no answer to SIGTERM"}, not 0`);
  }
}
