/** feature_store.yaml, the environment and flags → one frozen `Settings`, or all that is wrong with them. */

import type { OtelSettings } from "../model/otel-settings.ts";
import { buildBudgetSettings } from "./build-budget-settings.ts";
import { buildCacheSettings } from "./build-cache-settings.ts";
import { buildFreshnessSettings } from "./build-freshness-settings.ts";
import { buildRedisSettings } from "./build-redis-settings.ts";
import { checkPorts } from "./check-listeners.ts";
import { type CollectedOptions, collectOptions, type OptionFlags } from "./collect-options.ts";
import { type FeastPart, readFeastPart } from "./feast-section.ts";
import { type Located, type LocateFlags, locateYaml } from "./locate.ts";
import type { OnlineStorePart } from "./online-store-section.ts";
import { readOtelSettings } from "./otel-environment.ts";
import type { Findings, Problem } from "./problem.ts";
import { readYaml, type YamlFault } from "./read-yaml.ts";
import type { RegistryPart } from "./registry-section.ts";
import type { OnlineStoreSettings, RegistrySettings, Settings } from "./settings.ts";
import { type Environment, substituteEnvironment } from "./substitute.ts";
import { entryOf, isMap, type YamlMap } from "./yaml-value.ts";

export interface SettingsFlags extends LocateFlags, OptionFlags {}

export interface SettingsInput {
  readonly flags: SettingsFlags;
  readonly env: Environment;
  /** Absolute. */
  readonly cwd: string;
}

export type LoadedSettings = { readonly settings: Settings } | { readonly problems: readonly Problem[] };

type FoundYaml = Extract<Located, { ok: true }>;

/** Reads files, changes nothing, never throws for what the user wrote. Show a problem with `formatProblem`. */
export function loadSettings({ flags, env, cwd }: SettingsInput): LoadedSettings {
  const found = locateYaml(flags, env, cwd);
  const findings: Findings = { problems: [], warnings: [] };
  const fileProblem = (message: string, line?: number): Problem => {
    return { source: { kind: "file", path: found.yamlPath, line }, key: "", value: undefined, message };
  };
  let root: YamlMap | undefined;
  if (found.ok) {
    const yaml = readYaml(substituteEnvironment(found.text, env));
    if (!yaml.ok) findings.problems.push(...yaml.faults.map((fault) => fileProblem(fault.message, fault.line)));
    else if (isMap(yaml.root.value)) root = yaml.root.value;
    else findings.problems.push(fileProblem("expected a map with the keys project, registry, online_store, …"));
    if (yaml.ok) findings.warnings.push(...yaml.warnings.map((fault) => warning(found.yamlPath, fault)));
  } else findings.problems.push(fileProblem(found.message));
  const section = root === undefined ? undefined : entryOf(root, "sidecar");
  const options = collectOptions(section, found.yamlPath, env, flags, findings);
  const otel = readOtelSettings(env, findings);
  const settings = found.ok && root !== undefined ? build(found, root, options, cwd, findings, otel) : undefined;
  if (settings === undefined || findings.problems.length > 0) return { problems: findings.problems };
  return { settings: freezeDeep(settings) };
}

function warning(path: string, fault: YamlFault): string {
  return `${path} line ${fault.line}: ${fault.message}`;
}

function build(
  found: FoundYaml,
  root: YamlMap,
  options: CollectedOptions,
  cwd: string,
  findings: Findings,
  otel: OtelSettings,
): Settings | undefined {
  const { repoDir, yamlPath } = found;
  const { values } = options;
  const trustsLocal = values.auth === "trust_local";
  const feast = readFeastPart(root, { filePath: yamlPath, repoDir, cwd, trustsLocal, findings });
  const ports = checkPorts(options, repoDir, cwd, findings);
  const onlineStore = storeSettings(feast.onlineStore, options, repoDir, findings);
  if (feast.registry === undefined || onlineStore === undefined) return undefined;
  if (found.isInline) warnOfEmptyDirectory(feast, repoDir, findings);
  const cache = buildCacheSettings(options, onlineStore.type, findings);
  return {
    repoDir,
    yamlPath,
    project: feast.project,
    entityKeyVersion: feast.entityKeyVersion,
    registry: registrySettings(feast.registry, values["registry.refresh"]),
    onlineStore,
    cache,
    budget: buildBudgetSettings(options, onlineStore.type, cache, findings),
    freshness: buildFreshnessSettings(options, findings),
    admission: { minInFlight: values["admission.min_in_flight"] },
    traceTail: values["trace.tail"],
    otel,
    ...ports,
    adminHosts: values.admin_hosts,
    allowInsecureListen: values.allow_insecure_listen,
    drain: { waitMs: values["drain.wait"], timeoutMs: values["drain.timeout"] },
    metrics: values.metrics,
    transport: values.transport,
    statuses: values.statuses,
    ...behaviour(options),
    probes: { readiness: values["probes.readiness"], storeGraceMs: values["probes.liveness.redis_grace"] },
    warnings: findings.warnings,
  };
}

function behaviour({ values }: CollectedOptions): Pick<Settings, "compat" | "limits"> {
  return {
    compat: {
      serviceVersionBug: values["compat.service_version_bug"],
      precomputeNames: values["compat.precompute_names"],
      errorStatus: values["compat.error_status"],
      nullKey: values["compat.null_key"],
      coerceGrpcKeys: values["compat.coerce_grpc_keys"],
      stateGate: values["compat.state_gate"],
    },
    limits: {
      maxRequestBytes: values["limits.max_request_bytes"],
      maxResponseBytes: values["limits.max_response_bytes"],
      maxRows: values["limits.max_rows"],
      maxReferences: values["limits.max_references"],
      maxCells: values["limits.max_cells"],
      maxConnections: values["limits.max_connections"],
      maxStreams: values["limits.max_streams"],
      maxConnectionAgeMs: values["limits.max_connection_age"],
    },
  };
}

function registrySettings(part: RegistryPart, sidecarRefreshMs: number): RegistrySettings {
  const { path, versioning, serveWhileMaterializing, cacheTtlSeconds } = part;
  const refreshMs = cacheTtlSeconds > 0 ? Math.min(cacheTtlSeconds * 1000, sidecarRefreshMs) : sidecarRefreshMs;
  return { kind: "file", path, versioning, serveWhileMaterializing, refreshMs };
}

function storeSettings(
  part: OnlineStorePart | undefined,
  options: CollectedOptions,
  repoDir: string,
  findings: Findings,
): OnlineStoreSettings | undefined {
  if (part === undefined) return undefined;
  if (part.type === "sqlite") return { ...part, writerTimeZone: options.values["sqlite.writer_time_zone"] };
  const redis = buildRedisSettings(part, options, repoDir, findings);
  return redis === undefined ? undefined : { type: "redis", redis };
}

/** feast/repo_operations.py:create_feature_store makes a fresh directory the repository. */
function warnOfEmptyDirectory({ registry, onlineStore }: FeastPart, repoDir: string, findings: Findings): void {
  const paths = [registry?.path, onlineStore?.type === "sqlite" ? onlineStore.path : undefined];
  for (const path of paths) {
    if (path === undefined || !path.startsWith(repoDir)) continue;
    findings.warnings.push(
      `${path} is relative to the empty directory of a configuration given in base64, as with Feast; use an absolute path`,
    );
  }
}

function freezeDeep<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) freezeDeep(part);
  }
  return value;
}
