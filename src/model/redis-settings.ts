/** How to reach Redis and how to read from it: what feature_store.yaml says, complete and checked. */

export interface RedisAddress {
  readonly host: string;
  readonly port: number;
}

/** Absolute paths; an absent `ca` means the system's. The files are read anew for each connection, and when they change. */
export interface RedisTlsSettings {
  /** PEM file that replaces the built-in roots. */
  readonly ca: string | undefined;
  /** PEM file of the client certificate. */
  readonly cert: string | undefined;
  /** PEM file of its key. */
  readonly key: string | undefined;
  /** false = `ssl_cert_reqs=none`: any certificate is taken. */
  readonly rejectUnauthorized: boolean;
  /** `ssl_check_hostname`; without effect when `rejectUnauthorized` is false. */
  readonly checkHostname: boolean;
  /**
   * Name for SNI and for the certificate check of every node, discovered ones too: `sidecar.redis.tls.server_name`, otherwise the
   * host of the first configured endpoint.
   */
  readonly serverName: string;
}

/** A replica that the configuration names. */
export interface RedisReplica {
  readonly address: RedisAddress;
  /** "" = not known. */
  readonly zone: string;
}

/** `nearest` = any role; `replica_preferred` = a primary only while no replica may serve. */
export type ReadFrom = "nearest" | "replica" | "replica_preferred" | "primary";

export interface RedisSettings {
  /** `redis_type`: `redis`, `redis_sentinel`, `redis_cluster`. */
  readonly kind: "plain" | "sentinel" | "cluster";
  /** The first node; all sentinels; or all seeds of a cluster. At least one. */
  readonly endpoints: readonly RedisAddress[];
  /** `sentinel_master`. */
  readonly sentinelMaster: string;
  readonly db: number;
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** undefined = cleartext. */
  readonly tls: RedisTlsSettings | undefined;
  /** Longest TCP (and TLS) connect. */
  readonly connectTimeoutMs: number;
  /** `CLIENT SETNAME` of the connections. */
  readonly clientName: string | undefined;
  /** Toward the sentinels; Feast's own options do not apply there. */
  readonly sentinel: {
    readonly username: string | undefined;
    readonly password: string | undefined;
    readonly tls: RedisTlsSettings | undefined;
  };
  /** `sidecar.redis.replicas`: with `plain` only. */
  readonly replicas: readonly RedisReplica[];
  /** Announced `host:port` → address to use instead. */
  readonly addressMap: ReadonlyMap<string, RedisAddress>;
  /** Program and arguments that print credentials; empty = none. */
  readonly credentialCommand: readonly string[];
  /** `sidecar.zone`, "" = not known. */
  readonly zone: string;
  readonly readFrom: ReadFrom;
  /** A replica that was last level with its primary longer ago than this is not read. */
  readonly maxLagMs: number;
  /** How long a read waits for a connect in progress, and for a silent node before it is repeated on another one. */
  readonly nodeTimeoutMs: number;
  readonly hedge: {
    /** Share of reads, 0–1. */
    readonly maxRatio: number;
    readonly minDelayMs: number;
  };
  readonly retry: {
    /** Share of reads, 0–1. */
    readonly maxRatio: number;
  };
  /** `sidecar.freshness.channel`: where writers say which rows they have written; "" = nowhere. */
  readonly freshnessChannel: string;
}
