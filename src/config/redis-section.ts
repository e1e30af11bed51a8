/** `online_store` of type redis (feast/infra/online_stores/redis.py:RedisOnlineStoreConfig). Keys that only concern writing are accepted. */
import type { RedisSettings } from "../model/redis-settings.ts";
import { type RedisConnection, readRedisOptions } from "./redis-options.ts";
import type { SectionReader } from "./section-reader.ts";

export interface RedisPart {
  readonly type: "redis";
  readonly kind: RedisSettings["kind"];
  readonly sentinelMaster: string;
  /** undefined when there are problems. */
  readonly connection: RedisConnection | undefined;
}

const KEYS = [
  "type",
  "redis_type",
  "client",
  "sentinel_master",
  "connection_string",
  "key_ttl_seconds",
  "full_scan_for_deletion",
  "skip_dedup",
];

/** feast/infra/online_stores/redis.py:RedisType */
const KINDS: ReadonlyMap<string, RedisSettings["kind"]> = new Map([
  ["redis", "plain"],
  ["redis_cluster", "cluster"],
  ["redis_sentinel", "sentinel"],
]);

/** @param cwd what relative paths of the connection string are relative to */
export function readRedis(reader: SectionReader, cwd: string): RedisPart {
  reader.refuseUnknownKeys(KEYS);
  const kind = KINDS.get(reader.text("redis_type", "redis"));
  if (kind === undefined) reader.problem("redis_type", `expected one of ${[...KINDS.keys()].join(", ")}`);
  const client = reader.text("client", "redis");
  if (client !== "redis" && client !== "glide") reader.problem("client", "expected one of redis, glide");
  if (client === "glide" && kind === "sentinel") {
    reader.problem(
      "client",
      "client: glide does not support redis_type: redis_sentinel. Use client: redis for Sentinel deployments.",
    );
  }
  const sentinelMaster = reader.text("sentinel_master", "mymaster");
  if (sentinelMaster === "" && kind === "sentinel") {
    reader.problem("sentinel_master", "expected the name that the sentinels have for the primary");
  }
  const text = reader.text("connection_string", "localhost:6379");
  const context = { cwd, kind: kind ?? "plain", client: client === "glide" ? "glide" : "redis" } as const;
  const { connection, problems, warnings } = readRedisOptions(text, context);
  // Of an unknown type nobody knows what nodes it wants.
  if (kind !== undefined) {
    for (const problem of problems) reader.problem("connection_string", problem);
    for (const warning of warnings) reader.warn("connection_string", warning);
  }
  return { type: "redis", kind: context.kind, sentinelMaster, connection: kind === undefined ? undefined : connection };
}
