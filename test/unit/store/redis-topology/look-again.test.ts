import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { LookAgain } from "../../../../src/store/redis/topology/look-again.ts";
import { DEPS, pass } from "./topology-kit.ts";

beforeEach(() => void vi.useFakeTimers({ now: 0 }));
afterEach(() => void vi.useRealTimers());

/** Times at which looks began. */
function open(durationMs = 0, random = 0.5) {
  const starts: number[] = [];
  let running = 0;
  let mostRunning = 0;
  const look = new LookAgain(
    async () => {
      // Timers may take a millisecond more.
      starts.push(Date.now() - (Date.now() % 10));
      running += 1;
      mostRunning = Math.max(mostRunning, running);
      if (durationMs > 0) await new Promise((resolve) => setTimeout(resolve, durationMs));
      running -= 1;
      return 1000;
    },
    { ...DEPS, random: () => random },
  );
  return { look, starts, mostRunning: () => mostRunning };
}

test("regularly, once it has begun, with jitter", async () => {
  for (const [random, wanted] of [
    [0, [0, 800, 1600]],
    [0.999, [0, 1200, 2400]],
  ] as const) {
    vi.setSystemTime(0);
    const { look, starts } = open(0, random);
    await pass(5000);
    expect(starts).toEqual([]);
    vi.setSystemTime(0);
    look.soon();
    await pass(2500);
    look.close();
    expect(starts.slice(0, 3)).toEqual(wanted);
  }
});

test("asked for in a burst: at once, and once more 100 ms later", async () => {
  const { look, starts } = open();
  for (let i = 0; i < 10; i += 1) {
    look.soon();
    await pass(10);
  }
  await pass(400);
  look.close();
  expect(starts).toEqual([0, 100]);
});

test("never two at a time; what is asked for meanwhile is done after", async () => {
  const { look, starts, mostRunning } = open(300);
  look.soon();
  await pass(50);
  look.soon();
  look.soon();
  await pass(700);
  expect(starts).toEqual([0, 300]);
  expect(mostRunning()).toBe(1);
  look.close();
});

test("not after close, whether one is due or under way", async () => {
  const { look, starts } = open(300);
  look.soon();
  await pass(100);
  look.close();
  look.soon();
  await pass(5000);
  expect(starts).toEqual([0]);
  expect(vi.getTimerCount()).toBe(0);
});
