/** How to reach a standalone Redis: what feast/infra/online_stores/redis.py hands to redis-py, in our words. */
import type { RedisSettings as ConfiguredRedis } from "../../model/redis-settings.ts";

/** redis-py's `ssl_*` options. */
export interface RedisTlsSettings {
  /** `ssl_ca_certs`: PEM file that replaces the built-in roots. */
  readonly ca?: string | undefined;
  /** `ssl_certfile`: PEM file of the client certificate. */
  readonly cert?: string | undefined;
  /** `ssl_keyfile`: PEM file of its key. */
  readonly key?: string | undefined;
  /** false = `ssl_cert_reqs=none`: any certificate is taken. `optional` and `required` are both true on a client. */
  readonly rejectUnauthorized: boolean;
  /** `ssl_check_hostname` (true in redis-py 7); without effect when `rejectUnauthorized` is false. */
  readonly checkHostname: boolean;
  /** Name for SNI and for the certificate check; default: `host`. */
  readonly serverName?: string | undefined;
}

export interface RedisSettings {
  readonly host: string;
  readonly port: number;
  readonly db: number;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** Absent = cleartext. The files are read again at every connect, so renewed certificates need no restart. */
  readonly tls?: RedisTlsSettings | undefined;
  /** Longest TCP (and TLS) connect. */
  readonly connectTimeoutMs: number;
  /** `CLIENT SETNAME` of the connection. */
  readonly clientName?: string | undefined;
}

export interface RedisStoreOptions extends RedisSettings {
  /**
   * `sidecar.redis.node_timeout`. Two uses in this release: a read waits at most this long for a connect in progress, and a
   * node that says nothing for max(1 s, 100 × this) while replies are due is taken for hung.
   */
  readonly nodeTimeoutMs: number;
  readonly project: string;
}

/** Options of a store that reads the first configured node and no other. @throws RangeError when there is none */
export function singleNodeOptions(settings: ConfiguredRedis): Omit<RedisStoreOptions, "project"> {
  const [first] = settings.endpoints;
  if (first === undefined) throw new RangeError("there is no Redis node");
  const { db, username, password, tls, connectTimeoutMs, clientName, nodeTimeoutMs } = settings;
  return { ...first, db, username, password, tls, connectTimeoutMs, clientName, nodeTimeoutMs };
}

/** Silence, while replies are due, after which a node is taken for hung: its reads fail and the connection is replaced. */
export function hungAfterMs(nodeTimeoutMs: number): number {
  return Math.max(1000, 100 * nodeTimeoutMs);
}
