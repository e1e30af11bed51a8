/** A data port with a made-up `serve`, and raw clients for it. Every port is checked for left-over connections when it ends. */
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type ChannelCredentials,
  Client,
  credentials,
  Metadata,
  type ServiceError,
  type StatusObject,
} from "@grpc/grpc-js";
import { afterEach, expect } from "vitest";
import { formatAddress, type ListenAddress, parseListenAddress } from "../../src/model/listen-address.ts";
import type { CallContext, FeatureRequest } from "../../src/model/request.ts";
import { type ServeCode, ServeError } from "../../src/model/serve-error.ts";
import { createLog } from "../../src/telemetry/log.ts";
import { noopRecorder, type Recorder, type RequestOutcome } from "../../src/telemetry/recorder.ts";
import { createDataServer, type DataServer, type DataServerOptions } from "../../src/transport/data-server.ts";
import { ListenError } from "../../src/transport/listener.ts";
import { DEFAULT_LIMITS, DEFAULT_TIMEOUTS } from "../../src/transport/options.ts";

export const SERVING = "/feast.serving.ServingService/GetOnlineFeatures";
export const FEATURE_SERVER = "/GrpcFeatureServer/GetOnlineFeatures";

/** TEST_TRANSPORT=grpc-js runs the suites of the data port over the other implementation. */
export const TRANSPORT = process.env["TEST_TRANSPORT"] === "grpc-js" ? "grpc-js" : "lean";

const cleanups: (() => unknown)[] = [];
/** Runs after the test, last one first. */
export function atEnd(cleanup: () => unknown): void {
  cleanups.push(cleanup);
}
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

