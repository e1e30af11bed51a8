import { describe, expect, test } from "vitest";
import { Admission } from "../../../src/admission/admission.ts";
import { InFlightLimit } from "../../../src/admission/in-flight-limit.ts";
import type { Priority } from "../../../src/model/request.ts";

interface Kit {
  readonly admission: Admission;
  loopLateMs: number;
  queueAgeMs: number;
  /** Each question is 40 ms after the one before. */
  nowMs: number;
  begin(priority: Priority, calls: number): void;
  isIn(priority: Priority): boolean;
}

function kit(minInFlight = 10): Kit {
  const made: Kit = {
    admission: new Admission({
      minInFlight,
      sliceMs: 10,
      loopLateMs: () => made.loopLateMs,
      queueAgeMs: () => made.queueAgeMs,
    }),
    loopLateMs: 0,
    queueAgeMs: 0,
    nowMs: 0,
    begin: (priority, calls) => {
      for (let call = 0; call < calls; call += 1) made.admission.began(priority);
    },
    isIn: (priority) => {
      made.nowMs += 40;
      return made.admission.refusal(priority, made.nowMs) === undefined;
    },
  };
  return made;
}

describe("Admission", () => {
  test("lets everybody in below min_in_flight, whatever waits", () => {
    const { begin, isIn, admission } = Object.assign(kit(), { loopLateMs: 99, queueAgeMs: 99 });
    begin("shadow", 9);
    expect([isIn("live"), isIn("batch"), isIn("shadow"), admission.isFull]).toEqual([true, true, true, false]);
  });

  test("lets everybody in while the loop is on time and the store's queue is short", () => {
    const made = kit();
    made.begin("live", 5000);
    Object.assign(made, { loopLateMs: 2.4, queueAgeMs: 2.4 });
    expect([made.isIn("live"), made.isIn("batch"), made.isIn("shadow")]).toEqual([true, true, true]);
    made.queueAgeMs = 2.5;
    // As after a stall.
    expect(made.isIn("live")).toBe(true);
    expect(made.isIn("live")).toBe(false);
    Object.assign(made, { loopLateMs: 2.5, queueAgeMs: 0 });
    expect(made.isIn("live")).toBe(false);
  });

  test("sends shadow calls away first, then batches, then predictions, which others cannot crowd out", () => {
    const made = kit();
    made.queueAgeMs = 5;
    expect(made.admission.figures).toEqual({ limit: 40, inFlight: 0 });
    made.begin("batch", 16);
    expect([made.isIn("live"), made.isIn("batch"), made.isIn("shadow")]).toEqual([true, true, false]);
    made.begin("batch", 12);
    expect([made.isIn("live"), made.isIn("batch"), made.isIn("shadow")]).toEqual([true, false, false]);
    made.begin("live", 39);
    expect(made.isIn("live")).toBe(true);
    made.begin("live", 1);
    expect([made.isIn("live"), made.isIn("live")]).toEqual([true, false]);
    for (let call = 0; call < 40; call += 1) made.admission.ended("live", undefined, 0);
    for (let call = 0; call < 28; call += 1) made.admission.ended("batch", undefined, 0);
    expect(made.admission.figures.inFlight).toBe(0);
    expect(made.isIn("shadow")).toBe(true);
  });

  test("what comes after a stall is let in for 30 ms, once, until there was some calm", () => {
    const made = kit(1);
    made.queueAgeMs = 5;
    made.begin("live", 4);
    const isIn = (nowMs: number): boolean => made.admission.refusal("live", nowMs) === undefined;
    expect([isIn(5000), isIn(5029.9), isIn(5030), isIn(5070), isIn(5120)]).toEqual([true, true, false, false, false]);
    expect([isIn(5171), isIn(5201)]).toEqual([true, false]);
    expect(made.admission.refusal("batch", 20_000)).toBeDefined();
  });

  test("a refusal says that trying again may help", () => {
    const made = kit(1);
    made.queueAgeMs = 5;
    made.begin("live", 4);
    expect(made.admission.refusal("live", 0)).toBeUndefined();
    expect(made.admission.refusal("live", 30)).toMatchObject({ code: "RESOURCE_EXHAUSTED", reason: "shed" });
  });
});

describe("InFlightLimit", () => {
  /** So many windows, each with answers that took so long. */
  function run(limit: InFlightLimit, windows: number, inFlight: number, ...tookMs: number[]): void {
    for (let window = 0; window < windows; window += 1) {
      startMs += 100;
      for (const took of tookMs) limit.answered(took, inFlight, startMs);
    }
  }
  let startMs = 0;

  test("falls while answers take longer than they used to, never below the least", () => {
    const limit = new InFlightLimit(64);
    expect(limit.value).toBe(256);
    run(limit, 20, 300, 1);
    const grown = limit.value;
    expect(grown).toBeGreaterThan(256);
    run(limit, 6, 5000, 10);
    expect(limit.value).toBeLessThan(grown / 2);
    run(limit, 20, 5000, 50);
    expect(limit.value).toBeGreaterThanOrEqual(64);
    expect(limit.value).toBeLessThan(120);
  });

  test("grows again when they are quick, and learns nothing while there is room", () => {
    const limit = new InFlightLimit(64);
    run(limit, 100, 10, 1);
    expect(limit.value).toBe(256);
    run(limit, 400, 100_000, 1);
    expect(limit.value).toBeGreaterThan(5000);
    run(limit, 4000, 1_000_000, 1);
    expect(limit.value).toBe(100_000);
  });

  test("is not moved by answers that were behind a stall, as long as others are quick", () => {
    const limit = new InFlightLimit(64);
    run(limit, 10, 300, 1);
    const before = limit.value;
    run(limit, 20, 5000, 30, 25, 1.1, 20);
    expect(limit.value).toBeGreaterThan(before);
  });
});
