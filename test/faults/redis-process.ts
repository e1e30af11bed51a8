/** A real redis-server on loopback that a test kills, freezes and brings back. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Redis } from "ioredis";
import { connectRedis, type RedisAccess } from "./connect-redis.ts";
import { freePort } from "./free-port.ts";
import { endWithUs, type Stage } from "./stage.ts";
import { until } from "./until.ts";

const START_TIMEOUT_MS = 10_000;
const WORDS_KEPT = 3_000;

export interface RedisProcessOptions {
  /** Added to the command line; after `restart` the same again. */
  readonly args?: readonly string[];
  /** A configuration file and flags in place of the usual arguments (Sentinel). */
  readonly configFile?: (port: number, directory: string) => string;
  /** Every acknowledged write survives SIGKILL: it was handed to the kernel before the reply. */
  readonly isDurable?: boolean;
  /** How the test's own connection gets in (TLS, password). */
  readonly access?: () => RedisAccess;
  /** The port speaks TLS only. */
  readonly tls?: boolean;
  /** Written into the data folder before the first start. */
  readonly prepare?: (port: number, directory: string) => void;
}

export class RedisProcess {
  readonly port: number;
  readonly directory: string;
  readonly #options: RedisProcessOptions;
  #child: ChildProcess | undefined;
  #admin: Redis | undefined;
  #words = "";

  constructor(port: number, options: RedisProcessOptions) {
    this.port = port;
    this.#options = options;
    this.directory = mkdtempSync(join(tmpdir(), "feast-fault-redis-"));
    options.prepare?.(port, this.directory);
  }

  /** 0 = it does not run. */
  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** Starts the process and waits for its port. @throws Error with its last words */
  async start(): Promise<void> {
    const child = spawn("redis-server", this.#commandLine(), { stdio: ["ignore", "pipe", "pipe"] });
    this.#child = child;
    endWithUs(child);
    const note = (chunk: Buffer): void => {
      this.#words = (this.#words + chunk.toString()).slice(-WORDS_KEPT);
    };
    child.stdout.on("data", note);
    child.stderr.on("data", note);
    child.once("error", (error) => note(Buffer.from(error.message)));
    await until(`redis-server on ${this.port}`, START_TIMEOUT_MS, async () => {
      if (child.exitCode !== null) throw new Error(this.#words);
      return (await this.ask("PING")) === "PONG";
    });
  }

  /** SIGKILL; resolves when the process is gone. */
  async kill(): Promise<void> {
    this.#admin?.disconnect();
    this.#admin = undefined;
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
  }

  /** Starts again on the same port. @param data `empty` = the data folder is wiped before */
  async restart(data: "empty" | "kept"): Promise<void> {
    await this.kill();
    if (data === "empty") {
      rmSync(this.directory, { recursive: true, force: true });
      mkdirSync(this.directory);
      this.#options.prepare?.(this.port, this.directory);
    }
    await this.start();
  }

  /** SIGSTOP: connections stay open, nothing answers. */
  freeze(): void {
    this.#child?.kill("SIGSTOP");
  }

  thaw(): void {
    this.#child?.kill("SIGCONT");
  }

  /** One command on the test's own connection. @throws Error with Redis' words, or when there is no answer in 3 s */
  ask(...words: readonly (string | number | Buffer)[]): Promise<unknown> {
    const [name = "PING", ...rest] = words;
    return this.#connection().call(String(name), rest as (string | Buffer)[]);
  }

  /** As {@link ask}, with every text as bytes. */
  askBytes(...words: readonly (string | number | Buffer)[]): Promise<unknown> {
    const [name = "PING", ...rest] = words;
    return this.#connection().callBuffer(String(name), rest as (string | Buffer)[]);
  }

  /** A section of INFO as name → value. */
  async info(section: string): Promise<ReadonlyMap<string, string>> {
    const text = String(await this.ask("INFO", section));
    return new Map(
      text.split("\r\n").flatMap((line) => {
        const colon = line.indexOf(":");
        return colon < 0 ? [] : [[line.slice(0, colon), line.slice(colon + 1)] as const];
      }),
    );
  }

  /** Rows of features that this process has been asked for since it started. */
  async rowsRead(): Promise<number> {
    const stats = await this.info("commandstats");
    let calls = 0;
    for (const name of ["cmdstat_hmget", "cmdstat_hgetall"]) {
      calls += Number(/calls=(\d+)/.exec(stats.get(name) ?? "")?.[1] ?? 0);
    }
    return calls;
  }

  async close(): Promise<void> {
    await this.kill();
    rmSync(this.directory, { recursive: true, force: true });
  }

  #connection(): Redis {
    if (this.#admin !== undefined) return this.#admin;
    const admin = connectRedis(this.port, this.#options.access?.());
    this.#admin = admin;
    return admin;
  }

  #commandLine(): readonly string[] {
    const { args = [], configFile, isDurable = false, tls = false } = this.#options;
    if (configFile !== undefined) return [configFile(this.port, this.directory), "--sentinel"];
    const ports = tls ? ["--port", "0", "--tls-port", String(this.port)] : ["--port", String(this.port)];
    return [
      ...[...ports, "--bind", "127.0.0.1", "--save", "", "--dir", this.directory],
      // `no` leaves fsync to the kernel; what a killed process has written is still there.
      ...["--appendonly", isDurable ? "yes" : "no", "--appendfsync", "no"],
      ...["--repl-diskless-sync-delay", "0"],
      ...args,
    ];
  }
}

/** Starts a redis-server that the stage will end. @param port default: a free one */
export async function startRedis(
  stage: Stage,
  options: RedisProcessOptions = {},
  port?: number,
): Promise<RedisProcess> {
  const redis = new RedisProcess(port ?? (await freePort()), options);
  stage.own(() => redis.close());
  await redis.start();
  return redis;
}

/** Waits until each replica's link is up and it has everything that the primary has now. */
export async function untilInSync(primary: RedisProcess, replicas: readonly RedisProcess[]): Promise<void> {
  const wanted = Number((await primary.info("replication")).get("master_repl_offset"));
  for (const replica of replicas) {
    await until(`replica ${replica.port} in sync`, START_TIMEOUT_MS, async () => {
      const info = await replica.info("replication");
      return info.get("master_link_status") === "up" && Number(info.get("slave_repl_offset")) >= wanted;
    });
  }
}
