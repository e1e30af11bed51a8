/** View kinds, states, services, precomputed vectors, on-demand views, versions. */
import { FULL, int64, META, refs, service, text, VERSIONS, type WrittenCase } from "./written-case.ts";

const DRIVER = { driver_id: [1, 2, 3, 999] };
const DRIVER_GRPC = { driver_id: int64(1, 2, 3, 999) };

/** Answers of `name`'s features for the known drivers, over HTTP and gRPC. */
const driverRefs = (name: string, ...features: string[]): WrittenCase => ({
  name: `${name} ${features.join(" ")}`,
  body: refs(features, DRIVER),
  grpc: DRIVER_GRPC,
});

const driverService = (name: string, more: Record<string, unknown> = {}): WrittenCase => ({
  name: `service ${name} ${JSON.stringify(more)}`,
  body: service(name, DRIVER, more),
  grpc: DRIVER_GRPC,
});

export const VIEW_CASES: readonly WrittenCase[] = [
  driverRefs("batch view", "batch_view:b"),
  driverRefs("stream view", "stream_view:s"),
  driverRefs("pushed view", "pushed:p", "pushed:q"),
  driverRefs("label view", "labels:verdict", "labels:labeler"),
  driverRefs("fractional times", "times:at"),
  driverRefs("vectors", "vectors:embedding", "vectors:words", "vectors:ids"),
  driverRefs("ttl", "ttl_zero:z", "ttl_old:o", "ttl_long:y", "ttl_half:h"),
  driverRefs("applied, never written", "never:n"),
  driverRefs("state CREATED", "created:c"),
  driverRefs("state GENERATED", "generated:g"),
  driverRefs("state MATERIALIZING", "busy:m"),
  driverRefs("state unknown", "state_99:st"),
  driverRefs("disabled", "off:d"),
  driverRefs("online false", "offline_only:off_only"),
  driverRefs(
    "every value type as parquet carries it",
    "parquet_types:p_bytes",
    "parquet_types:p_string",
    "parquet_types:p_int32",
    "parquet_types:p_int64",
    "parquet_types:p_double",
    "parquet_types:p_float",
    "parquet_types:p_bool",
    "parquet_types:p_ts",
    "parquet_types:pl_string",
    "parquet_types:pl_int32",
    "parquet_types:pl_int64",
    "parquet_types:pl_double",
    "parquet_types:pl_float",
    "parquet_types:pl_bool",
    "parquet_types:pl_bytes",
  ),
  {
    name: "every value type",
    body: service("svc_alltypes", { driver_id: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 999] }),
    grpc: { driver_id: int64(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 999) },
  },
  driverRefs("stored on-demand view", "odfv_stored:stored_sum"),
  driverRefs("stored on-demand view, unknown feature", "odfv_stored:nope"),
  {
    name: "computed on-demand view, python",
    body: refs(["odfv_python:plus"], { driver_id: [1], val: [1.5], note: ["x"] }),
    difference: "computed-on-demand-view",
  },
  {
    name: "computed on-demand view, pandas",
    body: refs(["odfv_pandas:twice"], { driver_id: [1] }),
    difference: "computed-on-demand-view",
  },
  { name: "computed on-demand view, unknown feature", body: refs(["odfv_pandas:nope"], { driver_id: [1] }) },
  {
    name: "computed on-demand view in a service",
    body: service("svc_odfv", { driver_id: [1], val: [1.5], note: ["x"] }),
    difference: "computed-on-demand-view",
  },
];

