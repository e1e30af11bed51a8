/** What predictions stand on: a Redis with the churn example, sidecars over it, and BentoML in front of each way to the features. */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Child, plainEnvironment, startChild, waitFor } from "../run/child.ts";
import { accepts, type Cores, chooseCores, freePort } from "../run/world.ts";
import type { Way } from "./results.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const SERVICE = join(ROOT, "deploy/bentoml");
const START_TIMEOUT_MS = 120_000;

export interface ChurnServers {
  readonly cores: Cores;
  /** Ports of `predict`. */
  readonly ports: ReadonlyMap<Way, number>;
  /** Redis is gone from now on. */
  stopRedis(): Promise<void>;
  stop(): Promise<void>;
}

/** @throws Error with a server's words when it does not start; nothing is left running */
export async function startChurnServers(onLate: string): Promise<ChurnServers> {
  const cores = chooseCores(availableParallelism());
  const folder = mkdtempSync(join(tmpdir(), "feast-sidecar-predict-"));
  const children: Child[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(children.map((child) => child.stop()));
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const redisPort = await freePort();
    const fixed = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", folder];
    const redis = startChild(["redis-server", "--port", String(redisPort), ...fixed], { cores: cores.redis });
    children.push(redis);
    await waitFor("redis-server", redis, START_TIMEOUT_MS, () => accepts(redisPort));
    const repository = makeRepository(folder, redisPort);
    const start = { folder, repository, cores, children };
    const ports = new Map<Way, number>();
    for (const way of ["sidecar", "uncached"] as const) {
      const socket = await startSidecar(start, way, onLate);
      ports.set(way, await startBento(start, way, { CHURN_FEATURES_TARGET: `unix:${socket}` }));
    }
    ports.set("sdk", await startBento(start, "sdk", { CHURN_REPOSITORY: repository }));
    return { cores, ports, stopRedis: () => redis.stop(), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Start {
  readonly folder: string;
  readonly repository: string;
  readonly cores: Cores;
  readonly children: Child[];
}

/** A copy of the churn example whose online store is that Redis, filled by real Feast. */
function makeRepository(folder: string, redisPort: number): string {
  const repository = join(folder, "repository");
  cpSync(join(ROOT, "examples/churn"), repository, { recursive: true });
  const yaml = `project: churn
provider: local
registry: data/registry.db
online_store:
  type: redis
  connection_string: 127.0.0.1:${redisPort}
entity_key_serialization_version: 3
`;
  writeFileSync(join(repository, "feature_store.yaml"), yaml);
  const python = join(ROOT, ".venv-bentoml-feast/bin/python");
  execFileSync(python, [join(SERVICE, "bench/load_redis.py"), repository], {
    env: plainEnvironment(),
    stdio: ["ignore", "ignore", "pipe"],
  });
  return repository;
}

/** @returns path of its Unix socket */
async function startSidecar(start: Start, way: Way, onLate: string): Promise<string> {
  const socket = join(start.folder, `${way}.sock`);
  const args = ["serve", "--chdir", start.repository, "--listen", `unix:${socket}`, "--admin", "127.0.0.1:0"];
  const child = startChild([join(ROOT, "bin/feast-sidecar"), ...args], {
    cores: start.cores.server,
    env: {
      ...(way === "uncached" && { FEAST_SIDECAR__CACHE__MODE: "disabled" }),
      ...(onLate !== "error" && { FEAST_SIDECAR__BUDGET__ON_LATE: onLate }),
    },
  });
  start.children.push(child);
  await waitFor("feast-sidecar", child, START_TIMEOUT_MS, async () => {
    const [line, rest] = child.stdout().split("\n", 2);
    if (line === undefined || rest === undefined) return false;
    return (await fetch(`http://${(JSON.parse(line) as { admin: string }).admin}/readyz`)).ok;
  });
  return socket;
}

async function startBento(start: Start, way: Way, env: Record<string, string>): Promise<number> {
  const port = await freePort();
  const home = join(start.folder, `bento-${way}`);
  mkdirSync(home);
  const isSdk = way === "sdk";
  const bentoml = join(ROOT, isSdk ? ".venv-bentoml-feast" : ".venv-bentoml", "bin/bentoml");
  const target = isSdk ? "bench.sdk_service:ChurnSdk" : "service:Churn";
  // The client keeps more connections than it needs: BentoML closes those that it has not used for 5 s, under the client's hands.
  const keepAlive = ["--timeout-keep-alive", "3600"];
  const child = startChild([bentoml, "serve", target, "--host", "127.0.0.1", "--port", String(port), ...keepAlive], {
    cores: start.cores.server,
    cwd: SERVICE,
    env: {
      ...env,
      BENTOML_DO_NOT_TRACK: "True",
      BENTOML_HOME: home,
      PYTHONPATH: `${SERVICE}:${join(ROOT, "clients/python/src")}`,
    },
  });
  start.children.push(child);
  await waitFor(`BentoML (${way})`, child, START_TIMEOUT_MS, async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
    return answer?.ok === true;
  });
  return port;
}