export function tempDir(): string {
  const dir = mkdtempSync(join(tmpdir(), "feast-sidecar-"));
  atEnd(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

export interface Data {
  readonly server: DataServer;
  readonly addresses: readonly string[];
  /** host:port of the first address. */
  readonly target: string;
  readonly port: number;
  readonly requests: { request: FeatureRequest; call: CallContext }[];
  readonly events: Record<string, unknown>[];
  readonly outcomes: [string, RequestOutcome][];
  readonly connections: { opened: number; closed: number; refused: number };
  /** Answers the requests that wait (`wait:…`). */
  readonly release: () => void;
  readiness: { ready: boolean; change: () => void; registry: boolean };
}

/**
 * The first feature tells the fake what to do: `error:CODE` rejects, `throw:x` is a bug, `wait:x` waits for release() or the
 * caller's leaving, `mark:VIEW` says that the view's rows are stale; that and anything else is answered with JSON about the request
 * (also over gRPC: bytes are bytes here).
 */
export async function startData(options: Partial<DataServerOptions> & { listen?: string[] } = {}): Promise<Data> {
  const requests: Data["requests"] = [];
  const events: Data["events"] = [];
  const outcomes: Data["outcomes"] = [];
  const connections = { opened: 0, closed: 0, refused: 0 };
  const waiting: (() => void)[] = [];
  const readiness = { ready: true, registry: true, change: () => {} };
  const recorder: Recorder = {
    ...noopRecorder,
    requestDone: (surface, outcome, seconds) => {
      expect(seconds).toBeGreaterThanOrEqual(0);
      outcomes.push([surface, outcome]);
    },
    connectionOpened: () => connections.opened++,
    connectionClosed: () => connections.closed++,
    connectionRefused: () => connections.refused++,
  };
  const server = await createDataServer({
    addresses: (options.listen ?? ["127.0.0.1:0"]).map(addressOf),
    transport: TRANSPORT,
    limits: DEFAULT_LIMITS,
    requestLimits: { maxRows: 1_000_000, maxReferences: 1_000_000 },
    timeouts: DEFAULT_TIMEOUTS,
    readiness: {
      isReady: () => readiness.ready,
      onChange: (listener) => {
        readiness.change = listener;
      },
    },
    isRegistryLoaded: () => readiness.registry,
    errorStatus: "feast",
    version: "0.1.0",
    log: createLog({ level: "debug", write: (line) => events.push(JSON.parse(line)), epochMs: Date.now }),
    recorder,
    serve: async (request, call) => {
      requests.push({ request, call });
      const [verb, argument] = (request.features[0] ?? "").split(":");
      if (verb === "error") throw new ServeError(argument as ServeCode, `said ${argument}`);
      if (verb === "throw") throw new TypeError("a bug");
      if (verb === "mark") {
        call.degraded = [{ view: argument ?? "", policy: "stale", reason: "lag", rows: 1, cells: 1, ageMs: 812 }];
        call.trailers = [["feast-sidecar-budget", `loop=${argument}`]];
      }
      if (verb === "wait") {
        await new Promise<void>((resolve) => {
          waiting.push(resolve);
          const left = setInterval(() => {
            if (!call.cancelled) return;
            clearInterval(left);
            resolve();
          }, 5);
          left.unref();
        });
      }
      return Buffer.from(
        JSON.stringify({
          surface: request.surface,
          features: request.features,
          columns: request.columns.map((column) => [column.name, column.rows]),
        }),
      );
    },
    ...options,
  });
  const addresses = server.addresses.map(formatAddress);
  atEnd(async () => {
    await server.close();
    expect(server.openConnections()).toBe(0);
    expect(connections.closed).toBe(connections.opened);
  });
  const first = server.addresses[0];
  return {
    server,
    addresses,
    target: addresses[0] as string,
    port: first?.kind === "tcp" ? first.port : 0,
    requests,
    events,
    outcomes,
    connections,
    readiness,
    release: () => {
      for (const resolve of waiting.splice(0)) resolve();
    },
  };
}

function addressOf(text: string): ListenAddress {
  const parsed = parseListenAddress(text);
  if (!parsed.ok) throw new Error(`'${text}': ${parsed.why}`);
  return parsed.value;
}

export function grpcClient(
  target: string,
  creds: ChannelCredentials = credentials.createInsecure(),
  options = {},
): Client {
  const client = new Client(target, creds, { "grpc.enable_retries": 0, ...options });
  atEnd(() => client.close());
  return client;
}

export interface GrpcAnswer {
  readonly code: number;
  readonly details: string;
  readonly body: Buffer | undefined;
  readonly trailers: Record<string, unknown>;
}

const identity = (bytes: Buffer): Buffer => bytes;

/** One unary call; errors are answers too. */
export function ask(
  client: Client,
  path: string,
  request: Buffer = featuresRequest("a:b"),
  metadata: Record<string, string> = {},
  deadlineMs = 10_000,
): Promise<GrpcAnswer> {
  return new Promise((resolve) => {
    const given = new Metadata();
    for (const [key, value] of Object.entries(metadata)) given.set(key, value);
    let error: ServiceError | null = null;
    let body: Buffer | undefined;
    const call = client.makeUnaryRequest(
      path,
      identity,
      identity,
      request,
      given,
      { deadline: Date.now() + deadlineMs },
      (thrown: ServiceError | null, answer?: Buffer) => {
        error = thrown;
        body = answer;
      },
    );
    // Comes after the answer, or the error.
    call.on("status", ({ metadata }: StatusObject) =>
      resolve({ code: error?.code ?? 0, details: error?.details ?? "", body, trailers: metadata.getMap() }),
    );
  });
}

/** GetOnlineFeaturesRequest with one ref. */
export function featuresRequest(ref: string): Buffer {
  const text = Buffer.from(ref);
  return Buffer.concat([Buffer.of(0x12, text.length + 2, 0x0a, text.length), text]);
}

/** Writes to a fresh connection and returns all that comes back until the server closes it. */
export async function talk(port: number, ...parts: (string | Buffer)[]): Promise<string> {
  const socket = await open(port);
  for (const part of parts) {
    socket.write(part);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return await received(socket);
}

export async function open(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  atEnd(() => socket.destroy());
  await once(socket, "connect");
  return socket;
}

export async function received(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  if (!socket.closed) await once(socket, "close");
  return Buffer.concat(chunks).toString("latin1");
}

export async function until(condition: () => boolean, what: string): Promise<void> {
  const endMs = Date.now() + 5_000;
  while (!condition()) {
    if (Date.now() > endMs) throw new Error(`waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

export async function listenError(options: Partial<DataServerOptions> & { listen: string[] }): Promise<ListenError> {
  try {
    await startData(options);
  } catch (error) {
    if (error instanceof ListenError) return error;
    throw error;
  }
  throw new Error("was bound");
}
