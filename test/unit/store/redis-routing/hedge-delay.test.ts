import { expect, test } from "vitest";
import { HedgeDelay } from "../../../../src/store/redis/routing/hedge-delay.ts";
import { LatencyEstimate } from "../../../../src/store/redis/routing/latency-estimate.ts";
import { lowerMedian } from "../../../../src/store/redis/routing/lower-median.ts";

function node(latencyMs: number, answers = 20): LatencyEstimate {
  const it = new LatencyEstimate();
  for (let i = 0; i < answers; i += 1) it.answered(latencyMs, i);
  return it;
}

test("the median of the nodes' 95th percentiles, never under the least delay", () => {
  expect(new HedgeDelay(1).delayMs([node(2), node(50), node(3)], 0)).toBe(3);
  expect(new HedgeDelay(1).delayMs([node(0.2), node(0.3), node(0.4)], 0)).toBe(1);
});

test("of two nodes the faster one's", () => {
  expect(new HedgeDelay(1).delayMs([node(50), node(2)], 0)).toBe(2);
});

test("nodes that are not measured yet do not count; with none there is no hedge", () => {
  expect(new HedgeDelay(1).delayMs([node(0, 3), node(4)], 0)).toBe(4);
  expect(new HedgeDelay(1).delayMs([node(2, 15)], 0)).toBe(Number.POSITIVE_INFINITY);
  expect(new HedgeDelay(1).delayMs([], 0)).toBe(Number.POSITIVE_INFINITY);
});

test("kept for 20 ms", () => {
  const it = new HedgeDelay(1);
  expect(it.delayMs([node(2)], 100)).toBe(2);
  expect(it.delayMs([node(9)], 119)).toBe(2);
  expect(it.delayMs([node(9)], 120)).toBe(9);
});

test("lower median", () => {
  const values = (...from: number[]): number => lowerMedian(new Float64Array([...from, -5, -5]), from.length);
  expect([values(), values(7), values(9, 7), values(9, 1, 7), values(4, 3, 2, 1)]).toEqual([0, 7, 7, 7, 2]);
});
