/** Our ValueType against the enum that ts-proto made of proto/feast/types/Value.proto, which test/conformance holds against Feast's. */
import { expect, test } from "vitest";
import { ValueType_Enum } from "../../../src/gen/feast/types/Value.ts";
import { ValueType } from "../../../src/model/value-type.ts";

/** UNKNOWN is Python's word (feast/value_type.py:ValueType); LIST and SET are named after their fields, list_val and set_val. */
const PROTO_NAMES: Readonly<Record<string, string>> = { UNKNOWN: "INVALID", LIST: "VALUE_LIST", SET: "VALUE_SET" };

/** Types without a number in the protobuf enum and without a field in Value: their values are stored as bytes. */
const LEGACY = { PDF_BYTES: 30, IMAGE_BYTES: 31 };

test("the numbers are those of feast.types.ValueType.Enum, and two legacy ones", () => {
  const renamed = Object.entries(ValueType).map(([name, number]) => [PROTO_NAMES[name] ?? name, number]);
  expect(Object.fromEntries(renamed)).toEqual({ ...ValueType_Enum, ...LEGACY });
});
