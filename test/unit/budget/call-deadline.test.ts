import { expect, test } from "vitest";
import { answerByMs } from "../../../src/budget/call-deadline.ts";
import type { Priority } from "../../../src/model/request.ts";

const SETTINGS = { sliceMs: 10, sliceBinds: true, reserveMs: 0.5, envelopeCells: 5000 };
const NONE = Number.POSITIVE_INFINITY;

test.each<[what: string, deadlineMs: number, priority: Priority, cells: number, byMs: number]>([
  ["no deadline: the slice", NONE, "live", 50, 110],
  ["a shorter deadline, less the reserve", 108, "live", 50, 107.5],
  ["a longer deadline: the slice", 150, "live", 50, 110],
  ["at the envelope's edge", NONE, "live", 5000, 110],
  ["beyond the envelope the slice grows", NONE, "live", 50_000, 200],
  ["the caller binds there too", 120, "live", 50_000, 119.5],
  ["batches have their caller's deadline only", 500, "batch", 50, 499.5],
  ["or none", NONE, "batch", 50, NONE],
  ["shadow calls have the slice", NONE, "shadow", 50, 110],
  ["a deadline that has passed", 100, "live", 50, 99.5],
  ["a caller from long ago", -1e12, "live", 50, -1e12 - 0.5],
])("%s", (_what, deadlineMs, priority, cells, byMs) => {
  expect(answerByMs({ startMs: 100, deadlineMs, priority }, cells, SETTINGS)).toBe(byMs);
});

test("a slice that does not bind leaves the caller's deadline", () => {
  const settings = { ...SETTINGS, sliceBinds: false };
  expect(answerByMs({ startMs: 100, deadlineMs: NONE, priority: "live" }, 50, settings)).toBe(NONE);
  expect(answerByMs({ startMs: 100, deadlineMs: 500, priority: "live" }, 50, settings)).toBe(499.5);
});
