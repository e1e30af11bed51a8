import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { hungAfterMs, SilenceWatch } from "../../../src/store/redis/silence-watch.ts";

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
});
afterEach(() => {
  vi.useRealTimers();
});

function watch(): { watch: SilenceWatch; onSilent: ReturnType<typeof vi.fn<() => void>> } {
  const onSilent = vi.fn<() => void>();
  return { watch: new SilenceWatch(1000, () => Date.now(), onSilent), onSilent };
}

test("silence while a reply is due is noticed once", () => {
  const { watch: it, onSilent } = watch();
  it.expect();
  it.expect();
  vi.advanceTimersByTime(999);
  expect(onSilent).not.toHaveBeenCalled();
  vi.advanceTimersByTime(2);
  expect(onSilent).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(10_000);
  expect(onSilent).toHaveBeenCalledTimes(1);
});

test("bytes begin the wait anew, so a long answer in pieces is not silence", () => {
  const { watch: it, onSilent } = watch();
  it.expect();
  for (let i = 0; i < 10; i += 1) {
    vi.advanceTimersByTime(900);
    it.heard();
  }
  expect(onSilent).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1001);
  expect(onSilent).toHaveBeenCalledTimes(1);
});

test("an idle peer may be silent, and idleness leaves no timer", () => {
  const { watch: it, onSilent } = watch();
  it.expect();
  it.settled();
  vi.advanceTimersByTime(60_000);
  expect(onSilent).not.toHaveBeenCalled();
  expect(vi.getTimerCount()).toBe(0);
});

test("idle time before a command does not count", () => {
  const { watch: it, onSilent } = watch();
  it.expect();
  it.settled();
  vi.advanceTimersByTime(950);
  it.expect();
  vi.advanceTimersByTime(900);
  expect(onSilent).not.toHaveBeenCalled();
  vi.advanceTimersByTime(102);
  expect(onSilent).toHaveBeenCalledTimes(1);
});

test("after a stall of our own loop, bytes that were waiting are read before judging", () => {
  const { watch: it, onSilent } = watch();
  it.expect();
  vi.setSystemTime(5000);
  // The timer fires late; the socket's data event comes before the immediate.
  setTimeout(() => it.heard(), 1000);
  vi.advanceTimersByTime(1001);
  expect(onSilent).not.toHaveBeenCalled();
});

test("reset forgets what was due", () => {
  const { watch: it, onSilent } = watch();
  it.expect();
  it.reset();
  expect(vi.getTimerCount()).toBe(0);
  vi.advanceTimersByTime(5000);
  expect(onSilent).not.toHaveBeenCalled();
});

test("bound of silence: a second, or a hundred node timeouts", () => {
  expect([5, 10, 25].map(hungAfterMs)).toEqual([1000, 1000, 2500]);
});
