/**
 * What a connection string means: the keyword arguments of redis-py (redis/client.py:Redis.__init__) that are honoured here.
 * No message repeats a value or an unknown name: after a comma in a password anything may be a piece of the password.
 */
import type { RedisSettings } from "../model/redis-settings.ts";
import { isTruthy, type PythonJson, pythonFloatText } from "./python-json.ts";
import { type ConnectionString, parseConnectionString } from "./redis-connection-string.ts";
import { readNodes } from "./redis-nodes.ts";
import { type FeastTls, readTlsOptions } from "./redis-tls-options.ts";

/** redis-py waits for ever by default; a sidecar must notice a dead host. */
const DEFAULT_CONNECT_TIMEOUT_MS = 2_000;

/** Arguments of redis-py that change how it works, not what it reads. */
const IGNORED = new Set(
  `host port socket_keepalive socket_keepalive_options connection_pool encoding encoding_errors decode_responses retry_on_timeout
   retry retry_on_error max_connections single_connection_client health_check_interval lib_name lib_version driver_info
   redis_connect_func credential_provider protocol cache cache_config event_dispatcher maint_notifications_config
   oss_cluster_maint_notifications_handler ssl_include_verify_flags ssl_exclude_verify_flags ssl_ocsp_context`.split(
    /\s+/,
  ),
);

/** Arguments that would lead elsewhere or check more than we do: refused rather than ignored. */
const REFUSED = new Set(
  `unix_socket_path ssl_ca_path ssl_ca_data ssl_password ssl_validate_ocsp ssl_validate_ocsp_stapled ssl_ocsp_expected_cert
   ssl_min_version ssl_ciphers`.split(/\s+/),
);

const HONOURED = new Set(
  `db password username ssl ssl_cert_reqs ssl_ca_certs ssl_certfile ssl_keyfile ssl_check_hostname socket_timeout
   socket_connect_timeout client_name`.split(/\s+/),
);

/** Arguments of one client class of redis-py on top: redis/cluster.py:RedisCluster, redis/sentinel.py:Sentinel. */
const IGNORED_WITH: Readonly<Record<RedisSettings["kind"], ReadonlySet<string>>> = {
  plain: new Set(),
  cluster: new Set(
    `skip_full_coverage_check cluster_error_retry_attempts require_full_coverage reinitialize_steps read_from_replicas
     load_balancing_strategy dynamic_startup_nodes policy_resolver`.split(/\s+/),
  ),
  sentinel: new Set(["check_connection", "is_master"]),
};

/** Name → what to do instead, where ignoring would lead elsewhere or check less. */
const REFUSED_WITH: Readonly<Record<RedisSettings["kind"], ReadonlyMap<string, string>>> = {
  plain: new Map(),
  cluster: new Map([
    ["url", "name the nodes as host:port"],
    ["address_remap", "use sidecar.redis.address_map"],
  ]),
  sentinel: new Map([
    ["sentinel_kwargs", "use sidecar.redis.sentinel"],
    ["force_master_ip", "use sidecar.redis.address_map"],
    ["min_other_sentinels", "leave it out"],
  ]),
};

/** What a connection string alone says. */
export interface RedisConnection {
  readonly endpoints: RedisSettings["endpoints"];
  readonly db: number;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly tls: FeastTls | undefined;
  readonly connectTimeoutMs: number;
  readonly clientName: string | undefined;
}

export interface RedisOptions {
  /** undefined when there are problems. */
  readonly connection: RedisConnection | undefined;
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

export interface RedisStringContext {
  /** What relative paths of certificates are relative to: Python opens them as they are. */
  readonly cwd: string;
  readonly kind: RedisSettings["kind"];
  readonly client: "redis" | "glide";
}

/** @param text `online_store.connection_string` */
export function readRedisOptions(text: string, context: RedisStringContext): RedisOptions {
  const reader = new OptionReader(parseConnectionString(text), context);
  const connection = reader.read();
  const { problems, warnings } = reader;
  return { connection: problems.length > 0 ? undefined : connection, problems, warnings };
}

class OptionReader {
  readonly problems: string[] = [];
  readonly warnings: string[] = [];
  readonly #parsed: ConnectionString;
  readonly #context: RedisStringContext;

