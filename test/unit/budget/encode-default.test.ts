import { describe, expect, test } from "vitest";
import { encodeDefault } from "../../../src/budget/encode-default.ts";
import { Value } from "../../../src/gen/feast/types/Value.ts";
import type { DefaultValue } from "../../../src/model/budget-settings.ts";
import { ValueType } from "../../../src/model/value-type.ts";

type Name = keyof typeof ValueType;

/** What the generated code, which is not ours, reads in the bytes. */
function read(type: Name, value: DefaultValue): unknown {
  const bytes = encodeDefault(ValueType[type], value);
  const { $case, ...held } = (bytes && Value.decode(bytes).val) ?? { $case: undefined };
  return { $case, value: Object.values(held)[0] };
}

describe("what fits is the feature's type", () => {
  test.each<[Name, DefaultValue, unknown]>([
    ["INT32", -5n, { $case: "int32Val", value: -5 }],
    ["INT64", 2n ** 63n - 1n, { $case: "int64Val", value: 2n ** 63n - 1n }],
    ["DOUBLE", 0.25, { $case: "doubleVal", value: 0.25 }],
    ["DOUBLE", 3n, { $case: "doubleVal", value: 3 }],
    ["DOUBLE", Number.POSITIVE_INFINITY, { $case: "doubleVal", value: Number.POSITIVE_INFINITY }],
    ["FLOAT", 0.5, { $case: "floatVal", value: 0.5 }],
    ["BOOL", false, { $case: "boolVal", value: false }],
    ["STRING", "", { $case: "stringVal", value: "" }],
    ["STRING", "schön", { $case: "stringVal", value: "schön" }],
    ["BYTES", "AAEC", { $case: "bytesVal", value: Buffer.of(0, 1, 2) }],
    ["UNIX_TIMESTAMP", 5n, { $case: "unixTimestampVal", value: 5n }],
    ["UNIX_TIMESTAMP", "1970-01-02", { $case: "unixTimestampVal", value: 86_400n }],
    ["UNIX_TIMESTAMP", "1970-01-01T01:00:00+01:00", { $case: "unixTimestampVal", value: 0n }],
    ["INT64_LIST", [1n, -1n], { $case: "int64ListVal", value: { val: [1n, -1n] } }],
    ["STRING_LIST", ["a", ""], { $case: "stringListVal", value: { val: ["a", ""] } }],
    ["DOUBLE_LIST", [1n, 0.5], { $case: "doubleListVal", value: { val: [1, 0.5] } }],
    ["BOOL_LIST", [], { $case: "boolListVal", value: { val: [] } }],
    ["FLOAT_LIST", [0.5], { $case: "floatListVal", value: { val: [0.5] } }],
    ["BYTES_LIST", ["AA=="], { $case: "bytesListVal", value: { val: [Buffer.of(0)] } }],
  ])("%s %s", (type, value, expected) => {
    expect(read(type, value)).toEqual(expected);
  });
});

describe("what does not fit is none", () => {
  test.each<[Name, DefaultValue]>([
    ["INT32", 2n ** 31n],
    ["INT32", 1.5],
    ["INT64", 2n ** 63n],
    ["INT64", "1"],
    ["INT64", true],
    ["DOUBLE", "0.5"],
    ["FLOAT", 1e300],
    ["BOOL", 1n],
    ["STRING", 5n],
    ["STRING", "\ud800"],
    ["BYTES", "not base64!"],
    ["UNIX_TIMESTAMP", "yesterday"],
    ["UNIX_TIMESTAMP", "2026-13-01"],
    ["INT64_LIST", 5n],
    ["INT64_LIST", [1n, "2"]],
    ["STRING", ["a"]],
    ["MAP", "{}"],
    ["NULL", "null"],
    ["UNKNOWN", 1n],
  ])("%s %s", (type, value) => {
    expect(encodeDefault(ValueType[type], value)).toBeUndefined();
  });
});
