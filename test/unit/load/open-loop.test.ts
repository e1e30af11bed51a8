/** Calls leave when they are due, and their time is counted from then. */
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { benchReport, isGood, renderReport } from "../../../src/cli/bench-report.ts";
import { type CallEnd, runOpenLoop } from "../../../src/load/open-loop.ts";

const OK: CallEnd = { outcome: "OK", isDegraded: false };

describe("an open loop", () => {
  it("sends each call once, in order, and counts how they end", async () => {
    const calls: number[] = [];
    const result = await runOpenLoop({
      ratePerSecond: 500,
      seconds: 0.2,
      timeoutMs: 1000,
      send: async (call) => {
        calls.push(call);
        if (call % 10 === 0) return { outcome: "UNAVAILABLE", isDegraded: false };
        return { outcome: "OK", isDegraded: call % 10 === 1 };
      },
    });
    expect(calls).toEqual(Array.from({ length: 100 }, (_, call) => call));
    expect([result.calls, result.degraded]).toEqual([100, 10]);
    expect(Object.fromEntries(result.outcomes)).toEqual({ OK: 90, UNAVAILABLE: 10 });
    expect(result.latencies.percentileMs(0.9)).toBeLessThan(1000);
    expect(result.latencies.percentileMs(0.91)).toBe(Number.POSITIVE_INFINITY);
  });

  it("charges a stall to the calls that were due meanwhile", async () => {
    const result = await runOpenLoop({
      ratePerSecond: 100,
      seconds: 1,
      timeoutMs: 1000,
      send: async (call) => {
        if (call === 20) for (const end = performance.now() + 300; performance.now() < end; );
        return OK;
      },
    });
    // 30 calls were due in these 300 ms: they waited 150 ms in the mean. A client that counts from the send would see none of it.
    expect(result.latencies.percentileMs(0.85)).toBeGreaterThan(100);
    expect(result.delays.percentileMs(0.99)).toBeGreaterThan(200);
  });

  it("waits for the last answers, and tells what is left of the timeout", async () => {
    const left: number[] = [];
    const result = await runOpenLoop({
      ratePerSecond: 100,
      seconds: 0.05,
      timeoutMs: 400,
      send: async (_, leftMs) => {
        left.push(leftMs);
        await delay(100);
        return OK;
      },
    });
    expect(result.latencies.total).toBe(5);
    expect(result.latencies.percentileMs(0.01)).toBeGreaterThan(95);
    for (const ms of left) expect(ms).toBeLessThanOrEqual(400);
  });

  it("has a bound on calls in flight, and keeps its rate all the same", async () => {
    let inFlight = 0;
    let most = 0;
    const result = await runOpenLoop({
      ratePerSecond: 50_000,
      seconds: 0.3,
      timeoutMs: 10_000,
      send: async () => {
        inFlight += 1;
        most = Math.max(most, inFlight);
        await delay(1500);
        inFlight -= 1;
        return OK;
      },
    });
    expect(most).toBe(10_000);
    expect(result.outcomes.get("TOO_MANY_IN_FLIGHT")).toBe(5_000);
  });
});

describe("the report", () => {
  it("is good only when something was answered and the rate was kept", async () => {
    const end = { outcome: "OK", isDegraded: false };
    const result = await runOpenLoop({ ratePerSecond: 200, seconds: 0.1, timeoutMs: 100, send: async () => end });
    const report = benchReport(result, 200);
    expect(isGood({ ...report, isRateKept: true })).toBe(true);
    expect(isGood({ ...report, isRateKept: false })).toBe(false);
    expect(isGood({ ...report, isRateKept: true, outcomes: { UNAVAILABLE: 20 } })).toBe(false);
    expect(benchReport({ ...result, ratePerSecond: 195 }, 200).isRateKept).toBe(false);
    expect(benchReport({ ...result, ratePerSecond: 197 }, 200).isRateKept).toBe(true);
  });

  it("says infinite, and which percentiles say little", () => {
    const text = renderReport({
      calls: 1000,
      askedPerSecond: 100,
      sentPerSecond: 100,
      isRateKept: true,
      outcomes: { UNAVAILABLE: 5, OK: 995 },
      degraded: 3,
      latencyMs: { P50: 1, P90: 2.5, P99: 3, "P99.9": null, max: null },
      sendDelayMs: 0.25,
    });
    expect(text).toMatch(/^ {2}P90 {3}2\.500 ms$/m);
    expect(text).toMatch(/^ {2}P99 {3}3\.000 ms {3}\(10 calls above it: says little\)$/m);
    expect(text).toMatch(/^ {2}P99\.9 infinite {3}\(1 calls above it: says little\)$/m);
    expect(text).toMatch(/^ {2}OK +995\n {2}UNAVAILABLE +5\n {2}marked as degraded +3$/m);
  });
});
