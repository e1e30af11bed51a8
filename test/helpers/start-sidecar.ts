/** The real server as a process of its own, run from its sources (no build needed), with its words and its end observed. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { CLI_MAIN, plainEnvironment } from "./run-cli.ts";

const START_TIMEOUT_MS = 20_000;
const READY_TIMEOUT_MS = 15_000;
const STOP_TIMEOUT_MS = 10_000;
/** An idle server has nothing to wait for. */
const FAST_STOP_MS = 2_000;
const POLL_MS = 10;

export interface SidecarOptions {
  /** Folder with `feature_store.yaml`. */
  readonly repo: string;
  /** Default: one free loopback port. `[]` leaves it to the configuration. */
  readonly listen?: readonly string[];
  /** Default: a free loopback port. */
  readonly admin?: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** false: only waits for the listening line. */
  readonly waitReady?: boolean;
}

export interface Ended {
  readonly code: number | null;
  /** From the signal to the end of the process. */
  readonly tookMs: number;
}

export interface TestSidecar {
  /** `host:port` or `unix:PATH`, as the listening line says. */
  readonly data: readonly string[];
  /** The first data address. */
  readonly address: string;
  /** `http://host:port` of the first data address. */
  readonly url: string;
  /** `http://host:port`, "" when the admin port is disabled. */
  readonly adminUrl: string;
  readonly pid: number;
  stdout(): string;
  /** Log lines so far, parsed. */
  events(name?: string): readonly Record<string, unknown>[];
  signal(signal: NodeJS.Signals): void;
  /** Status and text of a path on the admin port. */
  admin(path: string): Promise<{ readonly status: number; readonly body: string }>;
  /** Waits until a probe has this status. */
  probe(path: string, status: number): Promise<void>;
  /** Resolves when the process is gone. @throws Error when it is not in 10 s */
  ended(): Promise<Ended>;
  /**
   * SIGTERM, unless the test has sent its own signal. Safe to call twice.
   * @throws Error unless the process ends with exit code 0, fast, having printed one line only; not after SIGKILL
   */
  stop(): Promise<void>;
}

/** @throws Error with the server's own words when it does not start; it is then no longer running */
export async function startSidecar(options: SidecarOptions): Promise<TestSidecar> {
  const listen = (options.listen ?? ["127.0.0.1:0"]).flatMap((address) => ["--listen", address]);
  const args = ["serve", "--chdir", options.repo, ...listen, "--admin", options.admin ?? "127.0.0.1:0"];
  const child = spawn(process.execPath, [CLI_MAIN, ...args, ...(options.args ?? [])], {
    stdio: ["ignore", "pipe", "pipe"],
    env: plainEnvironment(options.env),
  });
  const sidecar = new SidecarProcess(child);
  try {
    await sidecar.listening();
    if (options.waitReady !== false) await sidecar.probe("/readyz", 200);
    return sidecar;
  } catch (error) {
    child.kill("SIGKILL");
    throw new Error(`${(error as Error).message}\n${sidecar.words()}`, { cause: error });
  }
}

class SidecarProcess implements TestSidecar {
  data: readonly string[] = [];
  adminUrl = "";
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;
  #stdout = "";
  #stderr = "";
  #signalledMs: number | undefined;
  #killed = false;
  #code: number | null | undefined;
  #endedMs = 0;

  constructor(child: ChildProcess) {
    this.#child = child;
    child.stdout?.on("data", (chunk: Buffer) => {
      this.#stdout += chunk.toString("utf8");
    });
    child.stderr?.on("data", (chunk: Buffer) => {
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

  get address(): string {
    return this.data[0] ?? "";
  }

  get url(): string {
    return `http://${this.address}`;
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

  async listening(): Promise<void> {
    const end = performance.now() + START_TIMEOUT_MS;
    while (!this.#stdout.includes("\n")) {
      if (this.#code !== undefined) throw new Error(`feast-sidecar ended with exit code ${this.#code}`);
      if (performance.now() > end) throw new Error(`no listening line after ${START_TIMEOUT_MS} ms`);
      await delay(POLL_MS);
    }
    const line = JSON.parse(this.#stdout) as { event: string; data: string[]; admin: string | null; pid: number };
    if (line.event !== "listening" || line.pid !== this.pid) throw new Error(`unexpected line: ${this.#stdout}`);
    this.data = line.data;
    this.adminUrl = line.admin === null ? "" : `http://${line.admin}`;
  }

  async admin(path: string): Promise<{ readonly status: number; readonly body: string }> {
    const response = await fetch(`${this.adminUrl}${path}`);
    return { status: response.status, body: await response.text() };
  }

  async probe(path: string, status: number): Promise<void> {
    const end = performance.now() + READY_TIMEOUT_MS;
    for (;;) {
      const answer = await this.admin(path);
      if (answer.status === status) return;
      if (performance.now() > end) {
        throw new Error(`${path} is ${answer.status}, not ${status}: ${answer.body}\n${this.words()}`);
      }
      await delay(POLL_MS);
    }
  }

  async ended(): Promise<Ended> {
    const inTime = await Promise.race([this.#closed.then(() => true), delay(STOP_TIMEOUT_MS, false, { ref: false })]);
    if (!inTime) {
      this.#child.kill("SIGKILL");
      throw new Error(`feast-sidecar did not end in ${STOP_TIMEOUT_MS} ms:\n${this.words()}`);
    }
    return { code: this.#code ?? null, tookMs: this.#endedMs - (this.#signalledMs ?? this.#endedMs) };
  }

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
