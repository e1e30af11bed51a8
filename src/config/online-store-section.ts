/** `online_store` of feature_store.yaml (feast/repo_config.py:RepoConfig._validate_online_store_config and the stores' own models). */
import { resolve } from "node:path";
import type { FeastContext } from "./feast-section.ts";
import { nearestName } from "./nearest-name.ts";
import { readRedisOptions } from "./redis-options.ts";
import { SectionReader } from "./section-reader.ts";
import type { RedisSettings } from "./settings.ts";
import { isMap, type YamlMap } from "./yaml-value.ts";

export type OnlineStorePart =
  /** `redis` is undefined when there are problems. */
  | { readonly type: "redis"; readonly redis: RedisSettings | undefined }
  | { readonly type: "sqlite"; readonly path: string };

/** feast/repo_config.py:ONLINE_STORE_CLASS_FOR_TYPE */
const KNOWN_TYPES =
  `aerospike sqlite datastore redis dynamodb snowflake.online bigtable postgres hbase cassandra scylladb mysql
  hazelcast elasticsearch remote singlestore qdrant couchbase.online milvus mongodb hybrid chronon`.split(/\s+/);
const BUILT = "this release reads redis and sqlite";
/** Feast's SQLite section takes its own class path as a type too (feast/infra/online_stores/sqlite.py:SqliteOnlineStoreConfig). */
const SQLITE_TYPES = ["sqlite", "feast.infra.online_stores.sqlite.SqliteOnlineStore"];
const SQLITE_KEYS = [
  "type",
  "path",
  "vector_enabled",
  "similarity",
  "text_search_enabled",
  "enable_openai_compatible_store",
];
const REDIS_KEYS = [
  "type",
  "redis_type",
  "client",
  "sentinel_master",
  "connection_string",
  "key_ttl_seconds",
  "full_scan_for_deletion",
  "skip_dedup",
];

const NO_KEYS: YamlMap = { kind: "map", entries: [] };

/** Absent means SQLite, and so does a map without `type`. @returns undefined after a problem that leaves no store */
export function readOnlineStore(file: SectionReader, context: FeastContext): OnlineStorePart | undefined {
  const node = file.node("online_store");
  const value = node === undefined ? NO_KEYS : node.value;
  if (value === null || (typeof value === "string" && /^(?:none|null)$/i.test(value))) {
    file.problem("online_store", `there is no online store to read from; ${BUILT}`);
    return undefined;
  }
  if (typeof value === "string") {
    const bare = new SectionReader(NO_KEYS, "online_store", context.filePath, context.findings);
    return readStore(value, bare, (message) => file.problem("online_store", message), context);
  }
  if (!isMap(value)) {
    file.problem("online_store", "expected a type, or a map with type");
    return undefined;
  }
  const reader = new SectionReader(value, "online_store", context.filePath, context.findings);
  const type = reader.node("type") === undefined ? "sqlite" : reader.text("type", "");
  if (type === "" && typeof reader.node("type")?.value !== "string") return undefined;
  return readStore(type, reader, (message) => reader.problem("type", message), context);
}

function readStore(
  type: string,
  reader: SectionReader,
  refuse: (message: string) => void,
  context: FeastContext,
): OnlineStorePart | undefined {
  if (SQLITE_TYPES.includes(type)) return readSqlite(reader, context);
  if (type === "redis") return readRedis(reader, context);
  if (KNOWN_TYPES.includes(type)) refuse(`the ${type} online store is not built yet: ${BUILT}`);
  else if (type.includes(".") && type.endsWith("OnlineStore"))
    refuse(`the sidecar cannot run Python classes; ${BUILT}`);
  else {
    const near = nearestName(type, KNOWN_TYPES);
    refuse(`Feast has no such type of online store; ${near === undefined ? BUILT : `did you mean ${near}?`}`);
  }
  return undefined;
}

function readSqlite(reader: SectionReader, context: FeastContext): OnlineStorePart {
  reader.refuseUnknownKeys(SQLITE_KEYS);
  return { type: "sqlite", path: resolve(context.repoDir, reader.text("path", "data/online.db")) };
}

/** feast/infra/online_stores/redis.py:RedisOnlineStoreConfig. Keys that only concern writing are accepted. */
function readRedis(reader: SectionReader, context: FeastContext): OnlineStorePart {
  reader.refuseUnknownKeys(REDIS_KEYS);
  const redisType = reader.text("redis_type", "redis");
  if (redisType === "redis_cluster" || redisType === "redis_sentinel") {
    reader.problem(
      "redis_type",
      `${redisType} is not built yet: this release reads a single Redis (redis_type: redis)`,
    );
  } else if (redisType !== "redis")
    reader.problem("redis_type", "expected one of redis, redis_cluster, redis_sentinel");
  const client = reader.text("client", "redis");
  if (client !== "redis" && client !== "glide") reader.problem("client", "expected one of redis, glide");
  reader.text("sentinel_master", "mymaster");
  const text = reader.text("connection_string", "localhost:6379");
  if (redisType !== "redis") return { type: "redis", redis: undefined };
  const { settings, problems, warnings } = readRedisOptions(text, context.cwd);
  for (const problem of problems) reader.problem("connection_string", problem);
  for (const warning of warnings) reader.warn("connection_string", warning);
  return { type: "redis", redis: settings };
}
