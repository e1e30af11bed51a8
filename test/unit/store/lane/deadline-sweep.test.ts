import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { deadlineError } from "../../../../src/store/read-deadline.ts";
import { DeadlineSweep } from "../../../../src/store/redis/lane/deadline-sweep.ts";
import { PendingRead } from "../../../../src/store/redis/lane/pending-read.ts";
import { SpanPool } from "../../../../src/store/redis/lane/span-pool.ts";
import { lookupOf, shapeOf } from "../lookup-fixture.ts";

const LOOKUPS = [lookupOf(shapeOf(["v", "f"]), "aa")];
let sweep: DeadlineSweep;

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
  sweep = new DeadlineSweep(
    () => Date.now(),
    () => deadlineError("redis h:1"),
  );
});
afterEach(() => {
  vi.useRealTimers();
});

/** A watched read, and when it failed with which code. */
function watched(deadlineMs: number): { read: PendingRead; failed: string[] } {
  const failed: string[] = [];
  const read = new PendingRead(
    LOOKUPS,
    deadlineMs,
    false,
    new SpanPool(),
    sweep,
    () => {},
    (error) => failed.push(`${error.code} at ${Date.now()}`),
  );
  sweep.add(read, Date.now());
  return { read, failed };
}

test("each read fails at its deadline, whatever the order they came in", () => {
  const reads = [70, 20, 50, 20, 90].map(watched);
  expect(vi.getTimerCount()).toBe(1);
  vi.advanceTimersByTime(200);
  expect(reads.map(({ failed }) => failed)).toEqual([70, 20, 50, 20, 90].map((at) => [`DEADLINE_EXCEEDED at ${at}`]));
  expect([sweep.size, vi.getTimerCount()]).toEqual([0, 0]);
});

test("a fraction of a millisecond is waited for, not spun for", () => {
  const { failed } = watched(10.4);
  vi.advanceTimersByTime(10);
  expect(failed).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(failed).toEqual(["DEADLINE_EXCEEDED at 11"]);
});

test("answered reads leave, wherever they stand, and the others are still watched", () => {
  const reads = [10, 20, 30, 40].map(watched);
  reads[0]!.read.rowDone();
  reads[2]!.read.rowDone();
  expect(sweep.size).toBe(2);
  vi.advanceTimersByTime(100);
  expect(reads.map(({ failed }) => failed.length)).toEqual([0, 1, 0, 1]);
});

test("a thousand reads a second with one deadline's length fire the timer once per length", () => {
  const timeouts = vi.spyOn(globalThis, "setTimeout");
  for (let i = 0; i < 1000; i += 1) {
    watched(Date.now() + 50).read.rowDone();
    vi.advanceTimersByTime(1);
  }
  expect(timeouts.mock.calls.length).toBeLessThanOrEqual(21);
  expect(sweep.size).toBe(0);
});

test("no deadline, no timer; a deadline years away, a timer that Node can hold", () => {
  watched(Number.POSITIVE_INFINITY);
  expect([sweep.size, vi.getTimerCount()]).toEqual([0, 0]);
  const { failed } = watched(1e13);
  vi.advanceTimersByTime(1000);
  expect(failed).toEqual([]);
  sweep.close();
  expect(vi.getTimerCount()).toBe(0);
});
