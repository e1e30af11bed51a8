/** `sidecar:` in the file, in the environment and by flags. */
import { describe, expect, test } from "vitest";
import { environmentName } from "../../../src/config/environment.ts";
import { GROUP_PATHS, OPTION_PATHS, optionAt } from "../../../src/config/schema.ts";
import { FEAST, load } from "./make-settings.ts";

const sidecar = (flow: string): string => `${FEAST}sidecar: ${flow}\n`;

describe("defaults", () => {
  test("are complete and frozen", () => {
    const { settings, problems, repoDir } = load(FEAST);
    expect(problems).toEqual([]);
    expect(settings).toEqual({
      repoDir,
      yamlPath: `${repoDir}/feature_store.yaml`,
      project: "demo",
      entityKeyVersion: 3,
      registry: {
        kind: "file",
        path: `${repoDir}/data/registry.db`,
        versioning: false,
        serveWhileMaterializing: false,
        refreshMs: 60_000,
      },
      onlineStore: { type: "sqlite", path: `${repoDir}/data/online.db`, writerTimeZone: "UTC" },
      budget: {
        sliceMs: 10,
        sliceBinds: false,
        reserveMs: 0.5,
        envelopeCells: 5000,
        onLate: "error",
        views: new Map(),
      },
      freshness: { objectiveMs: 0, views: new Map() },
      admission: { minInFlight: 64 },
      traceTail: "link",
      otel: { logLevel: "error", traces: undefined, metrics: undefined },
      cache: {
        mode: "live",
        maxBytes: 33_554_432,
        policy: { policy: "ttl", ttlMs: 60_000, isTtlNamed: false, staleForMs: 300_000, negativeTtlMs: 1000 },
        jitter: 0.1,
        tenantKey: "",
        tenantMaxShare: 0.5,
        views: new Map(),
      },
      listen: [{ kind: "tcp", host: "127.0.0.1", port: 6566 }],
      admin: { kind: "tcp", host: "0.0.0.0", port: 9566 },
      adminHosts: [],
      allowInsecureListen: false,
      tls: undefined,
      drain: { waitMs: 0, timeoutMs: 5000 },
      metrics: true,
      transport: "lean",
      statuses: "per_surface",
      compat: {
        serviceVersionBug: "fix",
        precomputeNames: "fix",
        errorStatus: "feast",
        nullKey: "error",
        coerceGrpcKeys: false,
        stateGate: "per_surface",
      },
      limits: {
        maxRequestBytes: 4_194_304,
        maxResponseBytes: 67_108_864,
        maxRows: 10_000,
        maxReferences: 5_000,
        maxCells: 1_000_000,
        maxConnections: 1000,
        maxStreams: 1000,
        maxConnectionAgeMs: 0,
      },
      probes: { readiness: "any", storeGraceMs: 0 },
      warnings: [],
    });
    expect(Object.isFrozen(settings) && Object.isFrozen(settings?.limits) && Object.isFrozen(settings?.listen[0])).toBe(
      true,
    );
  });

  test.each(OPTION_PATHS.filter((path) => optionAt(path).defaultText !== ""))(
    "%s may be written at its default",
    (path) => {
      const flow = path.split(".").reduceRight((inner, key) => `{${key}: ${inner}}`, optionAt(path).defaultText);
      expect(load(sidecar(flow)).problems).toEqual([]);
    },
  );

  test("sections whose keys are all commented out count as absent", () => {
    expect(load(`${FEAST}sidecar:\n  cache:\n  tls:\n    cert:\n`).problems).toEqual([]);
    expect(load(`${FEAST}sidecar:\n`).problems).toEqual([]);
  });
});

