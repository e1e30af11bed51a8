import { describe, expect, test } from "vitest";
import { LatencyEstimate } from "../../../../src/store/redis/routing/latency-estimate.ts";

function answers(it: LatencyEstimate, latencyMs: number, fromMs: number, untilMs: number, everyMs: number): void {
  for (let nowMs = fromMs; nowMs <= untilMs; nowMs += everyMs) {
    it.sent();
    it.answered(latencyMs, nowMs);
  }
}

describe("average", () => {
  test("never heard = typical", () => {
    expect(new LatencyEstimate().averageMs(0, 0.7)).toBe(0.7);
  });

  test("the first answer counts whole; one outlier among many moves it little; a change shows after a few", () => {
    const it = new LatencyEstimate();
    answers(it, 0.5, 0, 1000, 1);
    expect(it.averageMs(1000, 9)).toBeCloseTo(0.5, 10);
    answers(it, 10, 1001, 1001, 1);
    expect(it.averageMs(1001, 9)).toBeLessThan(0.75);
    answers(it, 50, 1005, 1025, 5);
    expect(it.averageMs(1025, 9)).toBeGreaterThan(8);
  });

  test("answers of one moment count", () => {
    const it = new LatencyEstimate();
    answers(it, 1, 0, 0, 1);
    for (let i = 0; i < 100; i += 1) answers(it, 5, 0, 0, 1);
    expect(it.averageMs(0, 9)).toBeGreaterThan(4);
  });

  test("a clock that stands or a latency below zero does no harm", () => {
    const it = new LatencyEstimate();
    answers(it, -1, 10, 10, 1);
    answers(it, 1, 5, 5, 1);
    expect(it.averageMs(5, 1)).toBeGreaterThanOrEqual(0);
    expect(it.averageMs(5, 1)).toBeLessThanOrEqual(1);
  });
});

describe("forgetting", () => {
  test("after 250 ms of silence it moves to the typical, in two seconds", () => {
    const it = new LatencyEstimate();
    answers(it, 50, 0, 0, 1);
    expect(it.averageMs(250, 0.5)).toBe(50);
    expect(it.averageMs(1125, 0.5)).toBeCloseTo(25.25, 5);
    expect(it.averageMs(2000, 0.5)).toBe(0.5);
    expect(it.averageMs(99_999, 0.5)).toBe(0.5);
  });

  test("who proves as slow as remembered is remembered longer; who got better, shorter again", () => {
    const it = new LatencyEstimate();
    answers(it, 50, 0, 0, 1);
    answers(it, 50, 2000, 2000, 1);
    expect(it.averageMs(4000, 0.5)).toBeGreaterThan(20);
    expect(it.averageMs(2000 + 250 + 3500, 0.5)).toBe(0.5);
    for (let i = 1; i < 20; i += 1) answers(it, 50, i * 60_000, i * 60_000, 1);
    expect(it.averageMs(19 * 60_000 + 250 + 32_000, 0.5)).toBe(0.5);
    answers(it, 0.5, 20 * 60_000, 20 * 60_000, 1);
    expect(it.averageMs(20 * 60_000, 9)).toBeCloseTo(0.5, 5);
    expect(it.averageMs(20 * 60_000 + 2000, 9)).toBe(9);
  });
});

describe("score", () => {
  test("grows with the reads in flight, and falls when they are answered or lost", () => {
    const it = new LatencyEstimate();
    answers(it, 2, 0, 0, 1);
    expect(it.scoreMs(0, 9)).toBe(2);
    it.sent();
    it.sent();
    expect([it.inFlight, it.scoreMs(0, 9)]).toEqual([2, 6]);
    it.answered(2, 1);
    it.dropped();
    it.dropped();
    expect([it.inFlight, it.scoreMs(1, 9)]).toEqual([0, 2]);
  });
});

describe("p95", () => {
  test("not known from fewer than 16 answers", () => {
    const it = new LatencyEstimate();
    answers(it, 1, 1, 15, 1);
    expect(it.p95Ms()).toBe(Number.POSITIVE_INFINITY);
    answers(it, 1, 16, 16, 1);
    expect(it.p95Ms()).toBe(1);
  });

  test("nearest rank of the latest 128, in whatever order they came", () => {
    const it = new LatencyEstimate();
    answers(it, 1000, 0, 300, 1);
    for (let i = 0; i < 128; i += 1) it.answered(((i * 37) % 128) + 1, 400 + i);
    expect(it.p95Ms()).toBe(122);
  });
});
