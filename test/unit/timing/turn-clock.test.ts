import { expect, test } from "vitest";
import { TurnClock } from "../../../src/timing/turn-clock.ts";

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("a turn begins with the first that enters it, and ends with the loop's", async () => {
  let nowMs = 100;
  const turn = new TurnClock(() => nowMs);
  expect(turn.startMs(100)).toBe(100);
  turn.enter(100);
  nowMs = 105;
  turn.enter(105);
  expect(turn.startMs(105)).toBe(100);
  expect(turn.lateMs(105)).toBe(5);
  await nextTurn();
  expect(turn.startMs(106)).toBe(106);
  // A long turn just before says that the loop is late; one long ago does not.
  expect(turn.lateMs(110)).toBe(5);
  expect(turn.lateMs(156)).toBe(0);
  nowMs = 120;
  turn.enter(119);
  await nextTurn();
  expect(turn.lateMs(130)).toBe(5);
});
