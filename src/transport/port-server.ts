/**
 * One port, two protocols: listeners (TCP, Unix, optionally TLS), first bytes, then a gRPC server or http.Server. The data port and the
 * admin port are both one of these. In: addresses and two servers. Out: bound addresses. Fails with ListenError only.
 */
import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type Server as TlsServer } from "node:tls";
import { formatAddress, type ListenAddress } from "../model/listen-address.ts";
import type { Log } from "../telemetry/log.ts";
import type { Recorder } from "../telemetry/recorder.ts";
import { detectProtocol } from "./detect-protocol.ts";
import type { GrpcServer } from "./grpc/grpc-server.ts";
import type { HttpServer } from "./http1/create-http-server.ts";
import { bindListener } from "./listener.ts";
import type { TransportTimeouts } from "./options.ts";
import type { TlsMaterial } from "./tls-context.ts";

export interface PortServerOptions {
  /** For the log: `data`, `admin`. */
  readonly name: string;
  readonly addresses: readonly ListenAddress[];
  /** Absent = cleartext. */
  readonly tls?: TlsMaterial;
  readonly maxConnections: number;
  readonly timeouts: TransportTimeouts;
  readonly grpc: GrpcServer;
  readonly http: HttpServer;
  readonly log: Log;
  readonly recorder: Recorder;
}

export interface PortServer {
  /** As bound, in the order asked for. */
  readonly addresses: readonly ListenAddress[];
  openConnections(): number;
  /** New handshakes use it; connections that stand keep what they have. */
  replaceTls(material: TlsMaterial): void;
  /**
   * Accepts nothing more, lets requests in flight finish, closes what is idle.
   * @returns how many connections were still open after `timeoutMs` and were cut
   */
  drain(timeoutMs: number): Promise<number>;
  /** Cuts everything now. */
  close(): Promise<void>;
}

/** While draining: how often connections that have become idle are looked for. */
const IDLE_SWEEP_MS = 20;
/** While draining: how long a connection that has said nothing may stay. */
const SILENT_GRACE_MS = 250;

/** @throws ListenError; listeners that were bound before it are closed again */
export async function openPort(options: PortServerOptions): Promise<PortServer> {
  const { grpc, http, log, recorder, timeouts } = options;
  const open = new Set<Socket>();
  /** Those that have not yet said which protocol they speak. */
  const silent = new Set<Socket>();
  const listeners: Server[] = [];

  const accept = (socket: Socket): void => {
    silent.add(socket);
    socket.on("close", () => silent.delete(socket));
    detectProtocol(socket, {
      timeoutMs: timeouts.firstBytesMs,
      onProtocol: (protocol) => {
        silent.delete(socket);
        if (protocol === "http2") grpc.inject(socket);
        else http.server.emit("connection", socket);
      },
      onRejected: (reason) => log.debug("connection_rejected", { port: options.name, reason }),
    });
  };
  /** Runs for every TCP or Unix connection, with TLS before the handshake. */
  const admit = (socket: Socket): boolean => {
    // Whatever happens on a socket, an error on it is never an uncaught exception.
    socket.on("error", () => {});
    if (open.size >= options.maxConnections) {
      recorder.connectionRefused();
      log.fault("connection_limit_reached", { port: options.name, max_connections: options.maxConnections });
      socket.destroy();
      return false;
    }
    open.add(socket);
    recorder.connectionOpened();
    socket.on("close", () => {
      open.delete(socket);
      recorder.connectionClosed();
    });
    return true;
  };

  const addresses: ListenAddress[] = [];
  try {
    for (const address of options.addresses) {
      const listener =
        options.tls === undefined ? plainListener(admit, accept) : tlsListener(options, options.tls, admit, accept);
      listeners.push(listener);
      // One after the other, so that the error names the first address that fails.
      addresses.push(await bindListener(listener, address));
    }
  } catch (error) {
    await Promise.all(listeners.map(closeListener));
    throw error;
  }
  for (const listener of listeners) {
    listener.on("error", (error) => log.fault("accept_failed", { port: options.name, error }));
  }

  const cut = async (): Promise<number> => {
    const left = open.size;
    for (const socket of open) socket.destroy();
    grpc.destroy();
    http.server.closeAllConnections();
    await untilEmpty(open);
    return left;
  };
  let draining: Promise<number> | undefined;
  const drain = async (timeoutMs: number): Promise<number> => {
    const closed = Promise.all(listeners.map(closeListener));
    grpc.goAway();
    http.goAway();
    const sweep = setInterval(() => http.server.closeIdleConnections(), IDLE_SWEEP_MS);
    // A client that connected just before may still be about to ask.
    const silentTimer = setTimeout(() => {
      for (const socket of silent) socket.destroy();
    }, SILENT_GRACE_MS);
    await Promise.race([untilEmpty(open), new Promise((resolve) => setTimeout(resolve, timeoutMs).unref())]);
    clearInterval(sweep);
    clearTimeout(silentTimer);
    const left = await cut();
    await closed;
    return left;
  };
  return {
    addresses,
    openConnections: () => open.size,
    replaceTls: (material) => {
      for (const listener of listeners) if (isTls(listener)) listener.setSecureContext(material.context);
    },
    drain: (timeoutMs) => {
      draining ??= drain(timeoutMs);
      return draining;
    },
    close: async () => {
      const closed = Promise.all(listeners.map(closeListener));
      http.goAway();
      await cut();
      await closed;
      log.debug("port_closed", { port: options.name, addresses: addresses.map(formatAddress) });
    },
  };
}

function plainListener(admit: (socket: Socket) => boolean, accept: (socket: Socket) => void): Server {
  return createServer({ noDelay: true }, (socket) => {
    if (admit(socket)) accept(socket);
  });
}

function tlsListener(
  options: PortServerOptions,
  tls: TlsMaterial,
  admit: (socket: Socket) => boolean,
  accept: (socket: Socket) => void,
): TlsServer {
  const clientCa = tls.context.ca !== undefined;
  const listener = createTlsServer(
    {
      ...tls.context,
      ALPNProtocols: ["h2", "http/1.1"],
      handshakeTimeout: options.timeouts.tlsHandshakeMs,
      requestCert: clientCa,
      rejectUnauthorized: clientCa,
      noDelay: true,
    },
    (socket) => {
      socket.on("error", () => {});
      accept(socket);
    },
  );
  listener.on("connection", admit);
  listener.on("tlsClientError", (error, socket) => {
    options.log.debug("tls_handshake_failed", { port: options.name, error });
    socket.destroy();
  });
  return listener;
}

function isTls(listener: Server): listener is TlsServer {
  return "setSecureContext" in listener;
}

function closeListener(listener: Server): Promise<void> {
  return new Promise((resolve) => {
    if (!listener.listening) resolve();
    else listener.close(() => resolve());
  });
}

function untilEmpty(open: ReadonlySet<Socket>): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (open.size === 0) resolve();
      else setTimeout(look, IDLE_SWEEP_MS);
    };
    look();
  });
}
