/** Opens the sockets of a Redis connection. */
import { connect as connectPlain, type OnReadOpts, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { TlsFiles } from "../control/tls-files.ts";

const KEEP_ALIVE_MS = 10_000;

interface SocketTarget {
  readonly host: string;
  readonly port: number;
  /** undefined = cleartext. */
  readonly tls: TlsFiles | undefined;
}

/**
 * Begins to connect; the outcome shows in the socket's events.
 * @param onread memory of the caller that the socket receives into, instead of a buffer and a `data` event per read
 * @throws Error when a certificate file cannot be used and never could
 */
export function openSocket({ host, port, tls }: SocketTarget, onread: OnReadOpts): Socket {
  const options = { host, port, onread, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS };
  return tls === undefined ? connectPlain(options) : connectTls({ ...options, ...tls.connectOptions() });
}

/** The event that says a socket of `openSocket` may be written to. */
export function connectedEvent({ tls }: Pick<SocketTarget, "tls">): "connect" | "secureConnect" {
  return tls === undefined ? "connect" : "secureConnect";
}
