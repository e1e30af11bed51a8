/** Rules of the debug listener, which shows more than the other ports: never beyond this host, and on loopback with a token only. */
import { formatAddress, isLocal, type ListenAddress } from "../model/listen-address.ts";
import type { CollectedOptions } from "./collect-options.ts";
import type { Findings } from "./problem.ts";
import { readableFile } from "./readable-file.ts";
import type { DebugSettings } from "./settings.ts";

/** @param listen with an absolute path, if it is a socket's */
export function checkDebugListener(
  listen: ListenAddress,
  { values, sourceOf }: CollectedOptions,
  repoDir: string,
  findings: Findings,
): DebugSettings {
  const refuse = (message: string): void => {
    const source = sourceOf("debug_listen");
    findings.problems.push({ source, key: "sidecar.debug_listen", value: formatAddress(listen), message });
  };
  const file = values.debug_token_file;
  if (!isLocal(listen)) refuse("only a Unix socket, or loopback with sidecar.debug_token_file, is allowed");
  else if (listen.kind === "tcp" && file === "") {
    refuse("everybody on this host can reach loopback; expected sidecar.debug_token_file beside it, or a Unix socket");
  }
  if (file === "") return { listen, tokenFile: undefined };
  const source = sourceOf("debug_token_file");
  const what = "a file that holds the token";
  return { listen, tokenFile: readableFile(file, what, "sidecar.debug_token_file", source, repoDir, findings) };
}
