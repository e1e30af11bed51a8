/** Numbers and times as Feast's JSON prints them (feast/feature_server_utils.py:_value_to_native, _timestamp_to_str). */
import { describe, expect, it } from "vitest";
import { JsonWriter } from "../../../src/assemble/json-writer.ts";
import { printValue } from "../../../src/assemble/print-value.ts";
import { timestampText } from "../../../src/assemble/zoned-time.ts";
import { Value } from "../../../src/gen/feast/types/Value.ts";
import { Timestamp } from "../../../src/gen/google/protobuf/timestamp.ts";
import { pythonFloat } from "../../../src/wire/python-float.ts";
import { TimestampReader } from "../../../src/wire/read-timestamp.ts";
import { WireError } from "../../../src/wire/wire-error.ts";
import { WireReader } from "../../../src/wire/wire-reader.ts";
import { type PythonError, readGolden } from "./golden-files.ts";

interface FloatCase {
  /** IEEE 754, big-endian, in hex. */
  readonly bits: string;
  readonly text: string;
}

/** `text` is null where Feast answers null; with `error` it answers nothing. */
type TimeCase = { readonly seconds: string } & ({ readonly text: string | null } | { readonly error: PythonError });

const FLOATS = readGolden<{ readonly double: readonly FloatCase[]; readonly float: readonly FloatCase[] }>(
  "floats.json",
);

function printed(val: Value["val"]): string {
  const bytes = Buffer.from(Value.encode({ val }).finish());
  const writer = new JsonWriter(1 << 10);
  printValue(new WireReader().reset(bytes, 0, bytes.length), writer);
  return writer.finish().toString();
}

/** What a golden case holds, made of our text; only bytes that cannot be printed count as an error. */
function attempt(print: () => string): string | "refused" {
  try {
    return print();
  } catch (error) {
    if (error instanceof WireError) return "refused";
    throw error;
  }
}

const expected = (golden: TimeCase): string => ("error" in golden ? "refused" : JSON.stringify(golden.text));

describe("floats", () => {
  it.each(FLOATS.double)("double $bits is $text", ({ bits, text }) => {
    const number = Buffer.from(bits, "hex").readDoubleBE();
    expect(printed({ $case: "doubleVal", doubleVal: number })).toBe(text);
    if (Number.isFinite(number)) expect(pythonFloat(number)).toBe(text);
  });

  it.each(FLOATS.float)("float $bits is $text", ({ bits, text }) => {
    const number = Buffer.from(bits, "hex").readFloatBE();
    expect(printed({ $case: "floatVal", floatVal: number })).toBe(text);
  });
});

describe("timestamps", () => {
  it.each(readGolden<readonly (TimeCase & { readonly nanos: number })[]>("timestamps.json"))(
    "$seconds s and $nanos ns",
    (golden) => {
      const message = Timestamp.encode({ seconds: BigInt(golden.seconds), nanos: golden.nanos }).finish();
      const reader = new TimestampReader();
      reader.read(Buffer.from(message), 0, message.length);
      const text = attempt(() => `"${timestampText(reader.seconds, reader.nanos)}"`);
      expect(text).toBe(expected(golden));
    },
  );

  it.each(readGolden<readonly (TimeCase & { readonly zone: string })[]>("zoned-timestamps.json"))(
    "$seconds s in '$zone'",
    (golden) => {
      const { zone, seconds } = golden;
      const value = {
        $case: "zonedTimestampVal",
        zonedTimestampVal: { unixTimestamp: BigInt(seconds), zone },
      } as const;
      expect(attempt(() => printed(value))).toBe(expected(golden));
    },
  );
});
