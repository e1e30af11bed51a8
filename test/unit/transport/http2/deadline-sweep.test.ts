import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ServeError } from "../../../../src/model/serve-error.ts";
import { parseGrpcTimeout } from "../../../../src/transport/grpc-timeout.ts";
import { Allowance } from "../../../../src/transport/http2/allowance.ts";
import { DeadlineSweep, type Expiring } from "../../../../src/transport/http2/deadline-sweep.ts";

describe("DeadlineSweep", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function start(): { sweep: DeadlineSweep; call: (deadlineMs: number) => Expiring; expired: [number, number][] } {
    const startMs = Date.now();
    const nowMs = (): number => Date.now() - startMs;
    const sweep = new DeadlineSweep({ nowMs, epochMs: Date.now });
    const expired: [number, number][] = [];
    const call = (deadlineMs: number): Expiring => {
      const made: Expiring = {
        deadlineMs,
        deadlineSlot: -1,
        expire: () => {
          sweep.remove(made);
          expired.push([deadlineMs, nowMs()]);
        },
      };
      sweep.add(made);
      return made;
    };
    return { sweep, call, expired };
  }

  it("tells each call in time, in whatever order they came", () => {
    const { call, expired } = start();
    for (const deadlineMs of [50, 20, 20.5, 300, 10, 50, Number.POSITIVE_INFINITY]) call(deadlineMs);
    vi.advanceTimersByTime(10_000);
    expect(expired.map(([deadlineMs]) => deadlineMs)).toEqual(expect.arrayContaining([10, 20, 20.5, 50, 50, 300]));
    expect(expired).toHaveLength(6);
    for (const [deadlineMs, atMs] of expired) {
      expect(atMs).toBeGreaterThanOrEqual(deadlineMs);
      expect(atMs - deadlineMs).toBeLessThanOrEqual(1);
    }
  });

  it("forgets calls that end before, and needs one timer for all", () => {
    const { sweep, call, expired } = start();
    const calls = Array.from({ length: 1000 }, (_, index) => call(100 + index));
    expect(vi.getTimerCount()).toBe(1);
    for (const each of calls.filter((_, index) => index % 3 !== 0)) sweep.remove(each);
    vi.advanceTimersByTime(10_000);
    expect(expired.map(([deadlineMs]) => deadlineMs)).toEqual(
      calls.filter((_, i) => i % 3 === 0).map((c) => c.deadlineMs),
    );
    expect(vi.getTimerCount()).toBe(0);
  });

  it("waits for deadlines that no timer of Node's can hold", () => {
    const { call, expired } = start();
    const dayMs = 86_400_000;
    call(60 * dayMs);
    vi.advanceTimersByTime(59 * dayMs);
    expect(expired).toEqual([]);
    vi.advanceTimersByTime(2 * dayMs);
    expect(expired).toHaveLength(1);
  });
});

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
