/** References, key columns, conversions: feast/utils.py and feast/type_map.py. */
import { FULL, int32, int64, refs, text, type WrittenCase } from "./written-case.ts";

const TRIPS = ["driver_stats:trips"];

export const REF_CASES: readonly WrittenCase[] = [
  {
    name: "found, missing and repeated rows",
    body: refs(TRIPS, { driver_id: [1, 2, 3, 999, 1] }),
    grpc: { driver_id: int64(1, 2, 3, 999, 1) },
  },
  { name: "a stored null", body: refs(["driver_stats:tag"], { driver_id: [2, 1] }), grpc: { driver_id: int64(2, 1) } },
  {
    name: "all features of a view",
    body: refs(["driver_stats:conv_rate", "driver_stats:acc_rate", "driver_stats:trips", "driver_stats:tag"], {
      driver_id: [1, 2],
    }),
    grpc: { driver_id: int64(1, 2) },
  },
  { name: "a field the row lacks", body: refs(["stale:changed", "stale:kept"], { driver_id: [1, 2, 3] }) },
  {
    name: "full names",
    body: refs(
      ["driver_stats:trips", "driver_stats2:trips", "cust_stats:spend"],
      { driver_id: [1], customer_id: ["c1"] },
      FULL,
    ),
    grpc: { driver_id: int64(1), customer_id: text("c1") },
  },
  {
    name: "short names that collide",
    body: refs(["driver_stats:trips", "driver_stats2:trips"], { driver_id: [1] }),
    grpc: { driver_id: int64(1) },
  },
  { name: "the same ref twice, short", body: refs([...TRIPS, ...TRIPS], { driver_id: [1] }) },
  { name: "the same ref twice, full", body: refs([...TRIPS, ...TRIPS], { driver_id: [1] }, FULL) },
  {
    name: "@latest and plain, full: one column",
    body: refs(["driver_stats:trips", "driver_stats@latest:trips"], { driver_id: [1] }, FULL),
  },
  { name: "@latest", body: refs(["driver_stats@LATEST:trips"], { driver_id: [1] }) },
  { name: "bare @", body: refs(["driver_stats@:trips"], { driver_id: [1] }, FULL) },
  {
    name: "@x is part of the name",
    body: refs(["driver_stats@x:trips"], { driver_id: [1] }),
    grpc: { driver_id: int64(1) },
  },
  {
    name: "a version while versioning is off",
    body: refs(["driver_stats@v1:trips"], { driver_id: [1] }),
    grpc: { driver_id: int64(1) },
  },
  { name: "no colon", body: refs(["driver_stats"], { driver_id: [1] }), grpc: { driver_id: int64(1) } },
  { name: "no colon beats an unknown view", body: refs(["nope:trips", "driver_stats"], { driver_id: [1] }) },
  { name: "more colons", body: refs(["colon:a:b", "colon:a"], { driver_id: [1, 2] }) },
  { name: "empty view name", body: refs([":trips"], { driver_id: [1] }) },
  { name: "empty feature name", body: refs(["driver_stats:"], { driver_id: [1] }) },
  { name: "unknown view", body: refs(["nope:trips"], { driver_id: [1] }), grpc: { driver_id: int64(1) } },
  { name: "unknown feature", body: refs(["driver_stats:nope"], { driver_id: [1] }), grpc: { driver_id: int64(1) } },
  { name: "no features", body: refs([], { driver_id: [1] }), grpc: { driver_id: int64(1) } },
  { name: "features absent", body: { entities: { driver_id: [1] } } },
  {
    name: "features given together with a service",
    body: { entities: { driver_id: [1], customer_id: ["c1"] }, features: ["nope:x"], feature_service: "svc" },
  },
  {
    name: "an empty service name is none",
    body: { entities: { driver_id: [1] }, features: TRIPS, feature_service: "" },
  },
  {
    name: "a null service name is none",
    body: { entities: { driver_id: [1] }, features: TRIPS, feature_service: null },
  },
  {
    name: "collision is found before an unknown feature",
    body: refs(["driver_stats:nope", "driver_stats2:nope"], { driver_id: [1] }),
  },
  {
    name: "names outside ASCII",
    body: refs(["żółw:🐢", "żółw:ż ł"], { customer_id: ["c1", "ż", "🐢"] }),
    grpc: { customer_id: text("c1", "ż", "🐢") },
  },
  { name: "a double underscore in a view's name", body: refs(["odd__name:x__y"], { driver_id: [1, 2] }, FULL) },
  {
    name: "a feature named like a join key",
    body: refs(["last_driver:driver_id", "last_driver:since"], { customer_id: ["c1", "5"] }),
  },
  {
    name: "a feature named like an echoed join key",
    body: refs(["last_driver:driver_id", "driver_stats2:other"], { customer_id: ["c1"], driver_id: [2] }),
  },
  {
    name: "many features of one view",
    body: refs(
      Array.from({ length: 24 }, (_, i) => `wide:w${String(i).padStart(2, "0")}`),
      { driver_id: [1, 2, 999] },
    ),
    grpc: { driver_id: int64(1, 2, 999) },
  },
];

