import fc from "fast-check";
import { expect, test } from "vitest";
import { RatioBudget } from "../../../../src/store/redis/routing/ratio-budget.ts";

test("twenty reads earn one at 0.05, exactly", () => {
  const it = new RatioBudget(0.05, 10, 0);
  for (let i = 0; i < 19; i += 1) it.earn();
  expect(it.tryTake()).toBe(false);
  it.earn();
  expect([it.tryTake(), it.tryTake()]).toEqual([true, false]);
  expect([it.taken, it.refused]).toEqual([1, 2]);
});

test.each([0.29, 0.57, 0.07, 1 / 3, 1])("%d: a million reads earn that share", (ratio) => {
  const it = new RatioBudget(ratio, 2, 0);
  for (let i = 0; i < 1_000_000; i += 1) {
    it.earn();
    it.tryTake();
  }
  expect(it.taken).toBeLessThanOrEqual(Math.ceil(ratio * 1_000_000));
  expect(it.taken).toBeGreaterThanOrEqual(Math.floor(ratio * 1_000_000) - 2);
});

test("saves up to the burst, and starts with what it is given", () => {
  const it = new RatioBudget(0.5, 3, 2);
  expect([it.tryTake(), it.tryTake(), it.tryTake()]).toEqual([true, true, false]);
  for (let i = 0; i < 1000; i += 1) it.earn();
  expect([it.tryTake(), it.tryTake(), it.tryTake(), it.tryTake()]).toEqual([true, true, true, false]);
});

test("ratio 0 = never, whatever it starts with", () => {
  const it = new RatioBudget(0, 10, 10);
  for (let i = 0; i < 1000; i += 1) it.earn();
  expect(it.tryTake()).toBe(false);
});

test("property: never more than initial + ratio × reads, and in any stretch never more than burst + ratio × reads", () => {
  const uses = fc.array(fc.boolean(), { maxLength: 500 });
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 0, max: 20 }),
      uses,
      uses,
      (ratio, burst, initial, before, stretch) => {
        const it = new RatioBudget(ratio, burst, initial);
        const run = (reads: readonly boolean[]): void => {
          for (const wantsExtra of reads) {
            it.earn();
            if (wantsExtra) it.tryTake();
          }
        };
        run(before);
        expect(it.taken).toBeLessThanOrEqual(initial + ratio * before.length + 1e-6);
        const taken = it.taken;
        run(stretch);
        expect(it.taken - taken).toBeLessThanOrEqual(burst + ratio * stretch.length + 1e-6);
        const extras = [...before, ...stretch].filter(Boolean).length;
        expect(it.taken + it.refused).toBe(extras);
      },
    ),
  );
});
