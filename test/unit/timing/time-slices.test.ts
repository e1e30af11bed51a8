import { expect, test } from "vitest";
import { SliceTurns, TimeSlices } from "../../../src/timing/time-slices.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("many pieces of work take one slice of each turn together, first come, first served", async () => {
  const turns = new SliceTurns(() => 0);
  const ran: string[] = [];
  const work = async (name: string): Promise<void> => {
    const slices = new TimeSlices(
      turns,
      1,
      () => 0,
      () => {},
    );
    for (let step = 0; step < 3; step += 1) {
      await slices.next();
      ran.push(name);
    }
  };
  const all = Promise.all(["a", "b", "c"].map(work));
  const perTurn: number[] = [];
  while (ran.length < 9) {
    const before = ran.length;
    await turn();
    perTurn.push(ran.length - before);
  }
  await all;
  expect(Math.max(...perTurn)).toBe(1);
  expect(ran.join("")).toBe("abcabcabc");
});

test("a slice ends by the clock, and the next begins when the turn comes", async () => {
  let nowMs = 0;
  let looks = 0;
  const slices = new TimeSlices(
    new SliceTurns(() => 0),
    2,
    () => nowMs,
    () => {
      looks += 1;
    },
  );
  expect(slices.isOver).toBe(false);
  nowMs = 2;
  expect(slices.isOver).toBe(true);
  await slices.next();
  expect([slices.isOver, looks]).toEqual([false, 1]);
});
