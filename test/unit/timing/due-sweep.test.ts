import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Due, DueSweep } from "../../../src/timing/due-sweep.ts";

describe("DueSweep", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function start(): { sweep: DueSweep; call: (deadlineMs: number) => Due; expired: [number, number][] } {
    const startMs = Date.now();
    const nowMs = (): number => Date.now() - startMs;
    const sweep = new DueSweep(nowMs);
    const expired: [number, number][] = [];
    const call = (deadlineMs: number): Due => {
      const made: Due = {
        dueMs: deadlineMs,
        sweepSlot: -1,
        due: () => {
          sweep.remove(made);
          expired.push([deadlineMs, nowMs()]);
        },
      };
      sweep.add(made, nowMs());
      return made;
    };
    return { sweep, call, expired };
  }

  it("tells each call in time, in whatever order they came", () => {
    const { call, expired } = start();
    for (const deadlineMs of [50, 20, 20.5, 300, 10, 50, Number.POSITIVE_INFINITY]) call(deadlineMs);
    vi.advanceTimersByTime(10_000);
    expect(expired.map(([deadlineMs]) => deadlineMs)).toEqual(expect.arrayContaining([10, 20, 20.5, 50, 50, 300]));
    expect(expired).toHaveLength(6);
    for (const [deadlineMs, atMs] of expired) {
      expect(atMs).toBeGreaterThanOrEqual(deadlineMs);
      expect(atMs - deadlineMs).toBeLessThanOrEqual(1);
    }
  });

  it("forgets calls that end before, and needs one timer for all", () => {
    const { sweep, call, expired } = start();
    const calls = Array.from({ length: 1000 }, (_, index) => call(100 + index));
    expect(vi.getTimerCount()).toBe(1);
    for (const each of calls.filter((_, index) => index % 3 !== 0)) sweep.remove(each);
    vi.advanceTimersByTime(10_000);
    expect(expired.map(([deadlineMs]) => deadlineMs)).toEqual(calls.filter((_, i) => i % 3 === 0).map((c) => c.dueMs));
    expect(vi.getTimerCount()).toBe(0);
  });

  it("waits for deadlines that no timer of Node's can hold", () => {
    const { call, expired } = start();
    const dayMs = 86_400_000;
    call(60 * dayMs);
    vi.advanceTimersByTime(59 * dayMs);
    expect(expired).toEqual([]);
    vi.advanceTimersByTime(2 * dayMs);
    expect(expired).toHaveLength(1);
  });

  it("asks again at the later time that a thing sets when it is due", () => {
    const { sweep, call, expired } = start();
    const thing: Due = {
      dueMs: 10,
      sweepSlot: -1,
      due: (nowMs) => {
        expired.push([0, nowMs]);
        if (nowMs < 30) thing.dueMs = nowMs + 10;
        else sweep.remove(thing);
      },
    };
    sweep.add(thing, 0);
    call(15);
    vi.advanceTimersByTime(1000);
    expect(expired).toEqual([
      [0, 10],
      [15, 15],
      [0, 20],
      [0, 30],
    ]);
    expect(sweep.size).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("leaves no timer when it is closed", () => {
    const { sweep, call } = start();
    call(50);
    sweep.close();
    expect(vi.getTimerCount()).toBe(0);
    call(10);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("an exact DueSweep", () => {
  const nowMs = (): number => performance.now();

  it("tells each in time: not early, and in the median less than half a millisecond late", async () => {
    const sweep = new DueSweep(nowMs, true);
    const lateMs: number[] = [];
    const wait = (ms: number): Promise<void> =>
      new Promise((resolve) => {
        const made: Due = {
          dueMs: nowMs() + ms,
          sweepSlot: -1,
          due: (atMs) => {
            sweep.remove(made);
            lateMs.push(atMs - made.dueMs);
            resolve();
          },
        };
        sweep.add(made, nowMs());
      });
    // With pauses: a fifth of the time may be spent on looking.
    for (const ms of [4.5, 9.7, 12.3, 7.1, 5.9, 10.2, 3.4, 8.8, 6.6]) {
      await wait(ms);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(Math.min(...lateMs)).toBeGreaterThan(-1.5);
    lateMs.sort((a, b) => a - b);
    expect(Math.abs(lateMs[4]!)).toBeLessThan(0.5);
    expect(sweep.size).toBe(0);
    sweep.close();
  });

  it("does not turn the loop without rest for longer than its share", async () => {
    const sweep = new DueSweep(nowMs, true);
    let turns = 0;
    const again = (): Due => {
      const made: Due = {
        dueMs: nowMs() + 1.4,
        sweepSlot: -1,
        due: () => {
          sweep.remove(made);
          sweep.add(again(), nowMs());
        },
      };
      return made;
    };
    sweep.add(again(), nowMs());
    const cpu = process.cpuUsage();
    const startMs = nowMs();
    while (nowMs() - startMs < 300) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      turns += 1;
    }
    sweep.close();
    const { user, system } = process.cpuUsage(cpu);
    expect(turns).toBeGreaterThan(3);
    expect((user + system) / 1000).toBeLessThan(0.75 * (nowMs() - startMs));
  });
});
