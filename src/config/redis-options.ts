/**
 * What a connection string means: the keyword arguments of redis-py (redis/client.py:Redis.__init__) that are honoured here.
 * No message repeats a value or an unknown name: after a comma in a password anything may be a piece of the password.
 */
import { resolve } from "node:path";
import { isTruthy, type PythonJson, pythonFloatText } from "./python-json.ts";
import { type ConnectionString, parseConnectionString } from "./redis-connection-string.ts";
import type { RedisSettings, RedisTlsSettings } from "./settings.ts";

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

export interface RedisOptions {
  /** undefined when there are problems. */
  readonly settings: RedisSettings | undefined;
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

/**
 * @param text `online_store.connection_string`
 * @param cwd what relative paths of certificates are relative to: Python opens them as they are
 */
export function readRedisOptions(text: string, cwd: string): RedisOptions {
  const reader = new OptionReader(parseConnectionString(text), cwd);
  const settings = reader.read();
  return {
    settings: reader.problems.length > 0 ? undefined : settings,
    problems: reader.problems,
    warnings: reader.warnings,
  };
}

class OptionReader {
  readonly problems: string[] = [];
  readonly warnings: string[] = [];
  readonly #parsed: ConnectionString;
  readonly #cwd: string;

  constructor(parsed: ConnectionString, cwd: string) {
    this.#parsed = parsed;
    this.#cwd = cwd;
  }

  read(): RedisSettings {
    this.#checkNames();
    const node = this.#node();
    const socketTimeoutMs = this.#seconds("socket_timeout");
    return {
      ...node,
      db: this.#db(),
      username: this.#credential("username"),
      password: this.#credential("password"),
      tls: this.#tls(),
      connectTimeoutMs: this.#seconds("socket_connect_timeout") ?? socketTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS,
      socketTimeoutMs,
      clientName: this.#credential("client_name"),
    };
  }

  #option(name: string): PythonJson {
    return this.#parsed.options.get(name)?.value ?? null;
  }

  #checkNames(): void {
    for (const [name, { value, part }] of this.#parsed.options) {
      if (HONOURED.has(name)) continue;
      if (IGNORED.has(name)) this.warnings.push(`the option ${name} is ignored: it does not concern this client`);
      else if (REFUSED.has(name)) {
        if (isTruthy(value)) this.problems.push(`the option ${name} is not built yet; it cannot be ignored safely`);
      } else {
        const hint = name.trim() === name ? "a password cannot hold a comma" : "spaces around commas are not trimmed";
        this.problems.push(`part ${part} is not an option of redis-py (${hint}); expected host:port,option=value,…`);
      }
    }
  }

  #node(): { host: string; port: number } {
    const [node, second] = this.#parsed.nodes;
    const expected =
      "expected host:port first, then option=value, separated by commas; there is no URL form and no IPv6";
    if (node === undefined) this.problems.push(`there is no node; ${expected}`);
    else if (node.port === undefined) this.problems.push(`the first node has no port; ${expected}`);
    else if (!/^\d{1,5}$/.test(node.port) || Number(node.port) < 1 || Number(node.port) > 65_535) {
      this.problems.push(`the port of the first node is not a number from 1 to 65535; ${expected}`);
    } else if (!/^[^\s/[\]]+$/.test(node.host)) {
      this.problems.push(`the host of the first node is not a host name; ${expected}`);
    }
    if (second !== undefined) {
      this.warnings.push(
        "it has more than one part without `=`: with redis_type redis only the first node is used (and a password cannot hold a comma)",
      );
    }
    return { host: node?.host ?? "", port: Number(node?.port) };
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

  #seconds(name: "socket_timeout" | "socket_connect_timeout"): number | undefined {
    const value = this.#option(name);
    if (value === null) return undefined;
    const seconds = typeof value === "bigint" || typeof value === "number" ? Number(value) : Number.NaN;
    if (seconds > 0 && seconds <= 86_400) return seconds * 1000;
    this.problems.push(`${name} is not a number of seconds, more than 0 and at most 86400`);
    return undefined;
  }

  /** redis/connection.py:SSLConnection. */
  #tls(): RedisTlsSettings | undefined {
    const ssl = this.#option("ssl");
    if (typeof ssl === "string" && /^(?:false|no|off)$/i.test(ssl)) {
      this.warnings.push("the value of ssl is text, which counts as true: TLS is on; write ssl=false for off");
    }
    if (!isTruthy(ssl)) return undefined;
    const rejectUnauthorized = this.#verifies();
    const ca = this.#path("ssl_ca_certs");
    const cert = this.#path("ssl_certfile");
    const key = this.#path("ssl_keyfile");
    if (key !== undefined && cert === undefined) this.problems.push("ssl_keyfile needs ssl_certfile beside it");
    const checkHostname = this.#parsed.options.get("ssl_check_hostname")?.value ?? true;
    return {
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
      rejectUnauthorized,
      checkHostname: rejectUnauthorized && isTruthy(checkHostname),
    };
  }

  /** `optional` asks a server for no less than `required`: a server always has a certificate. */
  #verifies(): boolean {
    const value = this.#parsed.options.get("ssl_cert_reqs")?.value;
    if (value === undefined || value === "required" || value === "optional" || value === 2n || value === 1n)
      return true;
    if (value === null || value === "none" || value === 0n) return false;
    this.problems.push("ssl_cert_reqs is not one of none, optional, required");
    return true;
  }

  #path(name: "ssl_ca_certs" | "ssl_certfile" | "ssl_keyfile"): string | undefined {
    const value = this.#option(name);
    if (value === null) return undefined;
    if (typeof value === "string" && value !== "") return resolve(this.#cwd, value);
    this.problems.push(`${name} is not the path of a file`);
    return undefined;
  }
}
