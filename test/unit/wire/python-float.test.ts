import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pythonFloat } from "../../../src/wire/python-float.ts";

describe("pythonFloat", () => {
  // Right-hand sides printed by CPython 3.11's repr().
  it.each([
    [0, "0.0"],
    [-0, "-0.0"],
    [30, "30.0"],
    [0.1, "0.1"],
    [9999999999999998, "9999999999999998.0"],
    [1e16, "1e+16"],
    [1.2345678901234567e19, "1.2345678901234567e+19"],
    [1e22, "1e+22"],
    [0.0001, "0.0001"],
    [0.00001, "1e-05"],
    [-1.5e-7, "-1.5e-07"],
    [5e-324, "5e-324"],
    [1.7976931348623157e308, "1.7976931348623157e+308"],
    [Math.fround(0.1), "0.10000000149011612"],
    [Number.NaN, "nan"],
    [Number.POSITIVE_INFINITY, "inf"],
    [Number.NEGATIVE_INFINITY, "-inf"],
  ])("%d is %s", (value, text) => {
    expect(pythonFloat(value)).toBe(text);
  });

  it("reads back as the same double and never looks like an integer", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const text = pythonFloat(value);
        expect(Object.is(Number(text), value)).toBe(true);
        expect(text).toMatch(/^-?\d(\d*\.\d+|(\.\d+)?e[+-]\d{2,3})$/);
      }),
    );
  });
});
