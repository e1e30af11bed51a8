import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { JsonWriter } from "../../../src/assemble/json-writer.ts";
import { printValue } from "../../../src/assemble/print-value.ts";
import { timestampText, zonedText } from "../../../src/assemble/zoned-time.ts";
import { TimestampReader } from "../../../src/wire/read-timestamp.ts";
import { WireError } from "../../../src/wire/wire-error.ts";
import { WireReader } from "../../../src/wire/wire-reader.ts";
import { fromBase64 } from "./fixture.ts";
import { goldenTimestamps, goldenValues, goldenZoned } from "./golden.ts";

/** The text, or undefined where the bytes are refused; anything but a WireError passes through. */
function print(value: Buffer): string | undefined {
  const writer = new JsonWriter(1 << 24);
  const padded = Buffer.concat([Buffer.from("xx"), value, Buffer.from("\x01yy")]);
  try {
    printValue(new WireReader().reset(padded, 2, 2 + value.length), writer);
  } catch (error) {
    if (error instanceof WireError) return undefined;
    throw error;
  }
  return writer.finish().toString();
}

function textOrNull(make: () => string): string | null {
  try {
    return make();
  } catch (error) {
    if (error instanceof WireError) return null;
    throw error;
  }
}

describe("printValue", () => {
  it("covers every field of Value", () => {
    const names = new Set(goldenValues.map(({ name }) => name.split(" ")[0]));
    expect([...names].filter((name) => name?.endsWith("_val"))).toHaveLength(44);
  });

  it.each(goldenValues)("prints what Feast prints: $name", ({ value, json }) => {
    expect(print(fromBase64(value)) ?? null).toBe(json);
  });

  it("never fails but with a WireError, and what it prints is JSON", () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc.constantFrom(...goldenValues).chain(({ value }) => mutated(fromBase64(value))),
    );
    fc.assert(
      fc.property(bytes, (value) => {
        const text = print(Buffer.from(value));
        if (text !== undefined) JSON.parse(text);
      }),
      { numRuns: 2000 },
    );
  });
});

function mutated(value: Buffer): fc.Arbitrary<Uint8Array> {
  if (value.length === 0) return fc.constant(value);
  return fc
    .tuple(fc.nat({ max: value.length - 1 }), fc.nat({ max: 255 }), fc.nat({ max: value.length }))
    .map(([at, byte, length]) => {
      const copy = Buffer.from(value);
      copy[at] = byte;
      return copy.subarray(0, length);
    });
}

describe("times", () => {
  it.each(goldenZoned)("zoned $seconds in '$zone'", ({ seconds, zone, text }) => {
    expect(textOrNull(() => zonedText(Number(seconds), zone))).toBe(text);
  });

  it.each(goldenTimestamps)("timestamp $timestamp is $text", ({ timestamp, text }) => {
    const reader = new TimestampReader();
    const bytes = fromBase64(timestamp);
    reader.read(bytes, 0, bytes.length);
    expect(textOrNull(() => timestampText(reader.seconds, reader.nanos))).toBe(text);
  });
});
