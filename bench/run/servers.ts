/** The servers that a run compares: name → how it is started, asked and known to be right. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { KeyColumn } from "../data/requests.ts";
import { copyForJava } from "../data/write-redis.ts";
import type { Target } from "../load/load-plan.ts";
import { type Child, startChild, waitFor } from "./child.ts";
import { launcherFlags } from "./launcher-flags.ts";
import { accepts, freePort, type World } from "./world.ts";

const START_TIMEOUT_MS = 60_000;
const SERVING_SERVICE = "/feast.serving.ServingService/GetOnlineFeatures";
const GRPC_FEATURE_SERVER = "/GrpcFeatureServer/GetOnlineFeatures";
/** Far longer than a run: the registry does not change. */
const REGISTRY_TTL_SECONDS = "86400";

/** Its workers end after some thousand requests otherwise. */
const SERVE_FLAGS = ["--no-access-log", "--max-requests", "0", "--max-requests-jitter", "0"];

const file = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const FEAST = file(".venv/bin/feast");

export const SERVER_NAMES = [
  "sidecar",
  "sidecar-http",
  "baseline",
  "echo",
  "redis",
  "feast-listen",
  "feast-serve",
  "feast-go",
  "feast-java",
] as const;
export type ServerName = (typeof SERVER_NAMES)[number];

/** What a page calls them. */
export const SERVER_TITLES: Readonly<Record<ServerName, string>> = {
  sidecar: "feast-sidecar (gRPC)",
  "sidecar-http": "feast-sidecar (HTTP)",
  baseline: "baseline (grpc-js + ioredis)",
  echo: "floor: echo of the bytes",
  redis: "floor: bare Redis read",
  "feast-listen": "Feast Python `listen` (gRPC)",
  "feast-serve": "Feast Python `serve` (HTTP)",
  "feast-go": "Feast Go (gRPC)",
  "feast-java": "Feast Java (gRPC), rewritten keys",
};

export interface RunningServer {
  readonly port: number;
  readonly target: Target;
  /** Its answers are the data's. */
  readonly checked: boolean;
  readonly keyColumn: KeyColumn;
  readonly pids: readonly number[];
  /** `host:port`; undefined = it has no such port. */
  readonly admin?: string | undefined;
  stop(): Promise<void>;
}

/** Every server that this machine has what it takes for. */
export function availableServers(): ServerName[] {
  const missing = new Set<ServerName>();
  if (!existsSync(FEAST)) missing.add("feast-listen").add("feast-serve");
  if (process.env["BENCH_FEAST_GO"] === undefined) missing.add("feast-go");
  if (process.env["BENCH_FEAST_JAVA_JAR"] === undefined) missing.add("feast-java");
  return SERVER_NAMES.filter((name) => !missing.has(name));
}

/** All figures are of reads that go to Redis, but for those of bench/cache.ts. */
export const UNCACHED = { FEAST_SIDECAR__CACHE__MODE: "disabled" };
/** Latencies are measured whole: no call is cut off at the slice. */
const NO_SLICE = { FEAST_SIDECAR__BUDGET__SLICE: "30s" };

/**
 * @param nodeFlags for servers that are Node programs, beside those that bin/feast-sidecar gives the sidecar
 * @param env options of the sidecar, in place of the cache switched off
 * @throws Error with the server's words when it does not start
 */
