/** The `ssl_*` options of a Redis connection string (redis/connection.py:SSLConnection). */
import { resolve } from "node:path";
import type { RedisTlsSettings } from "../model/redis-settings.ts";
import { isTruthy, type PythonJson } from "./python-json.ts";

/** Feast's part of the TLS settings. */
export type FeastTls = Omit<RedisTlsSettings, "serverName">;

/**
 * @param options by name; those that are not about TLS are passed over
 * @param cwd what relative paths are relative to
 * @param problems gets a sentence for each wrong value, without the value
 * @param warnings the same
 * @returns undefined = cleartext
 */
export function readTlsOptions(
  options: ReadonlyMap<string, { readonly value: PythonJson }>,
  cwd: string,
  problems: string[],
  warnings: string[],
): FeastTls | undefined {
  const optionOf = (name: string): PythonJson => options.get(name)?.value ?? null;
  const path = (name: "ssl_ca_certs" | "ssl_certfile" | "ssl_keyfile"): string | undefined => {
    const value = optionOf(name);
    if (value === null) return undefined;
    if (typeof value === "string" && value !== "") return resolve(cwd, value);
    problems.push(`${name} is not the path of a file`);
    return undefined;
  };
  const ssl = optionOf("ssl");
  if (typeof ssl === "string" && /^(?:false|no|off)$/i.test(ssl)) {
    warnings.push("the value of ssl is text, which counts as true: TLS is on; write ssl=false for off");
  }
  if (!isTruthy(ssl)) return undefined;
  const rejectUnauthorized = verifies(options.get("ssl_cert_reqs")?.value, problems);
  const ca = path("ssl_ca_certs");
  const cert = path("ssl_certfile");
  const key = path("ssl_keyfile");
  if (key !== undefined && cert === undefined) problems.push("ssl_keyfile needs ssl_certfile beside it");
  const checkHostname = options.get("ssl_check_hostname")?.value ?? true;
  return {
    ca,
    cert,
    // Python's SSLContext.load_cert_chain takes the key out of the certificate's file when no other is named.
    key: key ?? cert,
    rejectUnauthorized,
    checkHostname: rejectUnauthorized && isTruthy(checkHostname),
  };
}

/** `optional` asks a server for no less than `required`: a server always has a certificate. */
function verifies(value: PythonJson | undefined, problems: string[]): boolean {
  if (value === undefined || value === "required" || value === "optional" || value === 2n || value === 1n) return true;
  if (value === null || value === "none" || value === 0n) return false;
  problems.push("ssl_cert_reqs is not one of none, optional, required");
  return true;
}
