/** Kinds of option values that only `sidecar.redis` has. No message repeats a value: all of them are secret. */
import { parseListenAddress } from "../model/listen-address.ts";
import type { RedisAddress, RedisReplica } from "../model/redis-settings.ts";
import { nearestName } from "./nearest-name.ts";
import {
  filledText,
  type InnerFault,
  type InnerUnknownKey,
  type Kind,
  type Parsed,
  serverName,
} from "./parse-values.ts";
import { isList, isMap, type YamlNode } from "./yaml-value.ts";

type Refused = Extract<Parsed<never>, { ok: false }>;

function refused(why: string): Refused {
  return { ok: false, why };
}

/** `host:port` or `[IPv6]:port` that can be connected to. */
function parseAddress({ value }: YamlNode): Parsed<RedisAddress> {
  if (typeof value !== "string") return refused("not text; put host:port in quotes");
  const parsed = parseListenAddress(value);
  if (!parsed.ok) return refused(parsed.why);
  if (parsed.value.kind === "unix") return refused("not host:port");
  const { host, port } = parsed.value;
  return port === 0 ? refused("a port is at least 1") : { ok: true, value: { host, port } };
}

/** Identity of an address: host names have no case. */
export function addressIdentity({ host, port }: RedisAddress): string {
  return `${host.toLowerCase()}:${port}`;
}

type Refuse = (why: string, node: YamlNode, line: number | undefined) => void;

/** @returns undefined when something was refused */
function parseReplica(node: YamlNode, refuse: Refuse): RedisReplica | undefined {
  if (!isMap(node.value)) {
    const address = parseAddress(node);
    if (address.ok) return { address: address.value, zone: "" };
    refuse(address.why ?? "not an address", node, node.line);
    return undefined;
  }
  let isFine = true;
  const refuseKey: Refuse = (why, value, line) => {
    isFine = false;
    refuse(why, value, line);
  };
  let address: RedisAddress | undefined;
  let isAddressNamed = false;
  let zone = "";
  for (const { key, value, line } of node.value.entries) {
    if (key === "address") {
      isAddressNamed = true;
      const parsed = parseAddress(value);
      if (parsed.ok) address = parsed.value;
      else refuseKey(parsed.why ?? "not an address", value, line);
    } else if (key === "zone") {
      if (typeof value.value === "string") zone = value.value;
      else refuseKey("its zone is not text; put it in quotes", value, line);
    } else {
      const near = typeof key === "string" ? nearestName(key, ["address", "zone"]) : undefined;
      // `adress` is not a missing address too.
      if (near === "address") isAddressNamed = true;
      refuseKey(`a key is unknown${near === undefined ? "" : `; did you mean ${near}?`}`, value, line);
    }
  }
  if (!isAddressNamed) refuse("the key address is missing", node, node.line);
  return isFine && address !== undefined ? { address, zone } : undefined;
}

/** Replicas, each address once. */
export const replicaList: Kind<readonly RedisReplica[]> = {
  expected: "a list of host:port, [IPv6]:port (in quotes) or {address: host:port, zone: name}",
  fromText: "yaml",
  parse({ value }) {
    if (!isList(value)) return { ok: false };
    const replicas: RedisReplica[] = [];
    const inside: InnerFault[] = [];
    const refuse: Refuse = (why, node, line) =>
      inside.push({ path: "", node, line, expected: replicaList.expected, why });
    const seen = new Map<string, number>();
    for (const [index, item] of value.items.entries()) {
      const replica = parseReplica(item, (why, node, line) => refuse(`replica ${index + 1}: ${why}`, node, line));
      if (replica === undefined) continue;
      const identity = addressIdentity(replica.address);
      const first = seen.get(identity);
      if (first === undefined) seen.set(identity, index + 1);
      else refuse(`replica ${index + 1} has the address of replica ${first}`, item, item.line);
      replicas.push(replica);
    }
    return inside.length === 0 ? { ok: true, value: replicas } : { ok: false, inside };
  },
};

