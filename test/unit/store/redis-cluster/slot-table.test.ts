import { expect, test } from "vitest";
import { SlotTable } from "../../../../src/store/redis/cluster/slot-table.ts";

const set = (id: string, ...slots: number[]) => ({ id, nodes: [], slots });

test("each slot has the set that it was given to", () => {
  const table = new SlotTable([set("a", 0, 99, 200, 200), set("b", 100, 198), set("c", 16_000, 16_383)]);
  expect([0, 99, 200].map((slot) => table.setOf(slot))).toEqual([0, 0, 0]);
  expect([100, 198].map((slot) => table.setOf(slot))).toEqual([1, 1]);
  expect([16_000, 16_383].map((slot) => table.setOf(slot))).toEqual([2, 2]);
});

test("a slot that nobody has", () => {
  const table = new SlotTable([set("a", 0, 99), set("b")]);
  expect([100, 16_383, -1, 16_384].map((slot) => table.setOf(slot))).toEqual([-1, -1, -1, -1]);
  expect(new SlotTable([]).setOf(0)).toBe(-1);
});

test.each([
  [-1, 5],
  [6, 5],
  [0, 16_384],
])("slots %i to %i are refused", (from, to) => {
  expect(() => new SlotTable([set("a", from, to)])).toThrow(RangeError);
});
