/** `host:port`, `[::1]:port` and `unix:PATH`. */
import { isIPv6 } from "node:net";
import type { Kind, Parsed } from "./parse-values.ts";
import { isList, type YamlNode } from "./yaml-value.ts";

/** A listener's address; port 0 asks for a free port. */
export type ListenAddress =
  | { readonly kind: "tcp"; readonly host: string; readonly port: number }
  | { readonly kind: "unix"; readonly path: string };

/** `sun_path` less its closing zero on the strictest platform (macOS: 104, Linux: 108). */
const MAX_SOCKET_PATH_BYTES = 103;

const EXPECTED = "host:port, [IPv6]:port or unix:PATH";

/** One address. */
export const address: Kind<ListenAddress> = { expected: EXPECTED, fromText: "text", parse: parseAddress };

/** One address, or `disabled` (undefined). */
export const addressOrDisabled: Kind<ListenAddress | undefined> = {
  expected: `${EXPECTED}, or disabled`,
  fromText: "text",
  parse: (node) => (node.value === "disabled" ? { ok: true, value: undefined } : parseAddress(node)),
};

/** At least one address; a single one needs no list. */
export const addresses: Kind<readonly ListenAddress[]> = {
  expected: `a list of addresses, each ${EXPECTED} (in quotes when it begins with a bracket)`,
  fromText: "yaml",
  parse(node) {
    const nodes = isList(node.value) ? node.value.items : [node];
    if (nodes.length === 0) return { ok: false, why: "there is no address to listen on" };
    const found: ListenAddress[] = [];
    for (const [index, each] of nodes.entries()) {
      const parsed = parseAddress(each);
      if (!parsed.ok) return { ok: false, why: `address ${index + 1}: ${parsed.why ?? "not an address"}` };
      found.push(parsed.value);
    }
    return { ok: true, value: found };
  },
};

function parseAddress({ value }: YamlNode): Parsed<ListenAddress> {
  if (typeof value !== "string") return { ok: false };
  if (value.startsWith("unix:")) return parseSocketPath(value.slice("unix:".length));
  const match = /^(?:\[([^\]]+)\]|([^:[\]\s/]+)):(\d{1,5})$/.exec(value);
  const host = match?.[1] ?? match?.[2];
  if (host === undefined) return { ok: false, why: "not an address" };
  if (match?.[1] !== undefined && !isIPv6(host)) return { ok: false, why: "the brackets do not hold an IPv6 address" };
  const port = Number(match?.[3]);
  return port > 65_535
    ? { ok: false, why: "a port is at most 65535" }
    : { ok: true, value: { kind: "tcp", host, port } };
}

function parseSocketPath(path: string): Parsed<ListenAddress> {
  if (path === "") return { ok: false, why: "unix: needs a path after it" };
  if (Buffer.byteLength(path) > MAX_SOCKET_PATH_BYTES) {
    return { ok: false, why: `the path of a socket has at most ${MAX_SOCKET_PATH_BYTES} bytes` };
  }
  return { ok: true, value: { kind: "unix", path } };
}

/** Reachable from this host only. A name other than localhost may be anything, so it counts as reachable from outside. */
export function isLocal(where: ListenAddress): boolean {
  if (where.kind === "unix") return true;
  const host = where.host.toLowerCase();
  return (
    host === "localhost" ||
    /^127(?:\.\d{1,3}){3}$/.test(host) ||
    host === "::1" ||
    /^::ffff:127(?:\.\d{1,3}){3}$/.test(host)
  );
}

/** The text that gives the address. */
export function formatAddress(where: ListenAddress): string {
  if (where.kind === "unix") return `unix:${where.path}`;
  return where.host.includes(":") ? `[${where.host}]:${where.port}` : `${where.host}:${where.port}`;
}
