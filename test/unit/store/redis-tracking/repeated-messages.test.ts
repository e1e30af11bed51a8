import fc from "fast-check";
import { expect, test } from "vitest";
import { RepeatedMessages } from "../../../../src/store/redis/tracking/repeated-messages.ts";

const FOR_MS = 2000;

/** @param arrivals `node message`, one after the other at the same time @returns those taken for new */
function heard(arrivals: string, repeated = new RepeatedMessages(FOR_MS), nowMs = 0): string {
  const isNew = (arrival: string): boolean => !repeated.isRepeat(Buffer.from(arrival.slice(1)), arrival[0]!, nowMs);
  return arrivals.split(" ").filter(isNew).join(" ");
}

test.each([
  ["a1 b1 c1", "a1"],
  ["a1 b2 b1 a2", "a1 b2"],
  // Two in a row.
  ["a1 a1 b1 b1 c1 c1", "a1 a1"],
  ["a1 b1 b1 c1 a1 c1", "a1 b1"],
  ["a1 b1 b1 b1 a1 a1 a1", "a1 b1 b1 a1"],
  // One that has missed the first does not take away the second.
  ["a1 b1 c1 b1 a1 c1", "a1 b1"],
  ["a1 b1 a1 c1 b1", "a1 a1"],
])("%s: new are %s", (arrivals, expected) => {
  expect(heard(arrivals)).toBe(expected);
});

test("however nodes are mixed, each publication is new once", () => {
  const scenario = fc.record({
    published: fc.array(fc.constantFrom("1", "2", "3"), { minLength: 1, maxLength: 20 }),
    turns: fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 80 }),
  });
  fc.assert(
    fc.property(scenario, ({ published, turns }) => {
      const passed = new Map<string, number>();
      const arrivals: string[] = [];
      // In the end every node has passed on all.
      for (const node of [...turns, ..."abc".repeat(published.length)]) {
        const at = passed.get(node) ?? 0;
        if (at === published.length) continue;
        passed.set(node, at + 1);
        arrivals.push(node + published[at]);
      }
      const counted = heard(arrivals.join(" ")).split(" ");
      expect(counted.map((arrival) => arrival[1]).toSorted()).toEqual(published.toSorted());
    }),
  );
});

test("what is older than the time is forgotten, each publication by itself", () => {
  const repeated = new RepeatedMessages(FOR_MS);
  expect(heard("a1", repeated, 0)).toBe("a1");
  expect(heard("a1", repeated, 1500)).toBe("a1");
  expect(heard("b1", repeated, 2000)).toBe("");
  // The first is gone: this is the second, and the next would be the third.
  expect(heard("c1 c1", repeated, 2001)).toBe("c1");
  expect(heard("a1 b1 b1", repeated, 3500)).toBe("");
  expect(heard("c1 b1 a1", repeated, 5502)).toBe("c1");
});

test("nodes that come and go while the same is published all the time lose no more than the time", () => {
  const repeated = new RepeatedMessages(FOR_MS);
  for (let second = 0; second < 100; second += 1) expect(heard("a1 b1", repeated, second * 1000)).toBe("a1");
  const fresh = [100, 101, 102, 103, 104, 105].map((second) => heard("c1 d1", repeated, second * 1000));
  expect(fresh).toEqual(["", "", "c1", "c1", "c1", "c1"]);
});

test("of very many the oldest are forgotten", () => {
  const repeated = new RepeatedMessages(FOR_MS);
  for (let n = 0; n <= 16_384; n += 1) expect(repeated.isRepeat(Buffer.from(`${n}`), "a", 0)).toBe(false);
  expect([1, 16_384, 0].map((n) => repeated.isRepeat(Buffer.from(`${n}`), "b", 0))).toEqual([true, true, false]);
});
