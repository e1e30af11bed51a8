/** What is told of calls comes out as figures, exactly where they are counts. */
import { expect, it } from "vitest";
import { HOPS, Hop, Ledger } from "../../../../src/model/ledger.ts";
import { CallWatch } from "../../../../src/telemetry/status/call-watch.ts";

/** A watch with a clock that stands where it is put. */
function watch() {
  const clock = { nowMs: 5_000 };
  const calls = new CallWatch(10, () => clock.nowMs);
  const call = (hopsUs: Partial<Record<keyof typeof Hop, number>>, outcome: "OK" | "UNAVAILABLE" = "OK"): void => {
    const ledger = new Ledger(clock.nowMs);
    let atMs = ledger.startMs;
    for (const [hop, us] of Object.entries(hopsUs)) {
      atMs += us / 1000;
      ledger.end(Hop[hop as keyof typeof Hop], atMs);
    }
    calls.answered("http", outcome, ledger, atMs);
  };
  return { clock, calls, call };
}

it("counts calls, outcomes, those over the slice, and hops that a call went through", () => {
  const { calls, call } = watch();
  call({ PLAN: 100, REDIS: 400 });
  call({ PLAN: 100 });
  call({ REDIS: 10_001 }, "UNAVAILABLE");
  const figures = calls.figures();
  expect(figures).toMatchObject({ count: 3, overSlice: 1 });
  expect(figures.outcomes).toEqual([
    { outcome: "OK", count: 2 },
    { outcome: "UNAVAILABLE", count: 1 },
  ]);
  expect(figures.hops.map(({ hop, count }) => [hop, count])).toEqual([
    ...HOPS.map((hop) => [hop, { plan: 2, redis: 2 }[hop as string] ?? 0]),
    ["total", 3],
  ]);
  expect(figures.hops.at(-1)?.meanUs).toBeCloseTo((500 + 100 + 10_001) / 3, 6);
  expect(figures.slowest.map(({ totalUs }) => totalUs)).toEqual([10_001, 500, 100]);
});

it("adds up degraded rows by policy and reason, for a minute", () => {
  const { calls, clock } = watch();
  calls.degraded("stale", "deadline", 3);
  calls.degraded("stale", "deadline", 4);
  calls.degraded("partial", "overload", 1);
  expect(calls.figures().degraded).toEqual([
    { policy: "stale", reason: "deadline", rows: 7 },
    { policy: "partial", reason: "overload", rows: 1 },
  ]);
  clock.nowMs += 60_000;
  expect(calls.figures().degraded).toEqual([]);
});

it("gives the rate of the last seconds, not of the whole minute", () => {
  const { calls, call, clock } = watch();
  for (let second = 0; second < 30; second += 1) {
    for (let each = 0; each < 8; each += 1) call({ PLAN: 10 });
    clock.nowMs += 1000;
  }
  expect(calls.figures().perSecond).toBeCloseTo(8, 0);
  clock.nowMs += 10_000;
  expect(calls.figures()).toMatchObject({ perSecond: 0, count: 240 });
});

it("takes a single call in the first moment for no more than one a second", () => {
  const { calls, call } = watch();
  call({ PLAN: 10 });
  expect(calls.figures().perSecond).toBe(1);
});
