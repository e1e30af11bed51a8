/** The real server as a process of its own, run from its sources (no build needed), with its words and its end observed. */
import { setTimeout as delay } from "node:timers/promises";
import { CliProcess } from "./cli-process.ts";

const READY_TIMEOUT_MS = 15_000;
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
  /** A file that is run in place of the sources. */
  readonly program?: string;
}

export interface TestSidecar extends Pick<CliProcess, "pid" | "stdout" | "events" | "signal" | "ended" | "stop"> {
  /** `host:port` or `unix:PATH`, as the listening line says. */
  readonly data: readonly string[];
  /** The first data address. */
  readonly address: string;
  /** `http://host:port` of the first data address. */
  readonly url: string;
  /** `http://host:port`, "" when the admin port is disabled. */
  readonly adminUrl: string;
  /** Status and text of a path on the admin port. */
  admin(path: string): Promise<{ readonly status: number; readonly body: string }>;
  /** Waits until a probe has this status. */
  probe(path: string, status: number): Promise<void>;
}

/** @throws Error with the server's own words when it does not start; it is then no longer running */
export async function startSidecar(options: SidecarOptions): Promise<TestSidecar> {
  const listen = (options.listen ?? ["127.0.0.1:0"]).flatMap((address) => ["--listen", address]);
  const args = ["serve", "--chdir", options.repo, ...listen, "--admin", options.admin ?? "127.0.0.1:0"];
  const sidecar = new SidecarProcess([...args, ...(options.args ?? [])], options.env, options.program);
  try {
    await sidecar.listening();
    if (options.waitReady !== false) await sidecar.probe("/readyz", 200);
    return sidecar;
  } catch (error) {
    sidecar.signal("SIGKILL");
    throw new Error(`${(error as Error).message}\n${sidecar.words()}`, { cause: error });
  }
}

class SidecarProcess extends CliProcess implements TestSidecar {
  data: readonly string[] = [];
  adminUrl = "";

  get address(): string {
    return this.data[0] ?? "";
  }

  get url(): string {
    return `http://${this.address}`;
  }

  async listening(): Promise<void> {
    const line = (await this.listeningLine()) as { data: string[]; admin: string | null };
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
}