/** Announced `host:port` (an IPv6 host without brackets, as Redis announces it) → address to use. */
export const addressMap: Kind<ReadonlyMap<string, RedisAddress>> = {
  expected: 'a map from host:port to host:port, such as {"10.0.0.1:6379": "redis.example:16379"}',
  fromText: "yaml",
  parse({ value }) {
    if (!isMap(value)) return { ok: false };
    const found = new Map<string, RedisAddress>();
    const inside: InnerFault[] = [];
    const seen = new Set<string>();
    for (const [index, { key, keyText, line, value: node }] of value.entries.entries()) {
      // The announced address is no key path: it is as secret as a value.
      const refuse = (why: string) => inside.push({ path: "", node, line, expected: addressMap.expected, why });
      const announced = parseAddress({ value: key, line, plainText: keyText });
      const used = parseAddress(node);
      const identity = announced.ok ? addressIdentity(announced.value) : undefined;
      if (!announced.ok) refuse(`announced address ${index + 1}: ${announced.why}`);
      if (identity !== undefined && seen.has(identity)) refuse(`announced address ${index + 1} stands there twice`);
      if (identity !== undefined) seen.add(identity);
      if (!used.ok) refuse(`address to use ${index + 1}: ${used.why}`);
      if (announced.ok && used.ok) found.set(`${announced.value.host}:${announced.value.port}`, used.value);
    }
    return inside.length === 0 ? { ok: true, value: found } : { ok: false, inside };
  },
};

/** A program and its arguments, as they are handed to the system. */
export const argumentList: Kind<readonly string[]> = {
  expected: "a list of a program and its arguments, such as [get-token, --user, feast]",
  fromText: "yaml",
  parse({ value }) {
    if (typeof value === "string") return refused("text is not split into words: there is no shell");
    if (!isList(value)) return { ok: false };
    const found: string[] = [];
    const inside: InnerFault[] = [];
    for (const [index, node] of value.items.entries()) {
      const what = index === 0 ? "the program" : `argument ${index}`;
      const part = node.value;
      let why: string | undefined;
      if (typeof part !== "string") why = `${what} is not text; put it in quotes`;
      else if (part === "") why = `${what} is empty`;
      else if (part.includes("\0")) why = `${what} holds a zero byte`;
      else found.push(part);
      if (why !== undefined) inside.push({ path: "", node, line: node.line, expected: argumentList.expected, why });
    }
    return inside.length === 0 ? { ok: true, value: found } : { ok: false, inside };
  },
};

/** `sidecar.redis.sentinel.tls` as written: paths are not resolved yet. */
export interface SentinelTls {
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly server_name: string | undefined;
}

const SENTINEL_TLS_KEYS = ["ca", "cert", "key", "server_name"] as const;
const tlsFile = filledText("the path of a file");

/** TLS files and a name; an empty map turns TLS on too. */
export const sentinelTls: Kind<SentinelTls> = {
  expected: "a map with any of the keys ca, cert, key, server_name; {} for TLS with the system's CAs",
  fromText: "yaml",
  parse({ value }) {
    if (value === true) return refused("true is not a map");
    if (value === false) return refused("false is not a map; leave the key out for cleartext");
    if (!isMap(value)) return { ok: false };
    const found = new Map<string, string>();
    const inside: (InnerFault | InnerUnknownKey)[] = [];
    for (const entry of value.entries) {
      const { value: node, line } = entry;
      const key = SENTINEL_TLS_KEYS.find((each) => each === entry.key);
      if (key === undefined) {
        inside.push({ path: "", entry, known: SENTINEL_TLS_KEYS });
        continue;
      }
      if (node.value === null) continue;
      const kind = key === "server_name" ? serverName : tlsFile;
      const parsed = kind.parse(node);
      if (parsed.ok) found.set(key, parsed.value);
      else inside.push({ path: key, node, line, expected: kind.expected });
    }
    if (inside.length > 0) return { ok: false, inside };
    const [ca, cert, key, name] = SENTINEL_TLS_KEYS.map((each) => found.get(each));
    return { ok: true, value: { ca, cert, key, server_name: name } };
  },
};