test("every built option arrives", () => {
  const { settings, problems, repoDir } = load(`${FEAST}sidecar:
  listen: [0.0.0.0:1, "unix:run/s.sock"]
  admin: disabled
  admin_hosts: [A.b]
  drain: {wait: 2s, timeout: 1m}
  metrics: off
  statuses: strict
  compat: {service_version_bug: copy, precompute_names: copy, error_status: strict4xx, null_key: not_found, coerce_grpc_keys: yes, state_gate: ignore}
  tls: {cert: c.pem, key: ./k.pem, client_ca: ca.pem}
  limits: {max_request_bytes: 1KiB, max_response_bytes: 2, max_rows: 3, max_references: 9, max_cells: 4, max_connections: 5, max_streams: 6, max_connection_age: 7ms}
  registry: {refresh: 9s}
  probes: {readiness: store, liveness: {redis_grace: 3s}}
  sqlite: {writer_time_zone: Europe/Berlin}
`);
  expect(problems).toEqual([]);
  expect(settings).toMatchObject({
    listen: [
      { kind: "tcp", host: "0.0.0.0", port: 1 },
      { kind: "unix", path: `${repoDir}/run/s.sock` },
    ],
    admin: undefined,
    adminHosts: ["a.b"],
    drain: { waitMs: 2000, timeoutMs: 60_000 },
    metrics: false,
    statuses: "strict",
    compat: {
      serviceVersionBug: "copy",
      precomputeNames: "copy",
      errorStatus: "strict4xx",
      nullKey: "not_found",
      coerceGrpcKeys: true,
      stateGate: "ignore",
    },
    tls: { certFile: `${repoDir}/c.pem`, keyFile: `${repoDir}/k.pem`, clientCaFile: `${repoDir}/ca.pem` },
    limits: {
      maxRequestBytes: 1024,
      maxResponseBytes: 2,
      maxRows: 3,
      maxReferences: 9,
      maxCells: 4,
      maxConnections: 5,
      maxStreams: 6,
      maxConnectionAgeMs: 7,
    },
    registry: { refreshMs: 9000 },
    probes: { readiness: "store", storeGraceMs: 3000 },
    onlineStore: { writerTimeZone: "Europe/Berlin" },
  });
});

