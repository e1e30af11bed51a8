/** What every server of a run stands on: cores, a Redis with the data, a folder with feature_store.yaml and the registry. */
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PROJECT } from "../data/shape.ts";
import { writeRedis } from "../data/write-redis.ts";
import { startChild, waitFor } from "./child.ts";

const REGISTRY = fileURLToPath(new URL("../data/repo/registry.db", import.meta.url));
const START_TIMEOUT_MS = 10_000;

/** The server has a core to itself; the client shares the other with Redis where there are only two. */
export interface Cores {
  readonly server: string | undefined;
  readonly client: string | undefined;
  readonly redis: string | undefined;
}

export interface World {
  readonly cores: Cores;
  readonly repo: string;
  readonly redisPort: number;
  readonly redisPid: number;
  stop(): Promise<void>;
}

export function chooseCores(count: number): Cores {
  if (count < 2) return { server: undefined, client: undefined, redis: undefined };
  return { server: "0", client: "1", redis: count > 2 ? "2" : "1" };
}

/** @throws Error when redis-server is missing or does not start */
export async function createWorld(): Promise<World> {
  const cores = chooseCores(availableParallelism());
  const repo = mkdtempSync(join(tmpdir(), "feast-sidecar-bench-"));
  const redisPort = await freePort();
  const args = ["--port", String(redisPort), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", repo];
  const redis = startChild(["redis-server", ...args], { cores: cores.redis });
  const stop = async (): Promise<void> => {
    await redis.stop();
    rmSync(repo, { recursive: true, force: true });
  };
  try {
    await waitFor("redis-server", redis, START_TIMEOUT_MS, () => accepts(redisPort));
    await writeRedis(redisPort);
  } catch (error) {
    await stop();
    throw error;
  }
  copyFileSync(REGISTRY, join(repo, "registry.db"));
  writeFileSync(join(repo, "feature_store.yaml"), configuration(redisPort));
  return { cores, repo, redisPort, redisPid: redis.pid, stop };
}

function configuration(redisPort: number): string {
  return `project: ${PROJECT}
provider: local
registry: registry.db
online_store:
  type: redis
  connection_string: 127.0.0.1:${redisPort}
entity_key_serialization_version: 3
`;
}

export function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}
