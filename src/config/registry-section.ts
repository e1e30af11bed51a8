/** `registry` of feature_store.yaml (feast/repo_config.py:RegistryConfig, feast/infra/registry/registry.py). */
import { resolve } from "node:path";
import type { FeastContext } from "./feast-section.ts";
import { nearestName } from "./nearest-name.ts";
import { SectionReader } from "./section-reader.ts";
import { isMap } from "./yaml-value.ts";

export interface RegistryPart {
  /** Absolute. */
  readonly path: string;
  readonly versioning: boolean;
  readonly serveWhileMaterializing: boolean;
  /** 0 or less = never expires. */
  readonly cacheTtlSeconds: number;
}

/** feast/repo_config.py:REGISTRY_CLASS_FOR_TYPE */
const REGISTRY_TYPES = ["file", "sql", "remote", "snowflake.registry"];
/** feast/infra/registry/registry.py:REGISTRY_STORE_CLASS_FOR_TYPE */
const STORE_TYPES = [
  "FileRegistryStore",
  "S3RegistryStore",
  "GCSRegistryStore",
  "AzureRegistryStore",
  "HDFSRegistryStore",
];
/** feast/infra/registry/registry.py:REGISTRY_STORE_CLASS_FOR_SCHEME, without those of local files */
const REMOTE_SCHEMES = ["s3", "gs", "hdfs"];
const DEFAULT_CACHE_TTL_SECONDS = 600;
const BUILT = "this release reads a registry file on a local path";

/** @returns undefined after any problem that leaves no path */
export function readRegistry(file: SectionReader, context: FeastContext): RegistryPart | undefined {
  const node = file.node("registry");
  if (node === undefined) {
    file.problem("registry", "Registry is not set, but is required; expected a path, or a map with path");
    return undefined;
  }
  if (typeof node.value === "string") {
    const path = localPath(file, "registry", node.value, context);
    if (path === undefined) return undefined;
    return { path, versioning: false, serveWhileMaterializing: false, cacheTtlSeconds: DEFAULT_CACHE_TTL_SECONDS };
  }
  if (!isMap(node.value)) {
    file.problem("registry", "expected a path, or a map with path");
    return undefined;
  }
  const reader = new SectionReader(node.value, "registry", context.filePath, context.findings);
  const part = {
    versioning: reader.flag("enable_online_feature_view_versioning", false),
    serveWhileMaterializing: reader.flag("serve_features_while_materializing", false),
    cacheTtlSeconds: reader.int("cache_ttl_seconds", DEFAULT_CACHE_TTL_SECONDS),
  };
  reader.flag("purge_feast_metadata", false);
  reader.text("cache_mode", "sync");
  const isFile = checkType(reader);
  const store = storeKind(reader);
  const text = reader.text("path", "");
  const isText = typeof (reader.node("path")?.value ?? "") === "string";
  if (!isFile || store === "refused" || !isText) return undefined;
  // With a named store class Feast does not look at the scheme.
  const path = store === "file" ? resolve(context.repoDir, text) : localPath(reader, "path", text, context);
  return path === undefined ? undefined : { path, ...part };
}

function checkType(reader: SectionReader): boolean {
  const type = reader.text("registry_type", "file");
  if (type === "file") return true;
  if (REGISTRY_TYPES.includes(type)) reader.problem("registry_type", `the ${type} registry is not built yet: ${BUILT}`);
  else {
    const near = type === "snowflake" ? "snowflake.registry" : nearestName(type, REGISTRY_TYPES);
    const hint = near === undefined ? `expected one of ${REGISTRY_TYPES.join(", ")}` : `did you mean ${near}?`;
    reader.problem("registry_type", `Feast has no such type of registry; ${hint}`);
  }
  return false;
}

/** `file` = named, `scheme` = to be told from the path. */
function storeKind(reader: SectionReader): "file" | "scheme" | "refused" {
  if ((reader.node("registry_store_type")?.value ?? null) === null) return "scheme";
  const type = reader.text("registry_store_type", "");
  if (type === "FileRegistryStore") return "file";
  if (STORE_TYPES.includes(type)) reader.problem("registry_store_type", `${type} is not built yet: ${BUILT}`);
  else if (type.includes(".") && type.endsWith("RegistryStore")) {
    reader.problem(
      "registry_store_type",
      `the sidecar cannot run Python classes; expected one of ${STORE_TYPES.join(", ")}`,
    );
  } else if (type !== "") reader.problem("registry_store_type", `unknown; expected one of ${STORE_TYPES.join(", ")}`);
  return "refused";
}

/** feast/infra/registry/registry.py:get_registry_store_class_from_scheme, feast/infra/registry/file.py:FileRegistryStore. */
function localPath(reader: SectionReader, key: string, path: string, context: FeastContext): string | undefined {
  if (path === "") {
    reader.problem(key, "expected the path of the registry file");
    return undefined;
  }
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(path)?.[1]?.toLowerCase() ?? "";
  const isDrive = scheme.length === 1 && /^.:[\\/]/.test(path);
  if (scheme === "file")
    reader.warn(key, "Feast does not read file: URLs; it takes this as a relative path that begins with file:");
  if (scheme === "" || scheme === "file" || isDrive) return resolve(context.repoDir, path);
  // Not shown: a URL may hold a password.
  if (REMOTE_SCHEMES.includes(scheme))
    reader.problem(key, `a registry on ${scheme}:// is not built yet: ${BUILT}`, false);
  else reader.problem(key, `unsupported scheme ${scheme}; Feast supports file, s3, gs and hdfs, and ${BUILT}`, false);
  return undefined;
}
