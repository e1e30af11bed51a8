/** TLS toward Redis nodes and sentinels, from the connection string's `ssl_*` options and the `tls` maps of `sidecar.redis`. */
import type { RedisTlsSettings } from "../model/redis-settings.ts";
import type { CollectedOptions } from "./collect-options.ts";
import { type Findings, type Source, showValue } from "./problem.ts";
import { readableFile } from "./readable-file.ts";
import type { RedisConnection } from "./redis-options.ts";
import { textNode } from "./yaml-value.ts";

type FileName = "ca" | "cert" | "key";
type Files = Readonly<Record<FileName, string | undefined>>;
type SourceOf = (name: FileName) => Source;

const NODE_KEYS = ["redis.tls.server_name", "redis.tls.ca", "redis.tls.cert", "redis.tls.key"] as const;

/**
 * Fails closed: an option of `sidecar.redis.tls` while TLS is off is a problem, neither ignored nor a switch.
 * @param connection undefined when it has problems: then the files alone are checked
 * @returns undefined = cleartext
 */
export function buildNodeTls(
  connection: RedisConnection | undefined,
  { values, sourceOf }: CollectedOptions,
  repoDir: string,
  findings: Findings,
): RedisTlsSettings | undefined {
  if (connection !== undefined && connection.tls === undefined) {
    for (const path of NODE_KEYS) {
      if (values[path] === undefined) continue;
      const message =
        "TLS is off: the connection string has no ssl=true; add it to online_store.connection_string, or leave the key out";
      findings.problems.push(problemAt(sourceOf(path), `sidecar.${path}`, message));
    }
    return undefined;
  }
  const written = { ca: values["redis.tls.ca"], cert: values["redis.tls.cert"], key: values["redis.tls.key"] };
  const files = checkFiles(written, "sidecar.redis.tls", (name) => sourceOf(`redis.tls.${name}`), repoDir, findings);
  if (connection?.tls === undefined) return undefined;
  const feast = connection.tls;
  const serverName = values["redis.tls.server_name"];
  if (!feast.rejectUnauthorized && files.ca !== undefined) {
    findings.warnings.push(
      "sidecar.redis.tls.ca: without effect, because of ssl_cert_reqs=none in the connection string",
    );
  }
  const [cert, key] = files.cert === undefined ? [feast.cert, feast.key] : [files.cert, files.key];
  return {
    ...feast,
    ca: files.ca ?? feast.ca,
    cert,
    key,
    serverName: serverName ?? connection.endpoints[0]?.host ?? "",
  };
}

/** @param host of the first sentinel @returns undefined = cleartext */
export function buildSentinelTls(
  host: string,
  { values, sourceOf }: CollectedOptions,
  repoDir: string,
  findings: Findings,
): RedisTlsSettings | undefined {
  const tls = values["redis.sentinel.tls"];
  if (tls === undefined) return undefined;
  const source = (): Source => sourceOf("redis.sentinel.tls");
  const files = checkFiles(tls, "sidecar.redis.sentinel.tls", source, repoDir, findings);
  return { ...files, rejectUnauthorized: true, checkHostname: true, serverName: tls.server_name ?? host };
}

/** A certificate comes with its key, and every file can be read. @returns absolute paths */
function checkFiles(files: Files, group: string, sourceOf: SourceOf, repoDir: string, findings: Findings): Files {
  const { ca, cert, key } = files;
  for (const [missing, given] of [
    ["key", "cert"],
    ["cert", "key"],
  ] as const) {
    if (files[missing] !== undefined || files[given] === undefined) continue;
    const message = `the key is missing; a client certificate needs ${group}.cert and ${group}.key (they may be the same file)`;
    findings.problems.push({ source: sourceOf(given), key: `${group}.${missing}`, value: undefined, message });
  }
  const absolute = (name: FileName, file: string | undefined): string | undefined =>
    file === undefined
      ? undefined
      : readableFile(file, "a PEM file", `${group}.${name}`, sourceOf(name), repoDir, findings);
  return { ca: absolute("ca", ca), cert: absolute("cert", cert), key: absolute("key", key) };
}

function problemAt(source: Source, key: string, message: string): Findings["problems"][number] {
  return { source, key, value: showValue(key, textNode("")), message };
}
