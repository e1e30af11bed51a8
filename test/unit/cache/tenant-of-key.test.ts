import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TenantOfKey } from "../../../src/cache/tenant-of-key.ts";
import { ValueType } from "../../../src/model/value-type.ts";
import { EntityKeyEncoder } from "../../../src/plan/entity-key.ts";
import { KeyValueReader } from "../../../src/plan/read-key-value.ts";

/** Serialized as plan does, from `feast.types.Value` messages. */
function keyOf(version: number, parts: readonly (readonly [joinKey: string, value: Buffer])[]): Buffer {
  const sorted = [...parts].sort(([a], [b]) => Buffer.from(a).compare(Buffer.from(b)));
  const sources = sorted.map(([joinKey, bytes]) => ({ joinKey, bytes, spans: Int32Array.of(0, bytes.length) }));
  const readers = sources.map(({ joinKey, bytes }) => {
    const reader = new KeyValueReader();
    reader.read(bytes, 0, bytes.length, joinKey);
    return reader;
  });
  return new EntityKeyEncoder(
    sorted.map(([joinKey]) => joinKey),
    version,
  ).encode(sources, readers);
}

function textValue(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from([(ValueType.STRING << 3) | 2, bytes.length]), bytes]);
}

function intValue(value: number): Buffer {
  return Buffer.from([ValueType.INT64 << 3, value]);
}

const name = fc.string({ unit: "grapheme", minLength: 1, maxLength: 6 }).filter((text) => !text.includes("\0"));
const value = fc.oneof(
  fc.string({ unit: fc.constantFrom("\0", "\u0001", "\u0002", "a", "é"), maxLength: 12 }).map(textValue),
  fc.integer({ min: 0, max: 127 }).map(intValue),
);
const parts = fc.uniqueArray(fc.tuple(name, value), { selector: ([joinKey]) => joinKey, minLength: 1, maxLength: 4 });

describe("TenantOfKey", () => {
  it.each([2, 3])("finds the value of any join key, version %i", (version) => {
    fc.assert(
      fc.property(parts, fc.nat(), (of, pick) => {
        const [joinKey, bytes] = of[pick % of.length]!;
        const isText = bytes[0] === ((ValueType.STRING << 3) | 2);
        const plain = isText ? bytes.toString("latin1", 2) : String.fromCharCode(bytes[1]!, 0, 0, 0, 0, 0, 0, 0);
        const expected = `${isText ? ValueType.STRING : ValueType.INT64}${plain}`;
        expect(new TenantOfKey(joinKey, version).read(keyOf(version, of))).toBe(expected);
      }),
      { numRuns: 300 },
    );
  });

  it.each([2, 3])("has one tenant for keys without it, version %i", (version) => {
    const key = keyOf(version, [
      ["driver", intValue(7)],
      ["tenants", textValue("x")],
    ]);
    for (const joinKey of ["tenant", "driver_", "x", ""]) expect(new TenantOfKey(joinKey, version).read(key)).toBe("");
  });

  it("tells types apart, and never takes a value for no value", () => {
    const tenant = new TenantOfKey("t", 3);
    const ids = [textValue(""), textValue("\0\0\0\0\0\0\0\0"), intValue(0)].map((v) =>
      tenant.read(keyOf(3, [["t", v]])),
    );
    expect(new Set([...ids, ""]).size).toBe(4);
  });

  it.each([2, 3])("reads any bytes, version %i", (version) => {
    const tenant = new TenantOfKey("t", version);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => typeof tenant.read(Buffer.from(bytes)) === "string"),
    );
    const whole = keyOf(version, [["t", textValue("abc")]]);
    for (let end = 0; end < whole.length; end += 1) expect(tenant.read(whole.subarray(0, end))).toBe("");
  });
});
