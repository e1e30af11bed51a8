/** Settings of a plain Redis for tests that build a store by hand. */
import type { RedisSettings } from "../../src/model/redis-settings.ts";

/** @returns the defaults of the configuration, for one node without password and TLS */
export function plainRedis(host: string, port: number): RedisSettings {
  return {
    kind: "plain",
    endpoints: [{ host, port }],
    sentinelMaster: "mymaster",
    db: 0,
    username: undefined,
    password: undefined,
    tls: undefined,
    connectTimeoutMs: 2000,
    clientName: undefined,
    sentinel: { username: undefined, password: undefined, tls: undefined },
    replicas: [],
    addressMap: new Map(),
    credentialCommand: [],
    zone: "",
    readFrom: "replica_preferred",
    maxLagMs: 1000,
    nodeTimeoutMs: 5,
    hedge: { maxRatio: 0.05, minDelayMs: 1 },
    retry: { maxRatio: 0.2 },
    freshnessChannel: "",
  };
}
