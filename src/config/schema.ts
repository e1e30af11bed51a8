/**
 * Every option of `sidecar:`, once. The table drives validation, the environment's names and docs/configuration.md.
 */
import { absent, type Option, option } from "./option-row.ts";
import { address, addresses, addressOrDisabled, addressOrNone } from "./parse-address.ts";
import { byteSize, duration, filledText, flag, hostNames, text, timeZone, wholeNumber, word } from "./parse-values.ts";
import { BUDGET_OPTIONS } from "./schema-budget.ts";
import { CACHE_OPTIONS } from "./schema-cache.ts";
import { REDIS_OPTIONS } from "./schema-redis.ts";

const MAX_COUNT = 2 ** 31 - 1;
const count = wholeNumber(1, MAX_COUNT);
const anyDuration = duration("allowed");
const someDuration = duration("refused");
const path = filledText("the path of a file");

const OPTIONS = {
  listen: option(
    addresses,
    "[127.0.0.1:6566]",
    "Where gRPC and HTTP are answered. Beyond loopback and Unix sockets it needs `tls` or `allow_insecure_listen`.",
  ),
  admin: option(addressOrDisabled, "0.0.0.0:9566", "Probes, health and metrics; `disabled` = no such port."),
  admin_hosts: option(
    hostNames,
    "[]",
    "Names that the admin port accepts as `Host`, beside IP addresses and `localhost`.",
  ),
  allow_insecure_listen: option(flag, "false", "Listen in cleartext beyond loopback."),
  debug_listen: option(
    addressOrNone,
    '""',
    "Plans, slow calls, profiles and heap snapshots, on a Unix socket, or on loopback with `debug_token_file`; empty = off.",
  ),
  debug_token_file: option(
    text,
    '""',
    "File with the token that the debug listener asks for, relative to the repository; read at each request. Empty = none, which a Unix socket may have.",
  ),
  "drain.wait": option(anyDuration, "0s", "From the signal to stop until listeners close: not ready, still serving."),
  "drain.timeout": option(anyDuration, "5s", "How long running requests may take to finish after that."),
  metrics: option(flag, "true", "Collect metrics and serve `/metrics`."),
  transport: option(
    word("lean", "grpc-js"),
    "lean",
    "Which HTTP/2 implementation serves gRPC: our own, or grpc-js, which takes many times the CPU.",
  ),
  statuses: option(
    word("per_surface", "feast_python", "strict"),
    "per_surface",
    "Statuses of absent and outdated values: `per_surface` = as the Feast server of that surface, `feast_python` = as Feast's Python servers, `strict` = NOT_FOUND and OUTSIDE_MAX_AGE everywhere.",
  ),
  "compat.service_version_bug": option(
    word("fix", "copy"),
    "fix",
    "Feast's mistake with versioned views inside a feature service.",
  ),
  "compat.precompute_names": option(
    word("fix", "copy"),
    "fix",
    "Feast's feature names in answers from precomputed vectors.",
  ),
  "compat.error_status": option(
    word("feast", "strict4xx"),
    "feast",
    "HTTP status of a caller's mistakes: Feast's own (often 500), or always 4xx.",
  ),
  "compat.null_key": option(
    word("error", "not_found"),
    "error",
    "A null among the entity keys: refuse the request as Feast does, or answer NOT_FOUND for that row.",
  ),
  "compat.coerce_grpc_keys": option(
    flag,
    "false",
    "Convert entity keys sent over gRPC to the declared type of the join key, as HTTP does.",
  ),
  "compat.state_gate": option(
    word("per_surface", "enforce", "ignore"),
    "per_surface",
    "Refuse views that are not available online: as the Feast server of that surface, always, or never.",
  ),
  "tls.cert": absent(
    path,
    "Certificate chain (PEM) of the data port, relative to the repository. With `key`, turns TLS on.",
  ),
  "tls.key": absent(path, "Private key (PEM) of that certificate."),
  "tls.client_ca": absent(path, "Only clients with a certificate signed by this CA (PEM) may connect."),
  auth: absent(
    word("trust_local"),
    "`trust_local` = serve although `auth` of the feature store asks for authentication, which is not enforced here: whoever reaches the port is trusted.",
  ),
  zone: option(
    text,
    '""',
    "Availability zone of this process, as the Redis nodes' zones are written: nodes of the same zone are read first. Empty = not known.",
  ),
  "limits.max_request_bytes": option(byteSize, "4MiB", "Longest request."),
  "limits.max_response_bytes": option(byteSize, "64MiB", "Longest answer."),
  "limits.max_rows": option(count, "10000", "Entity rows of one request."),
  "limits.max_references": option(
    count,
    "5000",
    "Features that one request may name itself; those of a feature service are not counted.",
  ),
  "limits.max_cells": option(count, "1000000", "Rows × features of one request."),
  "limits.max_connections": option(count, "1000", "Open connections over all listeners."),
  "limits.max_streams": option(count, "1000", "Concurrent gRPC calls of one connection."),
  "limits.max_connection_age": option(
    anyDuration,
    "0s",
    "After this a gRPC connection is asked to reconnect; 0s = no limit.",
  ),
  "registry.refresh": option(
    someDuration,
    "60s",
    "How often the registry is looked at; the smaller of this and `cache_ttl_seconds` counts.",
  ),
  ...REDIS_OPTIONS,
  ...CACHE_OPTIONS,
  ...BUDGET_OPTIONS,
  "probes.readiness": option(
    word("any", "store"),
    "any",
    "`any` = ready once registry and store were reached; `store` = the store must also be reachable now.",
  ),
  "probes.liveness.redis_grace": option(
    anyDuration,
    "0s",
    "The store away for longer fails liveness; 0s = never. A short grace turns an outage of the store into restarts of every pod.",
  ),
  "trace.tail": option(
    word("link", "off"),
    "link",
    "`link` = while traces are sent (`OTEL_*`), a slow, degraded, hedged or failed call (other than by a mistake of its caller's) that nobody sampled is kept as a trace of its own with a link to its caller's, at most ten a second; `off` = only what the sampler takes.",
  ),
  "sqlite.writer_time_zone": option(
    timeZone,
    "UTC",
    "Local time zone of the machine that materialized into SQLite (Feast stores event times as local).",
  ),
} as const satisfies Readonly<Record<string, Option<unknown>>>;

export type OptionPath = keyof typeof OPTIONS;

/** The value of each option after parsing. */
export type OptionValues = { readonly [P in OptionPath]: (typeof OPTIONS)[P] extends Option<infer T> ? T : never };

export const OPTION_PATHS = Object.keys(OPTIONS) as readonly OptionPath[];

/** Key paths that are maps of further options: `drain`, `redis`, `redis.hedge`, … */
export const GROUP_PATHS: ReadonlySet<string> = new Set(
  OPTION_PATHS.flatMap((each) => {
    const parts = each.split(".");
    return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join("."));
  }),
);

/** `path` with its type, for code that has only a string. */
export function isOptionPath(each: string): each is OptionPath {
  return Object.hasOwn(OPTIONS, each);
}

/** The row of a path, seen without its own type. */
export function optionAt(each: OptionPath): Option<unknown> {
  return OPTIONS[each] as Option<unknown>;
}

/** Kind of one address on the command line. */
export const ADDRESS_FLAG = { listen: address, admin: addressOrDisabled } as const;
