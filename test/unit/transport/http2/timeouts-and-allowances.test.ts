import { describe, expect, it } from "vitest";
import { ServeError } from "../../../../src/model/serve-error.ts";
import { parseGrpcTimeout } from "../../../../src/transport/grpc-timeout.ts";
import { Allowance } from "../../../../src/transport/http2/allowance.ts";

describe("grpc-timeout", () => {
  it.each([
    ["1H", 3_600_000],
    ["2M", 120_000],
    ["3S", 3000],
    ["25m", 25],
    ["1500u", 1.5],
    ["99999999n", 99.999999],
    ["0m", 0],
    ["", Number.POSITIVE_INFINITY],
  ])("%s is %d ms", (value, expected) => {
    expect(parseGrpcTimeout(value)).toBeCloseTo(expected, 6);
  });

  it.each(["1", "m", "-1m", "1.5S", "123456789m", "1 m", "1h", "S1", "1mS"])("refuses %j", (value) => {
    expect(() => parseGrpcTimeout(value)).toThrow(`Invalid grpc-timeout value "${value}"`);
    expect(() => parseGrpcTimeout(value)).toThrow(ServeError);
  });
});

describe("Allowance", () => {
  it("allows a burst, then so many a second, and all of it again after a refill", () => {
    const allowance = new Allowance(3, 10, 0);
    const takeAt = (...times: number[]): boolean[] => times.map((ms) => allowance.take(ms));
    expect(takeAt(5000, 5000, 5000, 5000)).toEqual([true, true, true, false]);
    expect(takeAt(5050, 5100, 5100, 5199, 5200)).toEqual([false, true, false, false, true]);
    expect(takeAt(99_000, 99_000, 99_000, 99_000)).toEqual([true, true, true, false]);
    allowance.refill();
    expect(takeAt(99_000, 99_000, 99_000, 99_000)).toEqual([true, true, true, false]);
  });
});
