/** Every key that real Feast wrote (feast/infra/key_encoding_utils.py:serialize_entity_key), read back. */
import { describe, expect, it } from "vitest";
import { readEntityKey } from "../../../src/doctor/read-entity-key.ts";
import { sortedByCodePoint } from "../../../src/plan/python-text.ts";
import { readGolden } from "../golden/golden-files.ts";

interface EntityKeyCase {
  readonly version: number;
  readonly joinKeys: readonly string[];
  readonly values: readonly Readonly<Record<string, unknown>>[];
  readonly hex?: string;
}

const WRITTEN = readGolden<readonly EntityKeyCase[]>("entity-keys.json").filter(({ hex }) => hex !== undefined);

describe("a key of real Feast", () => {
  it.each([0, 1, 2, 3])("of version %d is read back", (version) => {
    const cases = WRITTEN.filter((each) => each.version === version && each.joinKeys.length > 0);
    expect(cases.length).toBeGreaterThan(5);
    for (const { joinKeys, values, hex } of cases) {
      const sorted = sortedByCodePoint(joinKeys);
      const read = readEntityKey(Buffer.from(hex!, "hex"), [["unknown"], sorted]);
      expect(read).toMatchObject({ format: version > 2 ? "counted" : "plain", joinKeys: sorted });
      expect(read?.types).toHaveLength(values.length);
      expect(read?.hasNarrowInt64).toBe(version < 2 && values.some((value) => "int64" in value));
    }
  });

  it("of an old version is read only with its join keys", () => {
    const { joinKeys, hex } = WRITTEN.find((each) => each.version === 2 && each.joinKeys.length === 2)!;
    expect(readEntityKey(Buffer.from(hex!, "hex"), [joinKeys.slice(0, 1)])).toBeUndefined();
  });
});

describe("other bytes", () => {
  const good = Buffer.from("0100000002000000090000006472697665725f69640400000008000000e903000000000000", "hex");
  it.each([
    ["nothing", Buffer.alloc(0)],
    ["text", Buffer.from("session:4711")],
    ["a byte too many", Buffer.concat([good, Buffer.from([0])])],
    ["a byte too few", good.subarray(0, -1)],
    ["more names than there can be", Buffer.concat([Buffer.from("ffffff7f", "hex"), good.subarray(4)])],
    ["a name that goes beyond the end", Buffer.from("0100000002000000ff00000064", "hex")],
    ["a name that is no UTF-8", Buffer.from("010000000200000001000000ff0400000000000000", "hex")],
  ])("are none: %s", (_what, bytes) => {
    expect(readEntityKey(bytes, [["driver_id"]])).toBeUndefined();
  });

  it("are told from the key itself", () => {
    expect(readEntityKey(good, [])).toMatchObject({ joinKeys: ["driver_id"], types: [4] });
  });
});