describe("wrong values", () => {
  const at = "feature_store.yaml line 3";
  test.each([
    [
      "{drain: {wait: 5}}",
      `${at}: sidecar.drain.wait = 5: a number has no unit; expected a duration with a unit (us, ms, s, m, h, d), such as 500us, 10ms, 5s, 10m, at most 24d`,
    ],
    [
      "{admin: off}",
      `${at}: sidecar.admin = off: YAML reads the unquoted word off as the boolean false, like yes, no, on and off; put a word in quotes; expected host:port, [IPv6]:port or unix:PATH, or disabled`,
    ],
    [
      "{statuses: no}",
      `${at}: sidecar.statuses = no: YAML reads the unquoted word no as the boolean false, like yes, no, on and off; put a word in quotes; expected one of per_surface, feast_python, strict`,
    ],
    [
      "{trace: {tail: off}}",
      `${at}: sidecar.trace.tail = off: YAML reads the unquoted word off as the boolean false, like yes, no, on and off; put a word in quotes; expected one of link, off`,
    ],
    [
      "{limits: {max_rows: 1e6}}",
      `${at}: sidecar.limits.max_rows = "1e6": YAML 1.1 reads this as text: a number with an exponent needs a dot and a sign, such as 1.0e+6; expected a whole number from 1 to 2147483647`,
    ],
    [
      "{zone: 010}",
      `${at}: sidecar.zone = 010: YAML 1.1 reads this as the number 8; put text in quotes; expected text`,
    ],
    [
      "{zone: 2024-01-02}",
      `${at}: sidecar.zone = a date: YAML reads this as a date; put text in quotes; expected text`,
    ],
    [
      '{statuses: "Strict"}',
      `${at}: sidecar.statuses = "Strict": text does not fit; expected one of per_surface, feast_python, strict`,
    ],
    [
      "{drain: 5s}",
      `${at}: sidecar.drain = "5s": text does not fit; expected a map with any of the keys wait, timeout`,
    ],
    [
      "{registry: {refresh: 0s}}",
      `${at}: sidecar.registry.refresh = "0s": text does not fit; expected a duration with a unit (us, ms, s, m, h, d), such as 500us, 10ms, 5s, 10m, and more than 0, at most 24d`,
    ],
    [
      "{listen: [a:1, b]}",
      `${at}: sidecar.listen = "b": address 2: not an address; expected a list of addresses, each host:port, [IPv6]:port or unix:PATH (in quotes when it begins with a bracket)`,
    ],
    ["{drian: {wait: 5s}}", `${at}: sidecar.drian = a map with 1 key: unknown key; did you mean drain?`],
    ["{drain: {foo: 5s}}", `${at}: sidecar.drain.foo = "5s": unknown key; expected one of wait, timeout`],
    [
      "{on: 1}",
      `${at}: sidecar.True = 1: YAML reads the unquoted key on as a boolean; unknown key; expected one of listen, admin, admin_hosts, allow_insecure_listen, debug_listen, debug_token_file, drain, metrics, transport, statuses, compat, tls, auth, zone, limits, registry, redis, cache, freshness, budget, admission, probes, trace, sqlite`,
    ],
    [
      "[1]",
      `${at}: sidecar = a list of 1: a list of 1 does not fit; expected a map with any of the keys listen, admin, admin_hosts, allow_insecure_listen, debug_listen, debug_token_file, drain, metrics, transport, statuses, compat, tls, auth, zone, limits, registry, redis, cache, freshness, budget, admission, probes, trace, sqlite`,
    ],
    [
      "{redis: {sentinel: {pasword: hunter2}}}",
      `${at}: sidecar.redis.sentinel.pasword = ***: unknown key; did you mean password?`,
    ],
    ["{tls: {kye: hunter2}}", `${at}: sidecar.tls.kye = ***: unknown key; did you mean key?`],
    [
      "{compat: {null_key: 0123}}",
      `${at}: sidecar.compat.null_key = ***: YAML 1.1 reads this as a number; put text in quotes; expected one of error, not_found`,
    ],
    [
      "{redis: {sentinel: {password: yes}}}",
      `${at}: sidecar.redis.sentinel.password = ***: YAML reads this unquoted word as a boolean; put a word in quotes; expected text`,
    ],
  ])("%s", (flow, expected) => {
    expect(load(sidecar(flow)).problems).toEqual([expected]);
  });

  test("each wrong item of a list is reported, with its line", () => {
    const yaml = `${FEAST}sidecar:\n  listen:\n    - a:1\n    - b\n    - 10:30\n  admin_hosts:\n    - a:80\n    - on\n`;
    const addresses =
      "expected a list of addresses, each host:port, [IPv6]:port or unix:PATH (in quotes when it begins with a bracket)";
    const hosts = "expected a list of host names without port, such as [sidecar.internal]";
    expect(load(yaml).problems).toEqual([
      `feature_store.yaml line 6: sidecar.listen = "b": address 2: not an address; ${addresses}`,
      `feature_store.yaml line 7: sidecar.listen = 10:30: YAML 1.1 reads this as the number 630; put text in quotes; ${addresses}`,
      `feature_store.yaml line 9: sidecar.admin_hosts = "a:80": name 1 is not a host name; ${hosts}`,
      `feature_store.yaml line 10: sidecar.admin_hosts = on: YAML reads the unquoted word on as the boolean true, like yes, no, on and off; put a word in quotes; ${hosts}`,
    ]);
  });

  test("all are reported in one run, with their lines", () => {
    const { problems } = load(
      `project: 5\nregistry: s3://b/k\nsidecar:\n  metrics: maybe\n  drain:\n    wait: soon\n  foo: 1\n`,
      {
        FEAST_SIDECAR__FOO: "1",
        FEAST_SIDECAR__STATUSES: "x",
      },
    );
    expect(problems.map((problem) => problem.split(":").slice(0, 2).join(":"))).toEqual([
      'feature_store.yaml line 4: sidecar.metrics = "maybe"',
      'feature_store.yaml line 6: sidecar.drain.wait = "soon"',
      "feature_store.yaml line 7: sidecar.foo = 1",
      "environment variable FEAST_SIDECAR__FOO: no option has this name; expected the path of an option below sidecar in capitals, such as FEAST_SIDECAR__DRAIN__TIMEOUT",
      'environment variable FEAST_SIDECAR__STATUSES: sidecar.statuses = "x"',
      "feature_store.yaml line 1: project = 5",
      "feature_store.yaml line 2: registry",
    ]);
  });
});

