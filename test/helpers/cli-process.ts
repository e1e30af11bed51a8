/** A server of the command line as a process of its own, run from its sources, with its words and its end observed. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { CLI_MAIN, plainEnvironment } from "./run-cli.ts";

const START_TIMEOUT_MS = 20_000;
const STOP_TIMEOUT_MS = 10_000;
/** An idle server has nothing to wait for. */
const FAST_STOP_MS = 2_000;
const POLL_MS = 10;

export interface Ended {
  readonly code: number | null;
  /** From the signal to the end of the process. */
  readonly tookMs: number;
}

export class CliProcess {
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;
  #stdout = "";
  #stderr = "";
  #signalledMs: number | undefined;
  #killed = false;
  #code: number | null | undefined;
  #endedMs = 0;

  /** @param program in place of the sources */
  constructor(args: readonly string[], env?: Readonly<Record<string, string>>, program = CLI_MAIN) {
    const child = spawn(process.execPath, [program, ...args], {
      stdio: ["ignore", "pipe", "pipe"],
      env: plainEnvironment(env),
    });
    this.#child = child;
    child.stdout.on("data", (chunk: Buffer) => {
      this.#stdout += chunk.toString("utf8");
    });
    child.stderr.on("data", (chunk: Buffer) => {
      this.#stderr += chunk.toString("utf8");
    });
    // A run that is aborted must not leave a server behind.
    const onParentExit = (): void => void child.kill("SIGKILL");
    process.once("exit", onParentExit);
    this.#closed = once(child, "close").then(([code]: unknown[]) => {
      this.#code = code as number | null;
      this.#endedMs = performance.now();
      process.removeListener("exit", onParentExit);
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  stdout(): string {
    return this.#stdout;
  }

  words(): string {
    return this.#stdout + this.#stderr;
  }

  /** Log lines so far, parsed. */
  events(name?: string): readonly Record<string, unknown>[] {
    const lines = this.#stderr.split("\n").slice(0, -1);
    const events = lines.map((line) => {
      if (!line.startsWith("{")) throw new Error(`a line on stderr is no JSON: ${line}`);
      return JSON.parse(line) as Record<string, unknown>;
    });
    return name === undefined ? events : events.filter((event) => event["event"] === name);
  }

  signal(signal: NodeJS.Signals): void {
    if (signal !== "SIGHUP") this.#signalledMs ??= performance.now();
    this.#killed ||= signal === "SIGKILL";
    this.#child.kill(signal);
  }

  /** The line that tells the bound addresses. */
  async listeningLine(): Promise<Record<string, unknown>> {
    const end = performance.now() + START_TIMEOUT_MS;
    while (!this.#stdout.includes("\n")) {
      if (this.#code !== undefined) throw new Error(`feast-sidecar ended with exit code ${this.#code}`);
      if (performance.now() > end) throw new Error(`no listening line after ${START_TIMEOUT_MS} ms`);
      await delay(POLL_MS);
    }
    const line = JSON.parse(this.#stdout) as Record<string, unknown>;
    if (line["event"] !== "listening" || line["pid"] !== this.pid) throw new Error(`unexpected line: ${this.#stdout}`);
    return line;
  }

  /** Resolves when the process is gone. @throws Error when it is not in 10 s */
  async ended(): Promise<Ended> {
    const inTime = await Promise.race([this.#closed.then(() => true), delay(STOP_TIMEOUT_MS, false, { ref: false })]);
    if (!inTime) {
      this.#child.kill("SIGKILL");
      throw new Error(`feast-sidecar did not end in ${STOP_TIMEOUT_MS} ms:\n${this.words()}`);
    }
    return { code: this.#code ?? null, tookMs: this.#endedMs - (this.#signalledMs ?? this.#endedMs) };
  }

  /**
   * SIGTERM, unless the test has sent its own signal. Safe to call twice.
   * @throws Error unless the process ends with exit code 0, fast, having printed one line only; not after SIGKILL
   */
  async stop(): Promise<void> {
    const asked = this.#signalledMs !== undefined;
    if (!asked) this.signal("SIGTERM");
    const { code, tookMs } = await this.ended();
    if (this.#killed) return;
    if (code !== 0) throw new Error(`feast-sidecar ended with ${code}, not 0:\n${this.words()}`);
    if (tookMs > FAST_STOP_MS && !asked) throw new Error(`feast-sidecar took ${tookMs} ms to stop:\n${this.words()}`);
    if (this.#stdout.trimEnd().includes("\n")) throw new Error(`more than one line on stdout:\n${this.#stdout}`);
  }
}
