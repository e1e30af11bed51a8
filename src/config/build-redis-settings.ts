/** Feast's `online_store` of type redis and `sidecar.redis` → one `RedisSettings`, with the rules between the two. */
import { resolve } from "node:path";
import type { RedisReplica, RedisSettings } from "../model/redis-settings.ts";
import { buildNodeTls, buildSentinelTls } from "./build-redis-tls.ts";
import type { CollectedOptions } from "./collect-options.ts";
import { addressIdentity } from "./parse-redis-values.ts";
import { type Findings, showValue } from "./problem.ts";
import type { RedisPart } from "./redis-section.ts";
import type { OptionPath } from "./schema.ts";
import { textNode } from "./yaml-value.ts";

/**
 * @param repoDir what relative paths below `sidecar` are relative to
 * @param findings gets every problem and warning
 * @returns undefined when there are problems with the connection string
 */
export function buildRedisSettings(
  part: RedisPart,
  options: CollectedOptions,
  repoDir: string,
  findings: Findings,
): RedisSettings | undefined {
  const { kind, connection, sentinelMaster } = part;
  const { values } = options;
  checkReplicas(part, options, findings);
  if (kind !== "sentinel") warnOfUnusedSentinel(options, findings);
  const sentinelHost = connection?.endpoints[0]?.host ?? "";
  const nodeTls = buildNodeTls(connection, options, repoDir, findings);
  const sentinelTls = kind === "sentinel" ? buildSentinelTls(sentinelHost, options, repoDir, findings) : undefined;
  if (connection === undefined) return undefined;
  return {
    kind,
    ...connection,
    tls: nodeTls,
    sentinelMaster,
    sentinel: {
      username: filled(values["redis.sentinel.username"]),
      password: filled(values["redis.sentinel.password"]),
      tls: sentinelTls,
    },
    replicas: values["redis.replicas"],
    addressMap: values["redis.address_map"],
    credentialCommand: resolveProgram(values["redis.credential_command"], repoDir),
    zone: values.zone,
    readFrom: values["redis.read_from"],
    maxLagMs: values["redis.max_lag"],
    nodeTimeoutMs: values["redis.node_timeout"],
    hedge: { maxRatio: values["redis.hedge.max_ratio"], minDelayMs: values["redis.hedge.min_delay"] },
    retry: { maxRatio: values["redis.retry.max_ratio"] },
    freshnessChannel: values["freshness.channel"],
  };
}

function checkReplicas({ kind, connection }: RedisPart, options: CollectedOptions, findings: Findings): void {
  const replicas: readonly RedisReplica[] = options.values["redis.replicas"];
  if (replicas.length === 0) return;
  const refuse = (message: string): void => {
    const key = "sidecar.redis.replicas";
    const value = showValue(key, textNode(""));
    findings.problems.push({ source: options.sourceOf("redis.replicas"), key, value, message });
  };
  if (kind !== "plain") {
    const who =
      kind === "cluster" ? "the cluster says itself what replicas there are" : "the sentinels know the replicas";
    refuse(`with redis_type redis_${kind} ${who}; leave the key out`);
    return;
  }
  const primary = connection?.endpoints[0];
  if (primary === undefined) return;
  const same = replicas.findIndex(({ address }) => addressIdentity(address) === addressIdentity(primary));
  if (same >= 0) refuse(`replica ${same + 1} has the address of the primary in online_store.connection_string`);
}

function warnOfUnusedSentinel({ values }: CollectedOptions, findings: Findings): void {
  const paths: readonly OptionPath[] = ["redis.sentinel.username", "redis.sentinel.password", "redis.sentinel.tls"];
  for (const path of paths) {
    if (values[path] === undefined) continue;
    findings.warnings.push(`sidecar.${path}: unused, because online_store.redis_type is not redis_sentinel`);
  }
}

function filled(text: string | undefined): string | undefined {
  return text === "" ? undefined : text;
}

/** As the paths of certificates; a bare name is looked for in PATH. */
function resolveProgram(command: readonly string[], repoDir: string): readonly string[] {
  const [program, ...rest] = command;
  return program?.includes("/") ? [resolve(repoDir, program), ...rest] : command;
}
