/** A redis-server of the fleet's bench, and what it says of itself. */
import { Redis } from "ioredis";
import { type Child, startChild, waitFor } from "../run/child.ts";
import { accepts, freePort } from "../run/world.ts";
import { cpuMicrosOf } from "./cpu-time.ts";

const START_TIMEOUT_MS = 10_000;

/** A connection as CLIENT LIST shows it. */
export interface ClientLine {
  readonly id: number;
  /** `t` among them = its keys are tracked. */
  readonly flags: string;
  /** Of the list of replies that did not fit into the connection's own buffer. */
  readonly omemBytes: number;
  readonly totalBytes: number;
}

export class RedisServer {
  readonly port: number;
  readonly #child: Child;
  readonly #link: Redis;

  private constructor(port: number, child: Child) {
    this.port = port;
    this.#child = child;
    this.#link = new Redis({ host: "127.0.0.1", port, protocol: 2 });
    this.#link.on("error", () => {});
  }

  /** @throws Error when it is missing or does not start */
  static async start(directory: string, cores: string | undefined, args: readonly string[]): Promise<RedisServer> {
    const port = await freePort();
    const fixed = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", directory];
    const child = startChild(["redis-server", "--port", String(port), ...fixed, ...args], { cores });
    await waitFor("redis-server", child, START_TIMEOUT_MS, () => accepts(port));
    return new RedisServer(port, child);
  }

  /** One command. @throws Error with Redis' words (rejection) */
  ask(...[name = "PING", ...words]: readonly string[]): Promise<unknown> {
    return this.#link.call(name, words);
  }

  async info(section: string): Promise<ReadonlyMap<string, string>> {
    const lines = String(await this.ask("INFO", section)).split("\r\n");
    return new Map(lines.map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1)]));
  }

  /** Of all ordinary connections, or of one. */
  async clients(id?: number): Promise<ClientLine[]> {
    const which = id === undefined ? ["TYPE", "normal"] : ["ID", String(id)];
    const lines = String(await this.ask("CLIENT", "LIST", ...which)).split("\n");
    return lines.filter(Boolean).map((line) => {
      const of = (name: string): string => new RegExp(`(?:^| )${name}=(\\S*)`).exec(line)?.[1] ?? "";
      const { 0: flags, 1: omem, 2: total } = [of("flags"), of("omem"), of("tot-mem")];
      return { id: Number(of("id")), flags: flags ?? "", omemBytes: Number(omem), totalBytes: Number(total) };
    });
  }

  /** CPU time of the process so far, from /proc. */
  cpuMicros(): number {
    return cpuMicrosOf(this.#child.pid);
  }

  async stop(): Promise<void> {
    this.#link.disconnect();
    await this.#child.stop();
  }
}
