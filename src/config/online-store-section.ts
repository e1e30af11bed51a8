/** `online_store` of feature_store.yaml (feast/repo_config.py:RepoConfig._validate_online_store_config and the stores' own models). */
import { resolve } from "node:path";
import type { FeastContext } from "./feast-section.ts";
import { nearestName } from "./nearest-name.ts";
import { type RedisPart, readRedis } from "./redis-section.ts";
import { SectionReader } from "./section-reader.ts";
import { isMap, type YamlMap } from "./yaml-value.ts";

export type OnlineStorePart = RedisPart | { readonly type: "sqlite"; readonly path: string };

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
  if (type === "redis") return readRedis(reader, context.cwd);
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