describe("environment and flags", () => {
  test("names follow the key paths", () => {
    expect(environmentName("cache.max_bytes")).toBe("FEAST_SIDECAR__CACHE__MAX_BYTES");
    const names = [...OPTION_PATHS, ...GROUP_PATHS].map(environmentName);
    expect(new Set(names).size).toBe(names.length);
  });

  test("flags beat environment beat file", () => {
    const yaml = sidecar("{listen: [a:1], admin: a:2, drain: {wait: 1s, timeout: 1s}, allow_insecure_listen: true}");
    const env = { FEAST_SIDECAR__LISTEN: "[b:1, b:2]", FEAST_SIDECAR__ADMIN: "b:3", FEAST_SIDECAR__DRAIN__WAIT: "2s" };
    const byEnv = load(yaml, env).settings;
    expect(byEnv?.listen.map((where) => where.kind === "tcp" && where.host + where.port)).toEqual(["b1", "b2"]);
    expect(byEnv).toMatchObject({ admin: { host: "b", port: 3 }, drain: { waitMs: 2000, timeoutMs: 1000 } });
    const byFlag = load(yaml, env, { listen: ["c:1", "unix:s"], admin: "disabled" }).settings;
    expect(byFlag).toMatchObject({
      listen: [
        { kind: "tcp", host: "c", port: 1 },
        { kind: "unix", path: "/cwd/s" },
      ],
      admin: undefined,
    });
  });

  test.each<[Record<string, string>, object]>([
    [{ FEAST_SIDECAR__METRICS: "no" }, { metrics: false }],
    [{ FEAST_SIDECAR__LISTEN: "127.0.0.1:0" }, { listen: [{ kind: "tcp", host: "127.0.0.1", port: 0 }] }],
    [{ FEAST_SIDECAR__ADMIN: "[::1]:9" }, { admin: { kind: "tcp", host: "::1", port: 9 } }],
    [{ FEAST_SIDECAR__ADMIN_HOSTS: "[a, b]" }, { adminHosts: ["a", "b"] }],
    [{ FEAST_SIDECAR__LIMITS__MAX_REQUEST_BYTES: "1KiB" }, { limits: { maxRequestBytes: 1024 } }],
    [{ FEAST_SIDECAR__LIMITS__MAX_ROWS: "7" }, { limits: { maxRows: 7 } }],
    [{ FEAST_SIDECAR__DRAIN: "{wait: 3s}" }, { drain: { waitMs: 3000, timeoutMs: 5000 } }],
    [
      { FEAST_SIDECAR__DRAIN__WAIT: "4s", FEAST_SIDECAR__DRAIN: "{wait: 3s, timeout: 1s}" },
      { drain: { waitMs: 4000, timeoutMs: 1000 } },
    ],
    [{ FEAST_SIDECAR_PORT: "tcp://10.0.0.1:6566", FEAST_SIDECAR_SERVICE_HOST: "x" }, { metrics: true }],
  ])("%o", (env, expected) => {
    const { settings, problems } = load(FEAST, env);
    expect(problems).toEqual([]);
    expect(settings).toMatchObject(expected);
  });

  test.each<[Record<string, string>, string]>([
    [
      { FEAST_SIDECAR__METRIC: "no" },
      "environment variable FEAST_SIDECAR__METRIC: no option has this name; did you mean FEAST_SIDECAR__METRICS?",
    ],
    [
      { FEAST_SIDECAR__metrics: "no" },
      "environment variable FEAST_SIDECAR__metrics: no option has this name; did you mean FEAST_SIDECAR__METRICS?",
    ],
    [
      { FEAST_SIDECAR__METRICS: "1" },
      "environment variable FEAST_SIDECAR__METRICS: sidecar.metrics = 1: a whole number does not fit; expected true or false",
    ],
    [
      { FEAST_SIDECAR__ADMIN_HOSTS: "[a" },
      'environment variable FEAST_SIDECAR__ADMIN_HOSTS: sidecar.admin_hosts = "[a": a character such as `:`, `,`, a quote or a closing bracket is missing; expected a list of host names without port, such as [sidecar.internal]',
    ],
    [
      { FEAST_SIDECAR__DRAIN: "{wiat: 3s}" },
      'environment variable FEAST_SIDECAR__DRAIN: sidecar.drain.wiat = "3s": unknown key; did you mean wait?',
    ],
    [
      { FEAST_SIDECAR__REDIS__CREDENTIAL_COMMAND: "hunter2" },
      "environment variable FEAST_SIDECAR__REDIS__CREDENTIAL_COMMAND: sidecar.redis.credential_command = ***: text is not split into words: there is no shell; expected a list of a program and its arguments, such as [get-token, --user, feast]",
    ],
  ])("%o is a problem", (env, expected) => {
    expect(load(FEAST, env).problems).toEqual([expected]);
  });

  test("a wrong flag names itself", () => {
    expect(load(FEAST, {}, { listen: ["a:1:2"] }).problems).toEqual([
      'flag --listen: sidecar.listen = "a:1:2": not an address; expected host:port, [IPv6]:port or unix:PATH',
    ]);
  });
});