export const KEY_CASES: readonly WrittenCase[] = [
  { name: "ints as strings", body: refs(TRIPS, { driver_id: ["1", " 2 ", "1_0"] }) },
  { name: "ints as floats", body: refs(TRIPS, { driver_id: [1.0, 2.9, -0.5] }) },
  { name: "ints as booleans", body: refs(TRIPS, { driver_id: [true, false] }) },
  {
    name: "ints beyond 2^53",
    body: '{"features":["driver_stats2:trips"],"entities":{"driver_id":[1152921504606846976,9223372036854775807,-9223372036854775808]}}',
    grpc: { driver_id: int64("1152921504606846976", "9223372036854775807", "-9223372036854775808") },
  },
  {
    name: "an int out of range",
    body: '{"features":["driver_stats:trips"],"entities":{"driver_id":[9223372036854775808]}}',
  },
  { name: "an int32 out of range", body: refs(["loc_stats:temp"], { location_id: [2147483648] }) },
  {
    name: "int32 keys",
    body: refs(["loc_stats:temp"], { location_id: [1, 2, -7, "2", 0] }),
    grpc: { location_id: int32(1, 2, -7, 2, 0) },
  },
  {
    name: "an int64 sent for an int32 key over gRPC",
    body: refs(["loc_stats:temp"], { location_id: [1] }),
    grpc: { location_id: int64(1) },
  },
  { name: "a bad int", body: refs(TRIPS, { driver_id: ["abc"] }) },
  { name: "a bad int with quotes", body: refs(TRIPS, { driver_id: ["it's"] }) },
  { name: "an infinite int", body: '{"features":["driver_stats:trips"],"entities":{"driver_id":[Infinity]}}' },
  { name: "strings from numbers", body: refs(["cust_stats:spend"], { customer_id: [5, 5.0, true, 1e22, "c1", ""] }) },
  {
    name: "string keys",
    body: refs(["cust_stats:spend"], { customer_id: ["c1", "", "ż", "True", "nobody"] }),
    grpc: { customer_id: text("c1", "", "ż", "True", "nobody") },
  },
  {
    name: "timestamp keys",
    body: refs(["moment_stats:load"], { moment_ts: [1700000000, 0, -1, 1, "1700000000"] }),
    grpc: { moment_ts: [{ unix_timestamp_val: "1700000000" }, { unix_timestamp_val: "1" }] },
    grpcDifference: "grpc-key-type",
  },
  { name: "a float timestamp is the null sentinel", body: refs(["moment_stats:load"], { moment_ts: [1.5] }) },
  { name: "an ISO timestamp", body: refs(["moment_stats:load"], { moment_ts: ["2024-01-01T00:00:00Z"] }) },
  {
    name: "bytes keys cannot be sent",
    body: refs(["blob_stats:size"], { blob_id: ["AP8="] }),
    difference: "python-type-texts",
  },
  { name: "a null key", body: refs(TRIPS, { driver_id: [1, null] }), grpc: { driver_id: [{ int64_val: "1" }, {}] } },
  { name: "only null keys", body: refs(TRIPS, { driver_id: [null, null] }) },
  { name: "NaN as a key", body: '{"features":["driver_stats:trips"],"entities":{"driver_id":[1,NaN]}}' },
  { name: "an array as a key", body: refs(TRIPS, { driver_id: [1, [1]] }) },
  { name: "an object as a key", body: refs(TRIPS, { driver_id: [{ a: 1 }, 1] }) },
  {
    name: "composite keys",
    body: refs(["combo:cnt"], { driver_id: [1, 2, 1], customer_id: ["c1", "c1", "x"] }),
    grpc: { driver_id: int64(1, 2, 1), customer_id: text("c1", "c1", "x") },
  },
  { name: "composite keys in another order", body: refs(["combo:cnt"], { customer_id: ["c1"], driver_id: [1] }) },
  {
    name: "part of a composite key",
    body: refs(["combo:cnt"], { driver_id: [1, 2] }),
    grpc: { driver_id: int64(1, 2) },
  },
  {
    name: "four keys of three types",
    body: refs(["quad:quad_cnt", "quad:quad_tag"], {
      location_id: [1, 2],
      Region: ["eu", "us"],
      driver_id: [1, 2],
      moment_ts: [1700000000, 0],
    }),
  },
  { name: "an entity's name instead of its join key", body: refs(TRIPS, { driver: [1, 2] }) },
  {
    name: "an entity's name and its join key, the later wins",
    body: refs(TRIPS, { driver_id: [2], customer_id: ["a"], driver: [1] }),
  },
  { name: "a name that is entity and join key at once", body: refs(["region_stats:people"], { Region: ["eu", "zz"] }) },
  { name: "an entity without a declared type", body: refs(["untyped_stats:level"], { untyped_id: [1, "1", 5] }) },
  {
    name: "an unrelated key is echoed",
    body: refs(TRIPS, { driver_id: [1], customer_id: [5] }),
    grpc: { driver_id: int64(1), customer_id: text("5") },
    grpcDifference: "undeclared-grpc-column",
  },
  { name: "an unrelated key with nulls", body: refs(TRIPS, { driver_id: [1, 2], customer_id: [null, "x"] }) },
  { name: "an unrelated key of floats", body: refs(TRIPS, { driver_id: [1, 2], location_id: [2.5, 1] }) },
  {
    name: "an unrelated key of objects",
    body: refs(TRIPS, { driver_id: [1, 2], location_id: [{ a: 1, b: [1, 2], c: { d: "x" } }, null] }),
  },
  { name: "an unrelated key of arrays", body: refs(TRIPS, { driver_id: [1, 2], location_id: [[1, 2], []] }) },
  { name: "an unrelated key of booleans", body: refs(TRIPS, { driver_id: [1, 2], customer_id: [true, 0] }) },
  { name: "an unknown column is ignored", body: refs(TRIPS, { driver_id: [1], foo: ["x"] }) },
  { name: "an unknown column that does not convert", body: refs(TRIPS, { driver_id: [1, 2], foo: [1, "x"] }) },
  { name: "an unknown column of empty arrays", body: refs(TRIPS, { driver_id: [1], foo: [[]] }) },
  { name: "an unknown column of nested arrays", body: refs(TRIPS, { driver_id: [1], foo: [[[1]]] }) },
  { name: "an unknown column of mixed arrays", body: refs(TRIPS, { driver_id: [1], foo: [[1, "a"]] }) },
  { name: "an unknown column that is all null", body: refs(TRIPS, { driver_id: [1], foo: [null] }) },
  { name: "a short unknown column", body: refs(TRIPS, { driver_id: [1, 2], foo: ["a"] }) },
  {
    name: "columns of different lengths",
    body: refs(["combo:cnt"], { driver_id: [1, 2], customer_id: ["a"] }),
    grpc: { driver_id: int64(1, 2), customer_id: text("a") },
  },
  { name: "no columns", body: refs(TRIPS, {}), grpc: {} },
  { name: "no rows", body: refs(TRIPS, { driver_id: [] }), grpc: { driver_id: [] } },
  { name: "no rows of two columns", body: refs(["combo:cnt"], { driver_id: [], customer_id: [] }) },
  { name: "missing key", body: refs(TRIPS, { customer_id: ["a"] }) },
  {
    name: "missing key of the second view",
    body: refs([...TRIPS, "cust_stats:spend"], { driver_id: [1] }),
    grpc: { driver_id: int64(1) },
  },
  { name: "only unknown columns", body: refs(TRIPS, { foo: [1] }) },
  { name: "entityless", body: refs(["glob:rate", "glob:label"], { whatever: [1, 2] }) },
  {
    name: "entityless beside a keyed view",
    body: refs(["glob:rate", "driver_stats2:other"], { driver_id: [1, 999] }),
    grpc: { driver_id: int64(1, 999) },
  },
  { name: "entityless with the stand-in key sent", body: refs(["glob:rate"], { __dummy_id: ["", ""] }) },
  { name: "a keyed view with the stand-in key sent", body: refs(TRIPS, { driver_id: [1], __dummy_id: ["x"] }) },
  { name: "entityless without columns", body: refs(["glob:rate"], {}) },
  { name: "entityless without rows", body: refs(["glob:rate"], { foo: [] }) },
];
