/** Addresses and `--tls-ca` on the command line. */
import { readFileSync } from "node:fs";
import { ADDRESS_FORMS, type ListenAddress, parseListenAddress } from "../model/listen-address.ts";
import { UsageError } from "./usage-error.ts";

/** @throws UsageError when it is no address */
export function serverAddress(text: string, flag = "--address"): ListenAddress {
  const found = parseListenAddress(text);
  if (!found.ok) throw new UsageError(`${flag} '${text}': ${found.why}; expected ${ADDRESS_FORMS}`);
  return found.value;
}

/** As node's `http.request` takes it. */
export function socketOf(address: ListenAddress): { socketPath: string } | { host: string; port: number } {
  if (address.kind === "unix") return { socketPath: address.path };
  return { host: address.host, port: address.port };
}

/** @throws UsageError when the file cannot be read */
export function readCa(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new UsageError(`--tls-ca ${(cause as Error).message}`, { cause });
  }
}