describe("ports", () => {
  const cleartext =
    "in cleartext only loopback and Unix sockets are allowed; set sidecar.tls, or sidecar.allow_insecure_listen: true";
  test.each([
    ["{listen: [0.0.0.0:1]}", [`sidecar.listen = 0.0.0.0:1: ${cleartext}`]],
    [
      '{listen: ["[::]:1", 10.0.0.1:1, 127.0.0.1:1]}',
      [`sidecar.listen = [::]:1: ${cleartext}`, `sidecar.listen = 10.0.0.1:1: ${cleartext}`],
    ],
    [
      "{listen: [a:1, a:1], allow_insecure_listen: true}",
      ["sidecar.listen = a:1: the address is used twice; expected a different one for each listener"],
    ],
    [
      "{listen: [localhost:1], admin: localhost:1}",
      ["sidecar.admin = localhost:1: the address is used twice; expected a different one for each listener"],
    ],
    ["{tls: {cert: c}}", ["sidecar.tls.key: the key is missing; TLS needs sidecar.tls.cert and sidecar.tls.key"]],
    ["{tls: {key: k}}", ["sidecar.tls.cert: the key is missing; TLS needs sidecar.tls.cert and sidecar.tls.key"]],
    [
      "{tls: {client_ca: k}}",
      [
        "sidecar.tls.cert: the key is missing; TLS needs sidecar.tls.cert and sidecar.tls.key",
        "sidecar.tls.key: the key is missing; TLS needs sidecar.tls.cert and sidecar.tls.key",
      ],
    ],
    ["{listen: [0.0.0.0:1], allow_insecure_listen: true}", []],
    ["{listen: [0.0.0.0:1], tls: {cert: c, key: k}}", []],
    [
      "{tls: {cert: gone.pem, key: gone.key, client_ca: /nowhere/ca.pem}, limits: {max_rows: 0}}",
      [
        "sidecar.limits.max_rows = 0: a whole number does not fit; expected a whole number from 1 to 2147483647",
        'sidecar.tls.cert = "gone.pem": the file cannot be read (ENOENT); expected a PEM file, relative to the repository',
        "sidecar.tls.key = ***: the file cannot be read (ENOENT); expected a PEM file, relative to the repository",
        'sidecar.tls.client_ca = "/nowhere/ca.pem": the file cannot be read (ENOENT); expected a PEM file, relative to the repository',
      ],
    ],
    ["{listen: [127.0.0.1:0, 127.0.0.1:0], admin: 127.0.0.1:0}", []],
  ])("%s", (flow, expected) => {
    const { problems } = load(sidecar(flow));
    expect(problems).toEqual(expected.map((each) => `feature_store.yaml line 3: ${each}`));
  });
});