export const SERVICE_CASES: readonly WrittenCase[] = [
  {
    name: "plain",
    body: service("svc", { driver_id: [1, 2], customer_id: ["c1", "x"] }),
    grpc: { driver_id: int64(1, 2), customer_id: text("c1", "x") },
  },
  { name: "unknown", body: service("nope", DRIVER), grpc: DRIVER_GRPC },
  { name: "aliases, short names collide", body: service("svc_alias", { origin_id: [1, 2], dest_id: [2, 1] }) },
  { name: "aliases, full names", body: service("svc_alias", { origin_id: [1, 2], dest_id: [2, 1] }, FULL) },
  { name: "aliases, one key missing", body: service("svc_alias", { origin_id: [1] }, FULL) },
  { name: "aliases, the raw key instead", body: service("svc_alias", { location_id: [1, 2] }, FULL) },
  {
    name: "aliases, raw key and mapped key",
    body: service("svc_alias", { location_id: [1], origin_id: [2], dest_id: [2] }, FULL),
  },
  {
    name: "aliases, mapped key and raw key",
    body: service("svc_alias", { origin_id: [2], dest_id: [2], location_id: [1] }, FULL),
  },
  { name: "mapped key", body: service("svc_mapped", { spot_id: [1, 2], customer_id: ["c1", "5"] }, FULL) },
  {
    name: "one mapped key of a composite",
    body: service("svc_combo_mapped", { chauffeur_id: [1, 2], customer_id: ["c1", "c1"], driver_id: [2, 1] }),
  },
  { name: "renamed", body: service("svc_swapped", { driver_id: [1], location_id: [2] }, FULL) },
  { name: "subset and order", body: service("svc_subset", DRIVER), grpc: DRIVER_GRPC },
  driverService("svc_collision"),
  driverService("svc_collision", FULL),
  driverService("svc_glob"),
  { name: "only entityless", body: service("svc_glob_only", { any: [1, 2, 3] }) },
  driverService("svc_kinds", FULL),
  {
    name: "three key types",
    body: service("svc_keys", { blob_id: [null, null], moment_ts: [1, 2], Region: ["eu", "x"], untyped_id: [1, 2] }),
  },
  { name: "names outside ASCII", body: service("svc_unicode", { customer_id: ["c1", "ż"] }, FULL) },
  { name: "a service outside ASCII", body: service("żółw_svc", { customer_id: ["c1", "ż"] }) },
  driverService("svc_off"),
  driverService("svc_busy"),
  driverService("svc_created"),
  driverService("svc_never"),
  driverService("svc_offline_only"),
  driverService("svc_stored"),
  driverService("svc_stale"),
  driverService("svc_stale_kept"),
  driverService("svc_gone"),
  driverService("svc_pinned"),
  driverService("svc_pre"),
  driverService("svc_pre", FULL),
  {
    name: "precomputed, repeated and unsorted keys",
    body: service("svc_pre", { driver_id: [2, 1, 1] }, FULL),
    grpc: { driver_id: int64(2, 1, 1) },
  },
  {
    name: "precomputed, alias",
    body: service("svc_pre_alias", { driver_id: [1, 2] }, FULL),
    grpc: { driver_id: int64(1, 2) },
  },
  { name: "precomputed, odd names", body: service("svc_pre_odd", { driver_id: [1, 2] }, FULL) },
  { name: "precomputed, with metadata", body: service("svc_pre", { driver_id: [1] }, { ...FULL, ...META }) },
  driverService("svc_pre_stored"),
  { name: "precomputed, never filled", body: service("svc_pre_empty", { Region: ["eu"] }, FULL) },
  { name: "precomputed, no key", body: service("svc_pre", { customer_id: ["a"] }, FULL) },
];

const BOTH = { driver_id: [1, 2, 4, 999], customer_id: ["c1", "c1", "x", "c1"] };

const versioned = (name: string, body: Record<string, unknown>): WrittenCase => ({ name, body, repos: VERSIONS });

export const VERSION_CASES: readonly WrittenCase[] = [
  ...[
    "ds:trips",
    "ds@v0:trips",
    "ds@v1:city",
    "ds@V2:extra",
    "ds@v9:trips",
    "ds@latest:city",
    "fixed:f",
    "fixed@v0:f",
    "ds@v0:city",
    "ds@v:trips",
    "ds@v-1:trips",
    "nope@v1:x",
  ].map((ref) => versioned(`ref ${ref}`, refs([ref], DRIVER, { ...FULL, ...META }))),
  versioned(
    "several versions at once",
    refs(["ds@v1:trips", "ds@v2:trips", "ds:trips", "cu:spend"], BOTH, { ...FULL, ...META }),
  ),
  versioned("several versions, short names", refs(["ds@v1:trips", "ds@v2:trips"], DRIVER)),
  ...["vsvc", "vsvc_v0", "vsvc_v1", "vsvc_v1_trips", "vsvc_mixed", "vsvc_alias", "vsvc_latest", "vsvc_fixed"].flatMap(
    (name) => [
      versioned(`service ${name}`, service(name, BOTH, META)),
      versioned(`service ${name}, full`, service(name, BOTH, { ...FULL, ...META })),
    ],
  ),
  {
    name: "old entity keys",
    body: refs(["driver_stats:trips", "cust_stats:spend"], { driver_id: [1, 2], customer_id: ["c1", "x"] }),
    repos: ["keyv2-redis"],
  },
  {
    name: "old composite keys",
    body: refs(["combo:cnt"], { driver_id: [1], customer_id: ["c1"] }),
    repos: ["keyv2-redis"],
    grpc: { driver_id: int64(1), customer_id: text("c1") },
  },
  {
    name: "old keys, four parts",
    body: refs(["quad:quad_cnt"], { location_id: [1], Region: ["eu"], driver_id: [1], moment_ts: [1700000000] }),
    repos: ["keyv2-redis"],
  },
  { name: "old keys, entityless", body: refs(["glob:rate"], { any: [1] }), repos: ["keyv2-redis"] },
];
