/** Entity keys of every serialization version against feast/infra/key_encoding_utils.py:serialize_entity_key. */
import { expect, test } from "vitest";
import { Value } from "../../../src/gen/feast/types/Value.ts";
import { ServeError } from "../../../src/model/serve-error.ts";
import { EntityKeyEncoder } from "../../../src/plan/entity-key.ts";
import { sortedByCodePoint } from "../../../src/plan/python-text.ts";
import { KeyValueReader } from "../../../src/plan/read-key-value.ts";
import { type PythonError, readGolden } from "./golden-files.ts";

/** One member, named by the kind of the value: `{"int64": "1"}`, `{"bytes": base64}`, `{"unset": true}`. */
type TaggedValue = Readonly<Record<string, string | boolean>>;

interface EntityKeyCase {
  readonly version: number;
  readonly joinKeys: readonly string[];
  readonly values: readonly TaggedValue[];
  readonly hex?: string;
  readonly error?: PythonError;
}

const CASES = readGolden<readonly EntityKeyCase[]>("entity-keys.json").map((golden) => ({
  name: `version ${golden.version}, ${JSON.stringify(golden.joinKeys)} = ${JSON.stringify(golden.values)}`.slice(
    0,
    160,
  ),
  golden,
}));

/** The encoder is given the join keys of one view, which are unique (feast/feature_view.py:FeatureView.__init__). */
const isRepeated = ({ golden }: (typeof CASES)[number]): boolean =>
  new Set(golden.joinKeys).size < golden.joinKeys.length;

const VALUES: Readonly<Record<string, (text: string) => Value["val"]>> = {
  int32: (text) => ({ $case: "int32Val", int32Val: Number(text) }),
  int64: (text) => ({ $case: "int64Val", int64Val: BigInt(text) }),
  string: (text) => ({ $case: "stringVal", stringVal: text }),
  bytes: (text) => ({ $case: "bytesVal", bytesVal: Buffer.from(text, "base64") }),
  unix_timestamp: (text) => ({ $case: "unixTimestampVal", unixTimestampVal: BigInt(text) }),
  bool: (text) => ({ $case: "boolVal", boolVal: text === "True" }),
  double: (text) => ({ $case: "doubleVal", doubleVal: Number(text) }),
  float: (text) => ({ $case: "floatVal", floatVal: Number(text) }),
  uuid: (text) => ({ $case: "uuidVal", uuidVal: text }),
  decimal: (text) => ({ $case: "decimalVal", decimalVal: text }),
  null: () => ({ $case: "nullVal", nullVal: 0 }),
  // The golden file gives text of protobuf's own for it; what is in the list does not matter to a refusal.
  string_list: (text) => ({ $case: "stringListVal", stringListVal: { val: [text] } }),
  unset: () => undefined,
};

function valueBytes(tagged: TaggedValue): Buffer {
  const [kind = "", content] = Object.entries(tagged)[0] ?? [];
  const make = VALUES[kind];
  if (make === undefined) throw new Error(`entity-keys.json: no value is made of ${JSON.stringify(tagged)}`);
  return Buffer.from(Value.encode({ val: make(String(content)) }).finish());
}

/** As plan/bind-rows.ts does for one row. */
function encode({ version, joinKeys, values }: EntityKeyCase): string {
  const sorted = sortedByCodePoint(joinKeys);
  const sources = sorted.map((joinKey) => {
    const bytes = valueBytes(values[joinKeys.indexOf(joinKey)] ?? {});
    return { joinKey, bytes, spans: Int32Array.of(0, bytes.length) };
  });
  const readers = sources.map(({ joinKey, bytes }) => {
    const reader = new KeyValueReader();
    reader.read(bytes, 0, bytes.length, joinKey);
    return reader;
  });
  return new EntityKeyEncoder(sorted, version).encode(sources, readers).toString("hex");
}

/** Feast's sentence goes on with protobuf's text form of the value, ours with the number of its field. */
function sentenceOf({ text }: PythonError): string {
  const [start = text] = /^Value type not supported for feast feature store: /.exec(text) ?? [];
  return start;
}

function outcome(golden: EntityKeyCase): { readonly hex: string } | { readonly error: string } {
  try {
    return { hex: encode(golden) };
  } catch (error) {
    if (error instanceof ServeError && error.code === "INVALID_ARGUMENT") return { error: error.message };
    throw error;
  }
}

test.each(CASES.filter((each) => !isRepeated(each)))("$name", ({ golden }) => {
  if (golden.error === undefined) expect(outcome(golden)).toEqual({ hex: golden.hex });
  else expect(outcome(golden)).toEqual({ error: expect.stringContaining(sentenceOf(golden.error)) });
});

test("only a repeated join key is left out, which Feast refuses too", () => {
  const classes = CASES.filter(isRepeated).map(({ golden }) => golden.error?.class);
  expect(classes).toEqual(["TypeError", "TypeError", "TypeError", "TypeError"]);
});
