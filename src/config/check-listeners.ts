/** Rules between the options of the ports. */
import { resolve } from "node:path";
import { formatAddress, isLocal, type ListenAddress } from "../model/listen-address.ts";
import { checkDebugListener } from "./check-debug-listener.ts";
import type { CollectedOptions } from "./collect-options.ts";
import type { Findings } from "./problem.ts";
import { readableFile } from "./readable-file.ts";
import type { DebugSettings, TlsSettings } from "./settings.ts";

type PortPath = "listen" | "admin" | "debug_listen";

export interface PortPart {
  readonly listen: readonly ListenAddress[];
  readonly admin: ListenAddress | undefined;
  readonly debug: DebugSettings | undefined;
  readonly tls: TlsSettings | undefined;
}

/**
 * Fails closed: beyond this host only with TLS, or when the user says so.
 * @param cwd what socket paths of flags and environment variables are relative to; those of the file are to `repoDir`
 */
export function checkPorts(options: CollectedOptions, repoDir: string, cwd: string, findings: Findings): PortPart {
  const { values } = options;
  const absolute = (path: PortPath, where: ListenAddress): ListenAddress => {
    if (where.kind === "tcp") return where;
    return { kind: "unix", path: resolve(options.sourceOf(path).kind === "file" ? repoDir : cwd, where.path) };
  };
  const listen = values.listen.map((where) => absolute("listen", where));
  const admin = values.admin === undefined ? undefined : absolute("admin", values.admin);
  const debugListen = values.debug_listen === undefined ? undefined : absolute("debug_listen", values.debug_listen);
  const tls = readTls(options, repoDir, findings);
  const hasTls = tls !== undefined || values["tls.cert"] !== undefined || values["tls.key"] !== undefined;
  for (const where of listen) {
    if (isLocal(where) || hasTls || values.allow_insecure_listen) continue;
    refuse(
      options,
      findings,
      "listen",
      formatAddress(where),
      "in cleartext only loopback and Unix sockets are allowed; set sidecar.tls, or sidecar.allow_insecure_listen: true",
    );
  }
  const taken = new Set<string>();
  const places: (readonly [PortPath, ListenAddress])[] = listen.map((where) => ["listen", where] as const);
  if (admin !== undefined) places.push(["admin", admin]);
  if (debugListen !== undefined) places.push(["debug_listen", debugListen]);
  for (const [path, where] of places) {
    const shown = formatAddress(where);
    if (where.kind === "tcp" && where.port === 0) continue;
    if (taken.has(shown))
      refuse(options, findings, path, shown, "the address is used twice; expected a different one for each listener");
    taken.add(shown);
  }
  const debug = debugListen && checkDebugListener(debugListen, options, repoDir, findings);
  return { listen, admin, debug, tls };
}

function readTls({ values, sourceOf }: CollectedOptions, repoDir: string, findings: Findings): TlsSettings | undefined {
  const { "tls.cert": cert, "tls.key": key, "tls.client_ca": clientCa } = values;
  if (cert === undefined && key === undefined && clientCa === undefined) return undefined;
  for (const [path, value] of [
    ["tls.cert", cert],
    ["tls.key", key],
  ] as const) {
    if (value !== undefined) continue;
    const given = cert !== undefined ? "tls.cert" : key !== undefined ? "tls.key" : "tls.client_ca";
    const message = `the key is missing; TLS needs sidecar.tls.cert and sidecar.tls.key`;
    const source = sourceOf(given);
    findings.problems.push({ source, key: `sidecar.${path}`, value: undefined, message });
  }
  const absolute = (path: "tls.cert" | "tls.key" | "tls.client_ca", file: string | undefined): string | undefined =>
    file === undefined
      ? undefined
      : readableFile(file, "a PEM file", `sidecar.${path}`, sourceOf(path), repoDir, findings);
  const certFile = absolute("tls.cert", cert);
  const keyFile = absolute("tls.key", key);
  const clientCaFile = absolute("tls.client_ca", clientCa);
  if (certFile === undefined || keyFile === undefined) return undefined;
  return { certFile, keyFile, ...(clientCaFile === undefined ? {} : { clientCaFile }) };
}

function refuse(options: CollectedOptions, findings: Findings, path: PortPath, value: string, message: string): void {
  findings.problems.push({ source: options.sourceOf(path), key: `sidecar.${path}`, value, message });
}
