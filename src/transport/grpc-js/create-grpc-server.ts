/** The method table served by grpc-js (`sidecar.transport: grpc-js`): slower than ours, and what ours is compared with. */
import type { Http2Server, IncomingHttpHeaders, ServerHttp2Stream } from "node:http2";
import { logVerbosity, Server, ServerCredentials, type ServerOptions, setLogVerbosity } from "@grpc/grpc-js";
import type { GrpcServer, GrpcServerOptions } from "../grpc/grpc-server.ts";
import { addMethods } from "./add-methods.ts";

/** How long calls may go on after their connection was asked to go away. */
const MAX_AGE_GRACE_MS = 30_000;
/** What fits in the 32-bit timer that grpc-js makes of it: 24 days. */
const MAX_TIMEOUT_MS = 2_147_483_647;
const UNIT_MS: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 1e-3, n: 1e-6 };

export function createGrpcServer(options: GrpcServerOptions): GrpcServer {
  const { limits, timeouts } = options;
  const channelOptions: ServerOptions = {
    "grpc.max_receive_message_length": limits.maxRequestBytes,
    "grpc.max_concurrent_streams": limits.maxStreams,
    "grpc.keepalive_time_ms": timeouts.pingEveryMs,
    "grpc.keepalive_timeout_ms": timeouts.pingAnswerMs,
    "grpc.enable_channelz": 0,
  };
  if (limits.maxConnectionAgeMs > 0) {
    channelOptions["grpc.max_connection_age_ms"] = limits.maxConnectionAgeMs;
    channelOptions["grpc.max_connection_age_grace_ms"] = MAX_AGE_GRACE_MS;
  }
  // grpc-js writes to stderr itself: lines that are not JSON, as many as a client likes, with values of the client's metadata.
  setLogVerbosity(logVerbosity.NONE);
  const server = new Server(channelOptions);
  addMethods(server, options);
  // TLS ends before: the sockets are plain streams to grpc-js.
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  for (const http2Server of http2ServersOf(server)) {
    boundTimeouts(http2Server);
    dropDeadStreams(http2Server);
  }
  return {
    inject: (socket) => injector.injectConnection(socket),
    goAway: () => injector.drain(MAX_TIMEOUT_MS),
    destroy: () => server.forceShutdown(),
  };
}

/**
 * grpc-js 1.14 cuts timeouts to 32 bits, so that a caller who means "no limit" (30 days) fails at once with DEADLINE_EXCEEDED.
 * Its servers are the only way to see a header before it does.
 */
function boundTimeouts(http2Server: Http2Server): void {
  http2Server.prependListener("stream", (_stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    const timeout = headers["grpc-timeout"];
    if (typeof timeout !== "string") return;
    const unitMs = UNIT_MS[timeout.slice(-1)];
    if (unitMs !== undefined && Number(timeout.slice(0, -1)) * unitMs > MAX_TIMEOUT_MS) {
      delete headers["grpc-timeout"];
    }
  });
}

/**
 * grpc-js 1.14 answers a stream of another content type or path without looking whether it still stands; a client that resets it
 * in the same packet would make that an uncaught exception. Such streams do not get to grpc-js.
 */
function dropDeadStreams(http2Server: Http2Server): void {
  const handlers = http2Server.listeners("stream");
  http2Server.removeAllListeners("stream");
  http2Server.on("stream", (stream: ServerHttp2Stream, ...rest: unknown[]) => {
    if (stream.destroyed || stream.closed) {
      stream.on("error", () => {});
      return;
    }
    for (const handler of handlers) Reflect.apply(handler, http2Server, [stream, ...rest]);
  });
}

/** Those behind the injectors; grpc-js shows them to nobody. */
function http2ServersOf(server: Server): Iterable<Http2Server> {
  const http2Servers = Reflect.get(server, "http2Servers") as Map<Http2Server, unknown> | undefined;
  return http2Servers?.keys() ?? [];
}
