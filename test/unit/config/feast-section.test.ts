// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are shell variables
/** Feast's own part of feature_store.yaml. */
import { rmdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { load } from "./make-settings.ts";

const REDIS = "online_store: {type: redis}\n";

describe("accepted", () => {
  test.each([
    [
      "other keys of Feast",
      "project: p\nregistry: r\nprovider: gcp\nfeature_server: {type: mcp, x: 1}\noffline_store: {type: file}\nfoo: bar\n",
      {},
    ],
    ["an absolute path", "project: p\nregistry: /a/r.db\n", { registry: { path: "/a/r.db" } }],
    ["a path that looks like a drive", "project: p\nregistry: C:/r.db\n", { registry: { refreshMs: 60_000 } }],
    [
      "a map without type",
      "project: p\nregistry: {path: /r, extra: 1}\n",
      { registry: { path: "/r", refreshMs: 60_000 } },
    ],
    [
      "a map of type file",
      "project: p\nregistry: {registry_type: file, path: /r, cache_ttl_seconds: 5}\n",
      { registry: { refreshMs: 5000 } },
    ],
    [
      "a cache that never expires",
      "project: p\nregistry: {path: /r, cache_ttl_seconds: 0}\n",
      { registry: { refreshMs: 60_000 } },
    ],
    [
      "a named store class",
      'project: p\nregistry: {path: "s3:x", registry_store_type: FileRegistryStore}\n',
      { registry: { kind: "file" } },
    ],
    [
      "registry flags",
      "project: p\nregistry: {path: /r, enable_online_feature_view_versioning: yes, serve_features_while_materializing: true}\n",
      { registry: { versioning: true, serveWhileMaterializing: true } },
    ],
    ["key version 2", "project: p\nregistry: r\nentity_key_serialization_version: 2\n", { entityKeyVersion: 2 }],
    ["any key version", "project: p\nregistry: r\nentity_key_serialization_version: 9\n", { entityKeyVersion: 9 }],
    ["letters of any script", "project: größe_2\nregistry: r\n", { project: "größe_2" }],
    [
      "a hyphen with redis",
      `project: a-b\nregistry: r\n${REDIS}`,
      { project: "a-b", onlineStore: { type: "redis", redis: { nodeTimeoutMs: 5 } } },
    ],
    [
      "redis by name",
      "project: p\nregistry: r\nonline_store: redis\n",
      { onlineStore: { redis: { kind: "plain", endpoints: [{ host: "localhost", port: 6379 }], db: 0 } } },
    ],
    [
      "redis with its keys",
      "project: p\nregistry: r\nonline_store: {type: redis, redis_type: redis, connection_string: 'h:1,db=2', key_ttl_seconds: 5, full_scan_for_deletion: false, skip_dedup: true, client: glide, sentinel_master: m}\n",
      { onlineStore: { redis: { endpoints: [{ host: "h", port: 1 }], db: 2, sentinelMaster: "m" } } },
    ],
    [
      "a cluster",
      "project: p\nregistry: r\nonline_store: {type: redis, redis_type: redis_cluster, connection_string: 'a:1,b:2', client: glide}\n",
      {
        onlineStore: {
          redis: {
            kind: "cluster",
            endpoints: [
              { host: "a", port: 1 },
              { host: "b", port: 2 },
            ],
          },
        },
        warnings: [],
      },
    ],
    [
      "sentinels",
      "project: p\nregistry: r\nonline_store: {type: redis, redis_type: redis_sentinel, connection_string: 'a:1,b:2,db=3', sentinel_master: m}\n",
      { onlineStore: { redis: { kind: "sentinel", sentinelMaster: "m", db: 3 } }, warnings: [] },
    ],
    ["sqlite by name", "project: p\nregistry: r\nonline_store: sqlite\n", { onlineStore: { type: "sqlite" } }],
    [
      "a map without type is sqlite",
      "project: p\nregistry: r\nonline_store: {path: /o.db}\n",
      { onlineStore: { type: "sqlite", path: "/o.db" } },
    ],
    [
      "sqlite by its class",
      "project: p\nregistry: r\nonline_store: {type: feast.infra.online_stores.sqlite.SqliteOnlineStore, vector_enabled: true, similarity: x, text_search_enabled: false, enable_openai_compatible_store: true, path: /o}\n",
      { onlineStore: { type: "sqlite", path: "/o" } },
    ],
    ["no_auth as text", "project: p\nregistry: r\nauth: no_auth\n", { warnings: [] }],
    ["no_auth", "project: p\nregistry: r\nauth: {type: no_auth}\n", { warnings: [] }],
    [
      "merge keys",
      "x: &x {type: redis, connection_string: 'h:1'}\nproject: p\nregistry: r\nonline_store: {<<: *x}\n",
      { onlineStore: { redis: { endpoints: [{ host: "h", port: 1 }] } } },
    ],
  ])("%s", (_, yaml, expected) => {
    const { settings, problems } = load(yaml);
    expect(problems).toEqual([]);
    expect(settings).toMatchObject(expected);
  });

  test("paths are relative to the repository", () => {
    const { settings, repoDir } = load(
      "project: p\nregistry: {path: x/r.db}\nonline_store: {type: sqlite, path: y/o.db}\n",
    );
    expect(settings).toMatchObject({
      registry: { path: `${repoDir}/x/r.db` },
      onlineStore: { path: `${repoDir}/y/o.db` },
    });
  });

  test("the environment is put in before parsing", () => {
    const yaml =
      "project: $P\nregistry: r\nonline_store: {type: redis, connection_string: '${H}:6379,password=${PW}'}\n";
    expect(load(yaml, { P: "demo", H: "redis.local", PW: "x" }).settings).toMatchObject({
      project: "demo",
      onlineStore: { redis: { endpoints: [{ host: "redis.local", port: 6379 }], password: "x" } },
    });
  });
});

describe("refused", () => {
  const project = "project: p\n";
  const base = "project: p\nregistry: r\n";
  test.each([
    ["", [": expected a map with the keys project, registry, online_store, …"]],
    ["- a\n", [": expected a map with the keys"]],
    ["a: b: c\n", [" line 1: a second `: ` on this line"]],
    ["registry: r\n", [": project: the key is missing"]],
    ["project: no\nregistry: r\n", [" line 1: project = no: YAML reads the unquoted word no as the boolean false"]],
    ["project: 010\nregistry: r\n", [" line 1: project = 010: YAML 1.1 reads this as the number 8"]],
    ["project: _p\nregistry: r\n", [' line 1: project = "_p": expected letters']],
    ["project: 'a b'\nregistry: r\n", [' line 1: project = "a b": expected letters']],
    ["project: ''\nregistry: r\n", [' line 1: project = "": expected letters']],
    [
      "project: a-b\nregistry: r\n",
      [' line 1: project = "a-b": Project names for SQLite online stores cannot contain hyphens'],
    ],
    [project, [": registry: Registry is not set, but is required"]],
    [`${project}registry:\n`, [" line 2: registry = None: expected a path"]],
    [`${project}registry: ''\n`, [' line 2: registry = "": expected the path']],
    [`${project}registry: {cache_ttl_seconds: 5}\n`, [": registry.path: expected the path"]],
    [`${project}registry: {path: 5}\n`, [" line 2: registry.path = 5: a whole number does not fit; expected text"]],
    [
      `${project}registry: {path: r, cache_ttl_seconds: '60'}\n`,
      [' line 2: registry.cache_ttl_seconds = "60": text does not fit; expected a whole number without quotes'],
    ],
    [
      `${project}registry: {path: r, enable_online_feature_view_versioning: 1}\n`,
      [
        " line 2: registry.enable_online_feature_view_versioning = 1: a whole number does not fit; expected true or false",
      ],
    ],
    [`${project}registry: s3://user:hunter2@b/r\n`, [" line 2: registry: a registry on s3:// is not built yet"]],
    [`${project}registry: gs://b/r\n`, [" line 2: registry: a registry on gs:// is not built yet"]],
    [`${project}registry: {path: "hdfs://b/r"}\n`, [" line 2: registry.path: a registry on hdfs:// is not built yet"]],
    [`${project}registry: ftp://b/r\n`, [" line 2: registry: unsupported scheme ftp"]],
    [
      `${project}registry: {registry_type: sql, path: "postgresql://u:hunter2@h/d"}\n`,
      [' line 2: registry.registry_type = "sql": the sql registry is not built yet'],
    ],
    [
      `${project}registry: {registry_type: remote, path: h:1}\n`,
      [' line 2: registry.registry_type = "remote": the remote registry is not built yet'],
    ],
    [
      `${project}registry: {registry_type: snowflake}\n`,
      [
        ' line 2: registry.registry_type = "snowflake": Feast has no such type of registry; did you mean snowflake.registry?',
      ],
    ],
    [
      `${project}registry: {registry_type: x, path: r}\n`,
      [' line 2: registry.registry_type = "x": Feast has no such type of registry; expected one of file, sql'],
    ],
    [
      `${project}registry: {registry_store_type: S3RegistryStore, path: r}\n`,
      [' line 2: registry.registry_store_type = "S3RegistryStore": S3RegistryStore is not built yet'],
    ],
    [
      `${project}registry: {registry_store_type: a.b.MyRegistryStore, path: r}\n`,
      [' line 2: registry.registry_store_type = "a.b.MyRegistryStore": the sidecar cannot run Python classes'],
    ],
    [`${base}online_store:\n`, [" line 3: online_store = None: there is no online store to read from"]],
    [`${base}online_store: None\n`, [' line 3: online_store = "None": there is no online store']],
    [`${base}online_store: 5\n`, [" line 3: online_store = 5: expected a type, or a map with type"]],
    [
      `${base}online_store: dynamodb\n`,
      [' line 3: online_store = "dynamodb": the dynamodb online store is not built yet'],
    ],
    [
      `${base}online_store: {type: postgres, password: hunter2}\n`,
      [' line 3: online_store.type = "postgres": the postgres online store is not built yet'],
    ],
    [
      `${base}online_store: {type: rediss}\n`,
      [' line 3: online_store.type = "rediss": Feast has no such type of online store; did you mean redis?'],
    ],
    [
      `${base}online_store: {type: a.b.MyOnlineStore}\n`,
      [' line 3: online_store.type = "a.b.MyOnlineStore": the sidecar cannot run Python classes'],
    ],
    [`${base}online_store: {type: 5}\n`, [" line 3: online_store.type = 5: a whole number does not fit"]],
    [`${base}online_store: {type: sqlite, pth: x}\n`, [" line 3: online_store.pth: unknown key; did you mean path?"]],
    [
      `${base}online_store: {type: redis, pasword: hunter2}\n`,
      [" line 3: online_store.pasword: unknown key; expected one of type, redis_type"],
    ],
    [
      `${base}online_store: {type: redis, redis_type: redis_sentinel, client: glide}\n`,
      [' line 3: online_store.client = "glide": client: glide does not support redis_type: redis_sentinel'],
    ],
    [
      `${base}online_store: {type: redis, redis_type: redis_sentinel, sentinel_master: ''}\n`,
      [' line 3: online_store.sentinel_master = "": expected the name that the sentinels have for the primary'],
    ],
    [
      `${base}online_store: {type: redis, redis_type: redis_cluster, connection_string: 'a:1,b:2,db=0'}\n`,
      [" line 3: online_store.connection_string = ***: Argument 'db' is not possible to use in cluster mode"],
    ],
    [
      `${base}online_store: {type: redis, redis_type: x}\n`,
      [' line 3: online_store.redis_type = "x": expected one of redis, redis_cluster, redis_sentinel'],
    ],
    [
      `${base}online_store:\n  type: redis\n  connection_string: "hunter2"\n`,
      [" line 5: online_store.connection_string = ***: the first node has no port"],
    ],
    [
      `${base}online_store: {type: redis, connection_string: 5}\n`,
      [" line 3: online_store.connection_string = ***: a whole number does not fit"],
    ],
    [
      `${base}entity_key_serialization_version: '3'\n`,
      [" line 3: entity_key_serialization_version = ***: text does not fit; expected a whole number without quotes"],
    ],
    [`${base}provider: nowhere\n`, [' line 3: provider = "nowhere": Feast has no such provider']],
    [`${base}provider: chronon\n`, [' line 3: provider = "chronon": the provider chronon is not built yet']],
    [
      `${base}auth: kubernetes\n`,
      [" line 3: auth: authentication by kubernetes is not built yet; set sidecar.auth: trust_local"],
    ],
    [`${base}auth: {type: oidc, client_secret: hunter2}\n`, [" line 3: auth: authentication by oidc is not built yet"]],
    [`${base}auth: {type: x}\nsidecar: {auth: trust_local}\n`, [" line 3: auth: unknown type of authentication"]],
    [`${base}auth:\n`, [" line 3: auth = None: no type of authentication is given"]],
    [`${base}auth: {}\n`, [" line 3: auth = a map with 0 keys: no type of authentication is given"]],
  ])("%j", (yaml, expected) => {
    const { problems } = load(yaml);
    expect(problems).toEqual(expected.map((each) => expect.stringContaining(`feature_store.yaml${each}`)));
    expect(problems.join()).not.toContain("hunter");
  });

  test("a missing file is one problem", () => {
    expect(load("", {}, { featureStoreYaml: "/nowhere/f.yaml" }).problems).toEqual([
      "/nowhere/f.yaml: cannot read the file (ENOENT); expected a Feast repository there: use --chdir DIR or --feature-store-yaml FILE",
    ]);
  });
});

describe("warnings", () => {
  const base = "project: p\nregistry: r\n";
  test.each([
    [`${base}project: q\n`, "line 3: the key project stands here again; the last one wins"],
    [`${base}flags: {a: true}\n`, "flags: no longer necessary in Feast; ignored"],
    [
      `${base}entity_key_serialization_version: 2\n`,
      "entity_key_serialization_version: versions below 3 are deprecated in Feast",
    ],
    [`${base}provider: a.b.C\n`, "provider: a Python class, which the sidecar does not run"],
    [`${base}auth: {type: oidc}\nsidecar: {auth: trust_local}\n`, "auth: oidc is not enforced by the sidecar"],
    [`${base}auth: kubernetes\nsidecar: {auth: trust_local}\n`, "auth: kubernetes is not enforced by the sidecar"],
    ["project: p\nregistry: file:///r\n", "registry: Feast does not read file: URLs"],
    [
      `${base}online_store: {type: redis, connection_string: 'h:1,max_connections=5'}\n`,
      "online_store.connection_string: the option max_connections is ignored",
    ],
  ])("%j", (yaml, expected) => {
    const { settings, problems } = load(yaml);
    expect(problems).toEqual([]);
    expect(settings?.warnings).toEqual([expect.stringContaining(expected)]);
  });

  test("relative paths of a configuration in base64 lead nowhere", () => {
    const env = {
      FEATURE_STORE_YAML_BASE64: Buffer.from("project: p\nregistry: r\nonline_store: {path: /abs}\n").toString(
        "base64",
      ),
    };
    const { settings } = load("", env);
    expect(settings?.warnings).toEqual([expect.stringContaining("/r is relative to the empty directory")]);
    rmdirSync(settings?.repoDir ?? "");
  });
});
