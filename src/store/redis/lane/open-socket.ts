/** Opens the sockets of a Redis connection. */
import { readFileSync } from "node:fs";
import { connect as connectPlain, isIP, type OnReadOpts, type Socket } from "node:net";
import { type ConnectionOptions, connect as connectTls } from "node:tls";
import type { RedisSettings, RedisTlsSettings } from "../redis-settings.ts";

const KEEP_ALIVE_MS = 10_000;

/**
 * Begins to connect; the outcome shows in the socket's events.
 * @param onread memory of the caller that the socket receives into, instead of a buffer and a `data` event per read
 * @throws Error when a certificate file cannot be read; files are read anew at every connect
 */
export function openSocket(
  { host, port, tls }: Pick<RedisSettings, "host" | "port" | "tls">,
  onread: OnReadOpts,
): Socket {
  const options = { host, port, onread, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS };
  return tls === undefined ? connectPlain(options) : connectTls({ ...options, ...tlsOptions(tls, host) });
}

/** The event that says a socket of `openSocket` may be written to. */
export function connectedEvent({ tls }: Pick<RedisSettings, "tls">): "connect" | "secureConnect" {
  return tls === undefined ? "connect" : "secureConnect";
}

/** Meanings: redis/connection.py:_wrap_socket_with_ssl. */
function tlsOptions(tls: RedisTlsSettings, host: string): ConnectionOptions {
  const name = tls.serverName ?? host;
  try {
    return {
      rejectUnauthorized: tls.rejectUnauthorized,
      // SNI carries names only.
      ...(isIP(name) === 0 ? { servername: name } : {}),
      ...(tls.ca === undefined ? {} : { ca: readFileSync(tls.ca) }),
      ...(tls.cert === undefined ? {} : { cert: readFileSync(tls.cert) }),
      ...(tls.key === undefined ? {} : { key: readFileSync(tls.key) }),
      ...(tls.checkHostname ? {} : { checkServerIdentity: () => undefined }),
    };
  } catch (error) {
    throw new Error(`TLS files: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