  constructor(parsed: ConnectionString, context: RedisStringContext) {
    this.#parsed = parsed;
    this.#context = context;
  }

  read(): RedisConnection {
    const { kind, cwd } = this.#context;
    const { nodes, options } = this.#parsed;
    this.#checkNames();
    return {
      endpoints: readNodes(nodes, kind, this.problems, this.warnings),
      db: kind === "cluster" ? this.#clusterDb() : this.#db(),
      username: this.#credential("username"),
      password: this.#credential("password"),
      tls: readTlsOptions(options, cwd, this.problems, this.warnings),
      connectTimeoutMs: this.#connectTimeoutMs(),
      clientName: this.#credential("client_name"),
    };
  }

  #option(name: string): PythonJson {
    return this.#parsed.options.get(name)?.value ?? null;
  }

  #checkNames(): void {
    const { kind } = this.#context;
    for (const [name, { value, part }] of this.#parsed.options) {
      if (HONOURED.has(name)) continue;
      const instead = REFUSED_WITH[kind].get(name);
      if (IGNORED.has(name) || IGNORED_WITH[kind].has(name)) {
        this.warnings.push(`the option ${name} is ignored: it does not concern this client`);
      } else if (REFUSED.has(name) || instead !== undefined) {
        const hint = instead === undefined ? "" : `: ${instead}`;
        if (isTruthy(value))
          this.problems.push(`the option ${name} is not built yet; it cannot be ignored safely${hint}`);
      } else {
        const hint = name.trim() === name ? "a password cannot hold a comma" : "spaces around commas are not trimmed";
        this.problems.push(`part ${part} is not an option of redis-py (${hint}); expected host:port,option=value,…`);
      }
    }
  }

  /** redis/cluster.py:RedisCluster.__init__ refuses the option whatever its value; Feast does not hand it to GLIDE at all. */
  #clusterDb(): number {
    if (!this.#parsed.options.has("db")) return 0;
    if (this.#context.client === "glide") this.warnings.push("db is ignored in cluster mode, as with client: glide");
    else this.problems.push("Argument 'db' is not possible to use in cluster mode; leave it out");
    return 0;
  }

  /** SELECT is sent for a true value only (redis/connection.py:on_connect_check_health). */
  #db(): number {
    const value = this.#option("db");
    if (!isTruthy(value)) return 0;
    const text = typeof value === "bigint" || typeof value === "string" ? String(value) : "";
    if (/^\d{1,9}$/.test(text)) return Number(text);
    this.problems.push("db is not a whole number from 0");
    return 0;
  }

  /** Numbers are sent as Python prints them; redis-py refuses booleans, lists and maps (redis/_parsers/encoders.py:Encoder.encode). */
  #credential(name: "username" | "password" | "client_name"): string | undefined {
    const value = this.#option(name);
    if (!isTruthy(value) || value === null) return undefined;
    if (typeof value === "boolean" || typeof value === "object") {
      this.problems.push(
        `${name} is read as JSON and gives ${typeof value === "boolean" ? "a boolean" : "a list or a map"}, which redis-py cannot send; put it in double quotes, as in ${name}="…"`,
      );
      return undefined;
    }
    return typeof value === "number" ? pythonFloatText(value) : String(value);
  }

  /** `socket_timeout` is redis-py's limit for connecting too, when there is no other. How long a reply may take is our own matter. */
  #connectTimeoutMs(): number {
    const replyMs = this.#seconds("socket_timeout");
    return this.#seconds("socket_connect_timeout") ?? replyMs ?? DEFAULT_CONNECT_TIMEOUT_MS;
  }

  #seconds(name: "socket_timeout" | "socket_connect_timeout"): number | undefined {
    const value = this.#option(name);
    if (value === null) return undefined;
    const seconds = typeof value === "bigint" || typeof value === "number" ? Number(value) : Number.NaN;
    if (seconds > 0 && seconds <= 86_400) return seconds * 1000;
    this.problems.push(`${name} is not a number of seconds, more than 0 and at most 86400`);
    return undefined;
  }
}
