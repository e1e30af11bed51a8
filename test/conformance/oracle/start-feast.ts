/** Feast's own servers for one repository: `feast serve` (HTTP) and `feast listen` (gRPC). */
import { credentials, makeGenericClientConstructor } from "@grpc/grpc-js";
import { startChild, waitUntilReady } from "./child-process.ts";
import { freePort } from "./free-port.ts";
import { feastProgram } from "./project-root.ts";

const START_TIMEOUT_MS = 60_000;
const HEALTH_TIMEOUT_MS = 1000;
/** Far longer than a run: the registry of a fixture does not change. */
const REGISTRY_TTL_SECONDS = "86400";

export interface FeastServers {
  /** `http://127.0.0.1:PORT` of `feast serve`. */
  readonly httpUrl: string;
  /** `127.0.0.1:PORT` of `feast listen`. */
  readonly grpcAddress: string;
  stop(): Promise<void>;
}

interface OneServer {
  readonly address: string;
  stop(): Promise<void>;
}

/**
 * Starts both servers and waits until both are healthy.
 * @param repoDir folder with `feature_store.yaml`
 * @throws Error with a server's last output when it does not get healthy in 60 s
 */
export async function startFeast(repoDir: string): Promise<FeastServers> {
  const [http, grpc] = await Promise.allSettled([startFeastServe(repoDir), startFeastListen(repoDir)]);
  if (http.status === "fulfilled" && grpc.status === "fulfilled") {
    return {
      httpUrl: `http://${http.value.address}`,
      grpcAddress: grpc.value.address,
      stop: async () => void (await Promise.all([http.value.stop(), grpc.value.stop()])),
    };
  }
  for (const server of [http, grpc]) if (server.status === "fulfilled") await server.value.stop();
  throw http.status === "rejected" ? http.reason : (grpc as PromiseRejectedResult).reason;
}

/** One worker, never recycled (`--max-requests 0`), so that a long random run meets one process. */
export async function startFeastServe(repoDir: string): Promise<OneServer> {
  const port = await freePort();
  const address = `127.0.0.1:${port}`;
  const child = startChild([
    feastProgram("feast"),
    "-c",
    repoDir,
    "serve",
    "-h",
    "127.0.0.1",
    "-p",
    String(port),
    "--no-access-log",
    "-w",
    "1",
    "--max-requests",
    "0",
    "--max-requests-jitter",
    "0",
    "-r",
    REGISTRY_TTL_SECONDS,
  ]);
  await waitUntilReady("feast serve", child, () => isHttpHealthy(address), START_TIMEOUT_MS);
  return { address, stop: () => child.stop() };
}

export async function startFeastListen(repoDir: string): Promise<OneServer> {
  const address = `127.0.0.1:${await freePort()}`;
  const child = startChild([
    feastProgram("feast"),
    "-c",
    repoDir,
    "listen",
    "-a",
    address,
    "-w",
    "2",
    "-r",
    REGISTRY_TTL_SECONDS,
  ]);
  await waitUntilReady("feast listen", child, () => isGrpcHealthy(address), START_TIMEOUT_MS);
  return { address, stop: () => child.stop() };
}

async function isHttpHealthy(address: string): Promise<boolean> {
  const answer = await fetch(`http://${address}/health`, { signal: AbortSignal.timeout(HEALTH_TIMEOUT_MS) }).catch(
    () => undefined,
  );
  await answer?.arrayBuffer();
  return answer?.status === 200;
}

/** grpc.health.v1 Check of the whole server: an empty request; SERVING is the bytes 08 01. */
function isGrpcHealthy(address: string): Promise<boolean> {
  const Client = makeGenericClientConstructor({}, "Health");
  const client = new Client(address, credentials.createInsecure());
  return new Promise((resolve) => {
    client.makeUnaryRequest(
      "/grpc.health.v1.Health/Check",
      (bytes: Buffer) => bytes,
      (bytes: Buffer) => bytes,
      Buffer.alloc(0),
      { deadline: Date.now() + HEALTH_TIMEOUT_MS },
      (error, answer) => {
        client.close();
        resolve(error === null && answer !== undefined && answer.toString("hex") === "0801");
      },
    );
  });
}
