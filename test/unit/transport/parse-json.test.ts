import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JsonValue } from "../../../src/model/request.ts";
import { JsonLimitError, JsonSyntaxError, parseJson } from "../../../src/transport/http1/parse-json.ts";
import { writeJson } from "../../../src/transport/http1/write-json.ts";

/** Into what JSON.parse gives. */
function plain(value: JsonValue): unknown {
  if (typeof value === "bigint") return Number(value);
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, member]) => [key, plain(member)]));
  return value;
}

describe("parseJson", () => {
  it("agrees with JSON.parse on everything JSON.stringify can write", () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        const text = JSON.stringify(value);
        expect(plain(parseJson(text))).toEqual(JSON.parse(text));
      }),
    );
  });

  it("reads back what writeJson writes", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.bigInt(), (float, integer) => {
        expect(parseJson(writeJson([float, integer]))).toEqual([float, integer]);
      }),
    );
  });

  it("throws nothing but its own errors, whatever the text", () => {
    const pieces = fc.constantFrom(
      "{",
      "}",
      "[",
      "]",
      '"',
      "\\",
      "\\u12",
      "1",
      "-",
      ".5",
      "e",
      ",",
      ":",
      "null",
      "NaN",
      " ",
      "é😀",
      "\0",
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 30 }), (parts) => {
        try {
          parseJson(parts.join(""));
        } catch (error) {
          expect(error instanceof JsonSyntaxError || error instanceof JsonLimitError).toBe(true);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it("keeps integers exact and tells them from floats", () => {
    expect(parseJson("[9223372036854775807,-9223372036854775808,1.0,1e3,-0,-0.0]")).toEqual([
      9223372036854775807n,
      -9223372036854775808n,
      1,
      1000,
      0n,
      -0,
    ]);
  });

  it("keeps lone surrogates, as Python does", () => {
    expect(parseJson('"\\ud800x"')).toBe("\ud800x");
  });

  it("refuses depth and endless digits without a position", () => {
    expect(parseJson("[".repeat(900) + "]".repeat(900))).toBeInstanceOf(Array);
    expect(() => parseJson("[".repeat(901) + "]".repeat(901))).toThrow(JsonLimitError);
    expect(() => parseJson("[".repeat(1_000_000))).toThrow(JsonLimitError);
    expect(parseJson("1".repeat(4300))).toBe(BigInt("1".repeat(4300)));
    expect(() => parseJson("1".repeat(4301))).toThrow(JsonLimitError);
  });
});
