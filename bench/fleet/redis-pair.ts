/** A primary and the replica that the sidecars read. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { FleetCores } from "./cores.ts";
import { RedisServer } from "./redis-server.ts";

const SYNC_TIMEOUT_MS = 60_000;
const POLL_MS = 10;
/** redis.conf's. */
const DEFAULT_MAX_KEYS = "1000000";

export class RedisPair {
  readonly primary: RedisServer;
  readonly replica: RedisServer;
  readonly #directory: string;

  private constructor(primary: RedisServer, replica: RedisServer, directory: string) {
    this.primary = primary;
    this.replica = replica;
    this.#directory = directory;
  }

  /** @throws Error when redis-server is missing or does not start */
  static async start(cores: FleetCores): Promise<RedisPair> {
    const directory = mkdtempSync(join(tmpdir(), "feast-sidecar-fleet-"));
    const primary = await RedisServer.start(directory, cores.primary, ["--repl-diskless-sync-delay", "0"]);
    const replicaOf = ["--replicaof", `127.0.0.1 ${primary.port}`, "--replica-announce-ip", "127.0.0.1"];
    const replica = await RedisServer.start(directory, cores.replica, replicaOf);
    const pair = new RedisPair(primary, replica, directory);
    await pair.untilInSync();
    return pair;
  }

  /** The replica has everything that the primary has now. */
  async untilInSync(): Promise<void> {
    const wanted = Number((await this.primary.info("replication")).get("master_repl_offset"));
    for (const endMs = performance.now() + SYNC_TIMEOUT_MS; performance.now() < endMs; await delay(POLL_MS)) {
      const told = await this.replica.info("replication");
      if (told.get("master_link_status") === "up" && Number(told.get("slave_repl_offset")) >= wanted) return;
    }
    throw new Error("the replica does not follow its primary");
  }

  /** What runs before left in the replica's table of tracked keys: clients that are gone stay there until their keys change. */
  async forgetTracked(): Promise<void> {
    const { replica } = this;
    // Only with a client that tracks does Redis look at the limit (server.c:processCommand).
    await replica.ask("CLIENT", "TRACKING", "ON");
    await replica.ask("CONFIG", "SET", "tracking-table-max-keys", "1");
    while (Number((await replica.info("stats")).get("tracking_total_keys")) > 1) await replica.ask("PING");
    await replica.ask("CLIENT", "TRACKING", "OFF");
    await replica.ask("CONFIG", "SET", "tracking-table-max-keys", DEFAULT_MAX_KEYS);
  }

  async stop(): Promise<void> {
    await Promise.all([this.primary.stop(), this.replica.stop()]);
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
