/** `host:port`, `[::1]:port` and `unix:PATH`: the one grammar of addresses, in `feature_store.yaml` and on the command line. */
import { isIPv6 } from "node:net";

/** A listener's address; port 0 asks for a free port. */
export type ListenAddress =
  | { readonly kind: "tcp"; readonly host: string; readonly port: number }
  | { readonly kind: "unix"; readonly path: string };

/** `why` never repeats the text. */
export type ParsedListenAddress =
  | { readonly ok: true; readonly value: ListenAddress }
  | { readonly ok: false; readonly why: string };

/** Completes "expected …". */
export const ADDRESS_FORMS = "host:port, [IPv6]:port or unix:PATH";

const MAX_PORT = 65_535;
/** `sun_path` less its closing zero on the strictest platform (macOS: 104, Linux: 108). */
const MAX_SOCKET_PATH_BYTES = 103;

/** The address that `text` gives, or why it gives none. */
export function parseListenAddress(text: string): ParsedListenAddress {
  if (text.startsWith("unix:")) return parseSocketPath(text.slice("unix:".length));
  const match = /^(?:\[([^\]]+)\]|([^:[\]\s/]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  if (host === undefined) return { ok: false, why: "not an address" };
  if (match?.[1] !== undefined && !isIPv6(host)) return { ok: false, why: "the brackets do not hold an IPv6 address" };
  const port = Number(match?.[3]);
  if (port > MAX_PORT) return { ok: false, why: `a port is at most ${MAX_PORT}` };
  return { ok: true, value: { kind: "tcp", host, port } };
}

function parseSocketPath(path: string): ParsedListenAddress {
  if (path === "") return { ok: false, why: "unix: needs a path after it" };
  if (Buffer.byteLength(path) > MAX_SOCKET_PATH_BYTES) {
    return { ok: false, why: `the path of a socket has at most ${MAX_SOCKET_PATH_BYTES} bytes` };
  }
  return { ok: true, value: { kind: "unix", path } };
}

/** The inverse of {@link parseListenAddress}. */
export function formatAddress(address: ListenAddress): string {
  if (address.kind === "unix") return `unix:${address.path}`;
  return address.host.includes(":") ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}

/** Reachable from this host only. A name other than localhost may be anything, so it counts as reachable from outside. */
export function isLocal(address: ListenAddress): boolean {
  if (address.kind === "unix") return true;
  const host = address.host.toLowerCase();
  return (
    host === "localhost" ||
    /^127(?:\.\d{1,3}){3}$/.test(host) ||
    host === "::1" ||
    /^::ffff:127(?:\.\d{1,3}){3}$/.test(host)
  );
}
