/** The part of feature_store.yaml that is Feast's own (feast/repo_config.py:RepoConfig). Other top-level keys are ignored, as Feast does. */
import { type OnlineStorePart, readOnlineStore } from "./online-store-section.ts";
import type { Findings } from "./problem.ts";
import { type RegistryPart, readRegistry } from "./registry-section.ts";
import { SectionReader } from "./section-reader.ts";
import { entryOf, isMap, type YamlMap, type YamlNode } from "./yaml-value.ts";

export interface FeastPart {
  readonly project: string;
  readonly entityKeyVersion: number;
  /** undefined when there are problems. */
  readonly registry: RegistryPart | undefined;
  readonly onlineStore: OnlineStorePart | undefined;
}

export interface FeastContext {
  readonly filePath: string;
  /** Absolute; relative paths of the file are relative to it. */
  readonly repoDir: string;
  readonly cwd: string;
  /** `sidecar.auth` */
  readonly trustsLocal: boolean;
  readonly findings: Findings;
}

/** feast/infra/provider.py:PROVIDERS_CLASS_FOR_TYPE; those that read the online store without anything of their own. */
const PASSTHROUGH_PROVIDERS = ["local", "gcp", "aws", "azure"];
const AUTH_TYPES = ["no_auth", "kubernetes", "oidc"];

/** @param root the whole file */
export function readFeastPart(root: YamlMap, context: FeastContext): FeastPart {
  const reader = new SectionReader(root, "", context.filePath, context.findings);
  const onlineStore = readOnlineStore(reader, context);
  const project = readProject(reader, onlineStore?.type);
  readProvider(reader);
  readAuth(reader, context);
  if (isMap(reader.node("flags")?.value ?? null)) reader.warn("flags", "no longer necessary in Feast; ignored");
  const entityKeyVersion = reader.int("entity_key_serialization_version", 3);
  if (entityKeyVersion < 3) reader.warn("entity_key_serialization_version", "versions below 3 are deprecated in Feast");
  return { project, entityKeyVersion, registry: readRegistry(reader, context), onlineStore };
}

/**
 * feast/repo_operations.py:is_valid_name, and no hyphen with SQLite, whose table names hold the project
 * (feast/repo_config.py:RepoConfig._validate_project_name means that, but refuses a hyphen with any store).
 */
function readProject(reader: SectionReader, storeType: string | undefined): string {
  if (reader.node("project") === undefined) {
    reader.problem("project", "the key is missing; expected the name of the Feast project");
    return "";
  }
  const name = reader.text("project", "x");
  if (!/^[\p{L}\p{N}][\p{L}\p{N}_-]*$/u.test(name)) {
    reader.problem(
      "project",
      "expected letters, digits, underscores and hyphens, and neither of the last two at the beginning",
    );
  } else if (storeType === "sqlite" && name.includes("-")) {
    reader.problem(
      "project",
      "Project names for SQLite online stores cannot contain hyphens because they are used in table names.",
    );
  }
  return name;
}

function readProvider(reader: SectionReader): void {
  const provider = reader.text("provider", "local");
  if (PASSTHROUGH_PROVIDERS.includes(provider)) return;
  if (provider.includes(".")) {
    reader.warn("provider", "a Python class, which the sidecar does not run: it reads the online store directly");
  } else if (provider === "chronon" || provider === "unity_catalog") {
    reader.problem(
      "provider",
      `the provider ${provider} is not built yet; expected one of ${PASSTHROUGH_PROVIDERS.join(", ")}`,
    );
  } else {
    reader.problem("provider", `Feast has no such provider; expected one of ${PASSTHROUGH_PROVIDERS.join(", ")}`);
  }
}

/**
 * Fails closed: Feast itself takes a bare string such as `auth: kubernetes` for no authentication
 * (feast/repo_config.py:RepoConfig.auth_config).
 */
function readAuth(reader: SectionReader, context: FeastContext): void {
  const node = reader.node("auth");
  if (node === undefined) return;
  const type = authType(node);
  const known = `expected one of ${AUTH_TYPES.join(", ")}`;
  if (type === undefined) {
    reader.problem("auth", `no type of authentication is given; ${known}, as in auth: {type: no_auth}`);
  } else if (!AUTH_TYPES.includes(type)) {
    reader.problem("auth", `unknown type of authentication; ${known}`, typeof node.value === "string");
  } else if (type === "no_auth") {
    return;
  } else if (context.trustsLocal) {
    reader.warn(
      "auth",
      `${type} is not enforced by the sidecar (sidecar.auth: trust_local): whoever reaches its port may read every feature`,
    );
  } else {
    reader.problem(
      "auth",
      `authentication by ${type} is not built yet; set sidecar.auth: trust_local to serve without it when only trusted callers reach the port`,
      false,
    );
  }
}

function authType(node: YamlNode): string | undefined {
  if (typeof node.value === "string") return node.value;
  const type = isMap(node.value) ? entryOf(node.value, "type")?.value.value : undefined;
  return typeof type === "string" ? type : undefined;
}
