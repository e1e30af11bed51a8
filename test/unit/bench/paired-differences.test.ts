import { expect, test } from "vitest";
import { differencesOf } from "../../../bench/run/paired-differences.ts";

test("the interval is that of the sign test, and one wild pair moves neither it nor the median", () => {
  const pairs = Array.from({ length: 24 }, (_, index) => ({ off: 100, on: 100 + index }));
  const found = differencesOf(pairs);
  expect(found.medianRatio).toBeCloseTo(0.12, 10);
  // Of 24 the 7th and the 17th, to the safe side.
  expect(found.lowRatio).toBeCloseTo(0.07, 10);
  expect(found.highRatio).toBeCloseTo(0.16, 10);
  const wild = differencesOf([...pairs.slice(0, 23), { off: 100, on: 10_000 }]);
  expect(wild).toEqual({ ...found });
  expect(differencesOf([]).medianRatio).toBeNaN();
});
