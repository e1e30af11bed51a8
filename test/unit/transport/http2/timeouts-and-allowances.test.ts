import { describe, expect, it } from "vitest";
import { ServeError } from "../../../../src/model/serve-error.ts";
import { parseGrpcTimeout } from "../../../../src/transport/grpc-timeout.ts";
import { Allowance } from "../../../../src/transport/http2/allowance.ts";
import { Conduct } from "../../../../src/transport/http2/conduct.ts";

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

describe("Conduct", () => {
  it("pardons cuts in proportion to a pause of ours, and each pause once", () => {
    const conduct = new Conduct(0);
    const cuts = (): number => {
      for (let n = 0; n < 100_000; n++) {
        try {
          conduct.countReset(0);
        } catch {
          return n;
        }
      }
      return Number.POSITIVE_INFINITY;
    };
    expect(cuts()).toBe(1000);
    conduct.pardon(50, 7);
    expect(cuts()).toBe(250);
    conduct.pardon(60, 7);
    expect(cuts()).toBe(0);
    conduct.pardon(1e9, 8);
    expect(cuts()).toBe(5000);
  });

  it("refuses 50 a second for ever, and ends what asks for more", () => {
    const conduct = new Conduct(0);
    for (let n = 0; n < 10_000; n++) conduct.countRefusal(n * 20);
    expect(() => {
      for (let n = 0; n < 1500; n++) conduct.countRefusal(200_000);
    }).toThrow("too many streams are refused");
  });
});
