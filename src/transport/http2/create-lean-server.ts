/** The method table served by our own HTTP/2 (`sidecar.transport: lean`). */
import type { Socket } from "node:net";
import type { GrpcServer, GrpcServerOptions } from "../grpc/grpc-server.ts";
import { Connection } from "./connection.ts";
import { ErrorCode } from "./frames.ts";
import { ServerCore } from "./server-core.ts";

/** How long calls may go on after their connection was asked to go away because of its age. */
const MAX_AGE_GRACE_MS = 30_000;
/** Ages differ by so much, so that connections that came together do not leave together. */
const AGE_JITTER = 0.1;
/** A client that does not answer the PING of a goodbye is told the rest after this. */
const GOODBYE_MS = 250;
/** How long a client may take to close after the last word. */
const LINGER_MS = 1000;
const LOOK_LEAST_MS = 10;
const LOOK_MOST_MS = 1000;

export function createLeanServer(options: GrpcServerOptions): GrpcServer {
  const core = new ServerCore(options);
  const connections = new Map<Connection, number>();
  const { maxConnectionAgeMs } = options.limits;
  let housekeeping: NodeJS.Timeout | undefined;
  let isLeaving = false;

  const look = (): void => {
    const nowMs = core.nowMs();
    for (const [connection, maxAgeMs] of connections) {
      try {
        keepHouse(connection, options, maxAgeMs, nowMs);
      } catch (error) {
        options.onUnexpectedError(error);
        connection.abort();
      }
    }
  };
  return {
    inject: (socket) => {
      const connection = new Connection(core, socket);
      const spread = 1 + AGE_JITTER * (2 * options.random() - 1);
      connections.set(connection, maxConnectionAgeMs > 0 ? maxConnectionAgeMs * spread : Number.POSITIVE_INFINITY);
      if (housekeeping === undefined) {
        housekeeping = setInterval(look, lookEveryMs(options));
        housekeeping.unref();
        core.stalls.start();
      }
      attach(socket, connection, () => {
        connections.delete(connection);
        if (connections.size > 0) return;
        clearInterval(housekeeping);
        housekeeping = undefined;
        core.stalls.stop();
      });
      if (isLeaving) connection.goAway();
    },
    goAway: () => {
      isLeaving = true;
      for (const connection of connections.keys()) connection.goAway();
      setTimeout(() => {
        for (const connection of connections.keys()) connection.leave();
      }, GOODBYE_MS).unref();
    },
    destroy: () => {
      for (const connection of connections.keys()) connection.socket.destroy();
      core.deadlines.close();
    },
  };
}

function attach(socket: Socket, connection: Connection, onClosed: () => void): void {
  socket.on("data", (chunk: Buffer) => connection.receive(chunk));
  socket.on("drain", () => connection.onDrain());
  // HTTP/2 knows no half-closed connections: a client that has ended waits for nothing.
  socket.on("end", () => socket.destroy());
  socket.on("close", () => {
    connection.onClosed();
    onClosed();
  });
  // Whatever happens on a socket, an error on it is never an uncaught exception.
  socket.on("error", () => {});
  socket.resume();
}

/** Often enough for the shortest of the times that are looked after. */
function lookEveryMs({ limits, timeouts }: GrpcServerOptions): number {
  const ageMs = limits.maxConnectionAgeMs > 0 ? limits.maxConnectionAgeMs : Number.POSITIVE_INFINITY;
  const shortestMs = Math.min(
    timeouts.pingEveryMs,
    timeouts.pingAnswerMs,
    timeouts.stalledMs,
    timeouts.requestMs,
    ageMs,
  );
  return Math.min(LOOK_MOST_MS, Math.max(LOOK_LEAST_MS, shortestMs / 4));
}

function keepHouse(connection: Connection, { timeouts }: GrpcServerOptions, maxAgeMs: number, nowMs: number): void {
  const sinceLeavingMs = nowMs - connection.leavingSinceMs;
  if (connection.closing) {
    if (sinceLeavingMs > LINGER_MS) connection.socket.destroy();
    return;
  }
  if (connection.state === "open") {
    if (nowMs - connection.bornMs > maxAgeMs) connection.goAway();
  } else if (connection.state === "leaving" && sinceLeavingMs > GOODBYE_MS) connection.leave();
  else if (nowMs - connection.bornMs > maxAgeMs && sinceLeavingMs > MAX_AGE_GRACE_MS) connection.socket.destroy();
  keepAlive(connection, timeouts.pingEveryMs, timeouts.pingAnswerMs, nowMs);
  for (const call of connection.calls.calls.values()) {
    const idleMs = nowMs - call.progressMs;
    if (!call.isRemoteEnded && call.method.kind === "unary" && idleMs > timeouts.requestMs) {
      connection.calls.reset(call, ErrorCode.CANCEL);
    } else if (call.hasMessage && idleMs > timeouts.stalledMs) {
      connection.calls.reset(call, ErrorCode.CANCEL);
    }
  }
}

function keepAlive(connection: Connection, everyMs: number, answerMs: number, nowMs: number): void {
  if (connection.heardMs > connection.pingedMs) connection.pingedMs = 0;
  if (connection.pingedMs > 0) {
    if (nowMs - connection.pingedMs > answerMs) connection.socket.destroy();
  } else if (nowMs - connection.heardMs > everyMs) connection.ping();
}