export async function startServer(
  name: ServerName,
  world: World,
  nodeFlags: readonly string[] = [],
  env: Readonly<Record<string, string>> = UNCACHED,
): Promise<RunningServer & { readonly child: Child | undefined }> {
  const node = [process.execPath, ...nodeFlags];
  const grpc: Target = { protocol: "grpc", path: SERVING_SERVICE };
  switch (name) {
    case "sidecar":
      return startListening(name, sidecarCommand(node, world), world, grpc, true, { ...NO_SLICE, ...env });
    case "sidecar-http":
      return startListening(name, sidecarCommand(node, world), world, { protocol: "http1", connections: 10 }, true, {
        ...NO_SLICE,
        ...env,
      });
    case "baseline":
      return startListening(
        name,
        [...node, file("bench/baseline/grpcjs-ioredis.ts"), String(world.redisPort)],
        world,
        grpc,
        true,
      );
    case "echo":
      return startListening(name, [...node, file("bench/baseline/echo.ts")], world, grpc, false);
    case "redis":
      return {
        port: world.redisPort,
        target: { protocol: "redis" },
        checked: false,
        keyColumn: "zero-time",
        pids: [world.redisPid],
        child: undefined,
        stop: async () => {},
      };
    case "feast-listen":
      return startFeast(name, world, (port) => feastCommand(world, "listen", "-a", `127.0.0.1:${port}`, "-w", "10"), {
        protocol: "grpc",
        path: GRPC_FEATURE_SERVER,
      });
    case "feast-serve":
      return startFeast(
        name,
        world,
        (port) => [...feastCommand(world, "serve", "-h", "127.0.0.1", "-p", String(port), "-w", "1"), ...SERVE_FLAGS],
        { protocol: "http1", connections: 10 },
      );
    case "feast-go":
      return startFeast(
        name,
        world,
        (port) => [file("bench/peers/feast-go.sh"), world.repo, String(port)],
        grpc,
        "now",
      );
    case "feast-java":
      await copyForJava(world.redisPort);
      return startFeast(
        name,
        world,
        (port) => [file("bench/peers/feast-java.sh"), world.repo, String(port), String(world.redisPort)],
        grpc,
        "optional",
      );
  }
}

function feastCommand(world: World, ...args: string[]): string[] {
  return [FEAST, "-c", world.repo, ...args, "-r", REGISTRY_TTL_SECONDS];
}

/** The built command line where there is one: that is what runs in production. */
function sidecarMain(): string {
  const built = file("dist/cli/main.js");
  return process.env["BENCH_SIDECAR_MAIN"] ?? (existsSync(built) ? built : file("src/cli/main.ts"));
}

/** What a result must say about the sidecar that was measured: its transport, and what is not as by default. @throws Error when its V8 flags cannot be told */
export function describeSidecar(): string {
  const flags = launcherFlags(sidecarMain());
  const elsewhere = process.env["BENCH_SIDECAR_MAIN"];
  return [
    process.env["FEAST_SIDECAR__TRANSPORT"] ?? "default",
    `V8 flags: ${flags.length === 0 ? "none" : flags.join(" ")}`,
    ...(elsewhere === undefined ? [] : [`sidecar from ${elsewhere}`]),
  ].join(", ");
}

function sidecarCommand(node: readonly string[], world: World): string[] {
  const main = sidecarMain();
  const listeners = ["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"];
  return [...node, ...launcherFlags(main), main, "serve", "--chdir", world.repo, ...listeners];
}

/** A server that prints where it listens. */
async function startListening(
  name: ServerName,
  command: readonly string[],
  world: World,
  target: Target,
  checked: boolean,
  env: Readonly<Record<string, string>> = {},
): Promise<RunningServer & { readonly child: Child }> {
  const child = startChild(command, { cores: world.cores.server, env });
  const line = (): RegExpExecArray | null => /^\{"event":"listening".*$/m.exec(child.stdout());
  await waitFor(name, child, START_TIMEOUT_MS, () => line() !== null);
  const said = JSON.parse(line()?.[0] ?? "") as { data: readonly string[]; admin?: string };
  const port = Number(said.data[0]?.split(":").at(-1));
  if (said.admin !== undefined) await waitFor(name, child, START_TIMEOUT_MS, () => isReady(said.admin as string));
  const keyColumn = "zero-time";
  return { port, target, checked, keyColumn, pids: [child.pid], admin: said.admin, child, stop: () => child.stop() };
}

async function isReady(admin: string): Promise<boolean> {
  const answer = await fetch(`http://${admin}/readyz`).catch(() => undefined);
  await answer?.arrayBuffer();
  return answer?.status === 200;
}

/** A server that takes the port it is given and says nothing. */
async function startFeast(
  name: ServerName,
  world: World,
  commandFor: (port: number) => string[],
  target: Target,
  keyColumn: KeyColumn = "zero-time",
): Promise<RunningServer & { readonly child: Child }> {
  const port = await freePort();
  const child = startChild(commandFor(port), { cores: world.cores.server });
  await waitFor(name, child, START_TIMEOUT_MS, () => accepts(port));
  return { port, target, checked: true, keyColumn, pids: [child.pid], child, stop: () => child.stop() };
}
