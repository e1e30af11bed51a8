import { describe, expect, it } from "vitest";
import { ValueType } from "../../../src/model/value-type.ts";
import { ColumnWriter } from "../../../src/plan/column-writer.ts";
import { EntityKeyEncoder } from "../../../src/plan/entity-key.ts";
import { sortedByCodePoint } from "../../../src/plan/python-text.ts";
import { KeyValueReader } from "../../../src/plan/read-key-value.ts";

type Part = readonly [joinKey: string, type: number, value: bigint | string | Buffer];

function encode(parts: readonly Part[], version: number): string {
  const sorted = sortedByCodePoint(parts.map(([name]) => name)).map((name) => parts.find((p) => p[0] === name) as Part);
  const sources = sorted.map(([joinKey, type, value]) => {
    const writer = new ColumnWriter(1);
    if (typeof value === "bigint") writer.integer(type, value);
    else if (typeof value === "string") writer.text(type, value);
    else writer.message(type, value);
    writer.endRow();
    return { joinKey, ...writer.column() };
  });
  const readers = sources.map(({ joinKey, bytes, spans }) => {
    const reader = new KeyValueReader();
    reader.read(bytes, spans[0] as number, spans[1] as number, joinKey);
    return reader;
  });
  return new EntityKeyEncoder(
    sorted.map(([name]) => name),
    version,
  )
    .encode(sources, readers)
    .toString("hex");
}

const { INT32, INT64, STRING, BYTES, UNIX_TIMESTAMP } = ValueType;

describe("keys made by real Feast 0.67 (serialize_entity_key)", () => {
  it.each([
    [[["driver_id", INT64, 1001n]], 3, "0100000002000000090000006472697665725f69640400000008000000e903000000000000"],
    [[["driver_id", INT64, 1001n]], 9, "0100000002000000090000006472697665725f69640400000008000000e903000000000000"],
    [[["driver_id", INT64, 1001n]], 2, "020000006472697665725f69640400000008000000e903000000000000"],
    [[["driver_id", INT64, 1001n]], 1, "020000006472697665725f69640400000004000000e9030000"],
    [[["driver_id", INT64, -5n]], 0, "020000006472697665725f69640400000004000000fbffffff"],
    [[["driver_id", INT64, -1n]], 3, "0100000002000000090000006472697665725f69640400000008000000ffffffffffffffff"],
    [
      [["driver_id", INT64, 9007199254740993n]],
      3,
      "0100000002000000090000006472697665725f696404000000080000000100000000002000",
    ],
    [
      [["driver_id", INT64, -(2n ** 63n)]],
      3,
      "0100000002000000090000006472697665725f696404000000080000000000000000000080",
    ],
    [[["driver_id", INT32, 1001n]], 3, "0100000002000000090000006472697665725f69640300000004000000e9030000"],
    [[["user", STRING, "żółw🐢"]], 3, "01000000020000000400000075736572020000000b000000c5bcc3b3c58277f09f90a2"],
    [[["user", STRING, ""]], 3, "010000000200000004000000757365720200000000000000"],
    [[["blob", BYTES, Buffer.from([0, 255])]], 3, "010000000200000004000000626c6f62010000000200000000ff"],
    [[["ts", UNIX_TIMESTAMP, 1700000000n]], 3, "0100000002000000020000007473080000000800000000f1536500000000"],
    [
      [
        ["user_id", STRING, "u1"],
        ["driver_id", INT64, 7n],
      ],
      3,
      "0200000002000000090000006472697665725f69640200000007000000757365725f69640400000008000000070000000000000002000000020000007531",
    ],
    [
      [
        ["region", STRING, "eu"],
        ["driver_id", INT32, -5n],
      ],
      3,
      "0200000002000000090000006472697665725f69640200000006000000726567696f6e0300000004000000fbffffff02000000020000006575",
    ],
    [
      [
        ["\u{10000}", INT32, 1n],
        ["\uffff", INT32, 2n],
      ],
      3,
      "020000000200000003000000efbfbf0200000004000000f0908080030000000400000002000000030000000400000001000000",
    ],
  ] as [Part[], number, string][])("key %#", (parts, version, hex) => {
    expect(encode(parts, version)).toBe(hex);
  });
  it("refuses what Feast refuses", () => {
    expect(() => encode([["d", INT64, 2n ** 31n]], 1)).toThrow("'l' format requires");
    expect(() => encode([["d", ValueType.BOOL, 1n]], 3)).toThrow("Value type not supported for feast feature store");
  });
});

describe("KeyValueReader", () => {
  const read = (hex: string) => {
    const reader = new KeyValueReader();
    const bytes = Buffer.from(hex, "hex");
    reader.read(bytes, 0, bytes.length, "c");
    return reader;
  };
  it("takes the last member of the oneof and skips unknown fields", () => {
    expect(read("2007120161")).toMatchObject({ type: STRING, start: 4, end: 5 });
    expect(read("a2060161" + "2007")).toMatchObject({ type: INT64, low: 7 });
    expect(read("")).toMatchObject({ type: 0 });
  });
  it("keeps the value when an unknown field follows", () => {
    expect(read("2007" + "a00609")).toMatchObject({ type: INT64, low: 7, high: 0 });
    expect(read("120161" + "a206026262")).toMatchObject({ type: STRING, start: 2, end: 3 });
    expect(read("2007" + "a306" + "0801" + "a406")).toMatchObject({ type: INT64, low: 7 });
  });
  it("passes over a known field with another wire type, as protobuf does", () => {
    expect(read("1005")).toMatchObject({ type: 0 });
    expect(read("2007" + "220161" + "1005")).toMatchObject({ type: INT64, low: 7 });
    expect(read("4801" + "f2010161")).toMatchObject({ type: 0 });
  });
  it.each(["20", "1205616263", "08ffffffffffffffffffffff", "07", "0b", "12ffffffff0f61", "2900000000", "1201ff"])(
    "refuses %s",
    (hex) => {
      expect(() => read(hex)).toThrow(/Column 'c' holds/);
    },
  );
});
