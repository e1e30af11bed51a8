/** Makes the sockets of a Redis connection; ioredis asks for one per attempt. */
import { readFileSync } from "node:fs";
import { connect as connectPlain, isIP, Socket } from "node:net";
import { type ConnectionOptions, connect as connectTls } from "node:tls";
import { AbstractConnector } from "ioredis";
import type { RedisSettings, RedisTlsSettings } from "./redis-settings.ts";

/** TLS options for one connect, certificate files read anew. Meanings: redis/connection.py:_wrap_socket_with_ssl. */
function tlsOptions(tls: RedisTlsSettings, host: string): ConnectionOptions {
  const name = tls.serverName ?? host;
  return {
    rejectUnauthorized: tls.rejectUnauthorized,
    // SNI carries names only.
    ...(isIP(name) === 0 ? { servername: name } : {}),
    ...(tls.ca === undefined ? {} : { ca: readFileSync(tls.ca) }),
    ...(tls.cert === undefined ? {} : { cert: readFileSync(tls.cert) }),
    ...(tls.key === undefined ? {} : { key: readFileSync(tls.key) }),
    ...(tls.checkHostname ? {} : { checkServerIdentity: () => undefined }),
  };
}

/**
 * A Connector class for ioredis. Differs from its own in three points: certificate files are read at every connect, a file
 * that cannot be read is a failed attempt (retried) instead of the end, and `disconnect` destroys the socket at once.
 * @param onSocket told of every socket made
 */
export function redisConnector(
  settings: Pick<RedisSettings, "host" | "port" | "tls">,
  onSocket: (socket: Socket) => void,
): new (
  options: unknown,
) => AbstractConnector {
  return class RedisConnector extends AbstractConnector {
    constructor() {
      super(0);
    }

    override connect(): Promise<Socket> {
      const socket = this.#open();
      this.stream = socket;
      onSocket(socket);
      return Promise.resolve(socket);
    }

    override disconnect(): void {
      this.stream?.destroy();
    }

    #open(): Socket {
      const { host, port, tls } = settings;
      if (tls === undefined) return connectPlain({ host, port });
      try {
        return connectTls({ host, port, ...tlsOptions(tls, host) });
      } catch (error) {
        // ioredis takes a destroyed socket for a failed attempt and reports `firstError`.
        this.firstError = new Error(`TLS files: ${error instanceof Error ? error.message : String(error)}`);
        return new Socket().destroy();
      }
    }
  };
}
