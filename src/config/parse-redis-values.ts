/** Kinds of option values that only `sidecar.redis` has. No message repeats a value: all of them are secret. */
import { parseListenAddress } from "../model/listen-address.ts";
import type { RedisAddress, RedisReplica } from "../model/redis-settings.ts";
import { nearestName } from "./nearest-name.ts";
import { type Kind, type Parsed, serverName } from "./parse-values.ts";
import { isList, isMap, type YamlMap, type YamlNode } from "./yaml-value.ts";

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

/** First key of the map that is not among `known`, as a reason; undefined when there is none. */
function unknownKey({ entries }: YamlMap, known: readonly string[]): Refused | undefined {
  for (const { key } of entries) {
    if (typeof key === "string" && known.includes(key)) continue;
    const near = typeof key === "string" ? nearestName(key, known) : undefined;
    return refused(`a key is unknown${near === undefined ? "" : `; did you mean ${near}?`}`);
  }
  return undefined;
}

function parseReplica(node: YamlNode): Parsed<RedisReplica> {
  if (!isMap(node.value)) {
    const address = parseAddress(node);
    return address.ok ? { ok: true, value: { address: address.value, zone: "" } } : address;
  }
  const unknown = unknownKey(node.value, ["address", "zone"]);
  if (unknown !== undefined) return unknown;
  let address: Parsed<RedisAddress> = refused("the key address is missing");
  let zone = "";
  for (const { key, value } of node.value.entries) {
    if (key === "address") address = parseAddress(value);
    else if (typeof value.value === "string") zone = value.value;
    else return refused("its zone is not text; put it in quotes");
  }
  return address.ok ? { ok: true, value: { address: address.value, zone } } : address;
}

/** Replicas, each address once. */
export const replicaList: Kind<readonly RedisReplica[]> = {
  expected: "a list of host:port, [IPv6]:port (in quotes) or {address: host:port, zone: name}",
  fromText: "yaml",
  parse({ value }) {
    if (!isList(value)) return { ok: false };
    const replicas: RedisReplica[] = [];
    const seen = new Map<string, number>();
    for (const [index, item] of value.items.entries()) {
      const parsed = parseReplica(item);
      if (!parsed.ok) return refused(`replica ${index + 1}: ${parsed.why}`);
      const identity = addressIdentity(parsed.value.address);
      const first = seen.get(identity);
      if (first !== undefined) return refused(`replica ${index + 1} has the address of replica ${first}`);
      seen.set(identity, index + 1);
      replicas.push(parsed.value);
    }
    return { ok: true, value: replicas };
  },
};

/** Announced `host:port` (an IPv6 host without brackets, as Redis announces it) → address to use. */
export const addressMap: Kind<ReadonlyMap<string, RedisAddress>> = {
  expected: 'a map from host:port to host:port, such as {"10.0.0.1:6379": "redis.example:16379"}',
  fromText: "yaml",
  parse({ value }) {
    if (!isMap(value)) return { ok: false };
    const found = new Map<string, RedisAddress>();
    const seen = new Set<string>();
    for (const [index, entry] of value.entries.entries()) {
      const announced = parseAddress({ value: entry.key, line: entry.line, plainText: entry.keyText });
      if (!announced.ok) return refused(`announced address ${index + 1}: ${announced.why}`);
      const identity = addressIdentity(announced.value);
      if (seen.has(identity)) return refused(`announced address ${index + 1} stands there twice`);
      seen.add(identity);
      const used = parseAddress(entry.value);
      if (!used.ok) return refused(`address to use ${index + 1}: ${used.why}`);
      found.set(`${announced.value.host}:${announced.value.port}`, used.value);
    }
    return { ok: true, value: found };
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
    for (const [index, { value: part }] of value.items.entries()) {
      const what = index === 0 ? "the program" : `argument ${index}`;
      if (typeof part !== "string") return refused(`${what} is not text; put it in quotes`);
      if (part === "") return refused(`${what} is empty`);
      if (part.includes("\0")) return refused(`${what} holds a zero byte`);
      found.push(part);
    }
    return { ok: true, value: found };
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

/** TLS files and a name; an empty map turns TLS on too. */
export const sentinelTls: Kind<SentinelTls> = {
  expected: "a map with any of the keys ca, cert, key, server_name; {} for TLS with the system's CAs",
  fromText: "yaml",
  parse({ value }) {
    if (value === true) return refused("true is not a map");
    if (value === false) return refused("false is not a map; leave the key out for cleartext");
    if (!isMap(value)) return { ok: false };
    const unknown = unknownKey(value, SENTINEL_TLS_KEYS);
    if (unknown !== undefined) return unknown;
    const found = new Map<string, string>();
    for (const { key, value: node } of value.entries) {
      if (node.value === null) continue;
      if (typeof node.value !== "string" || node.value === "") return refused(`${String(key)} is not filled text`);
      if (key === "server_name" && !serverName.parse(node).ok) return refused("server_name is not a host name");
      found.set(String(key), node.value);
    }
    const [ca, cert, key, name] = SENTINEL_TLS_KEYS.map((each) => found.get(each));
    return { ok: true, value: { ca, cert, key, server_name: name } };
  },
};
