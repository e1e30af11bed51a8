import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { backoffMs } from "../../../src/store/backoff.ts";
import { withDeadline } from "../../../src/store/read-deadline.ts";

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
});
afterEach(() => {
  vi.useRealTimers();
});

const now = (): number => Date.now();

test("gives the work's value and leaves no timer", async () => {
  await expect(withDeadline(Promise.resolve(7), 100, now, "redis h:1")).resolves.toBe(7);
  expect(vi.getTimerCount()).toBe(0);
});

test("gives the work's error and leaves no timer", async () => {
  await expect(withDeadline(Promise.reject(new Error("no")), 100, now, "redis h:1")).rejects.toThrow("no");
  expect(vi.getTimerCount()).toBe(0);
});

test("loses at the deadline, tells once, drops the late value", async () => {
  const { promise, resolve } = Promise.withResolvers<number>();
  const onLate = vi.fn();
  const read = withDeadline(promise, 100, now, "redis h:1", onLate);
  const outcome = expect(read).rejects.toMatchObject({
    code: "DEADLINE_EXCEEDED",
    message: "redis h:1 did not answer before the deadline of the request",
  });
  vi.advanceTimersByTime(99);
  expect(onLate).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  await outcome;
  resolve(7);
  expect(onLate).toHaveBeenCalledTimes(1);
});

test("needs no timer without a deadline", () => {
  const work = new Promise<number>(() => {});
  expect(withDeadline(work, Number.POSITIVE_INFINITY, now, "redis h:1")).toBe(work);
  expect(vi.getTimerCount()).toBe(0);
});

test("backoff doubles, is jittered between half and all, and is capped at half a second", () => {
  const least = [1, 2, 3, 4, 5, 6, 7, 1000].map((attempt) => backoffMs(attempt, () => 0));
  const most = [1, 2, 3, 4, 5, 6, 7, 1000].map((attempt) => backoffMs(attempt, () => 0.999_999));
  expect(least).toEqual([25, 50, 100, 200, 250, 250, 250, 250]);
  expect(most).toEqual([50, 100, 200, 400, 500, 500, 500, 500]);
});
