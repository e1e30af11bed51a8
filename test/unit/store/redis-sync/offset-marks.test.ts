import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { OffsetMarks } from "../../../../src/store/redis/sync/offset-marks.ts";

const MAX_LAG_MS = 1000;
/** Highs closer than this share a mark. */
const SPACING_MS = (4 * MAX_LAG_MS) / 64;

function marks(...notes: readonly (readonly [offset: number, atMs: number])[]): OffsetMarks {
  const it = new OffsetMarks(MAX_LAG_MS);
  for (const [offset, atMs] of notes) it.note("a", offset, atMs);
  return it;
}

describe("one id", () => {
  test("level with the highest, or above it, is not behind", () => {
    const it = marks([100, 0], [200, 250]);
    expect(it.highest("a")).toBe(200);
    expect(it.behindMs("a", 200, 5000)).toBe(0);
    expect(it.behindMs("a", 201, 5000)).toBe(0);
  });

  test("behind counts from when the high passed the offset, not from the offset's own time", () => {
    const it = marks([100, 0], [200, 250], [300, 10_000]);
    // Level until 10,000, whatever time passed before.
    expect(it.behindMs("a", 200, 10_005)).toBe(5);
    expect(it.behindMs("a", 299, 10_005)).toBe(5);
    expect(it.behindMs("a", 199, 10_005)).toBe(9755);
  });

  test("below the first offset ever seen nobody knows for how long", () => {
    const it = marks([100, 0]);
    expect(it.behindMs("a", 99, 1)).toBe(Number.POSITIVE_INFINITY);
    expect(it.behindMs("a", 100, 1)).toBe(0);
  });

  test("lower offsets are another node's and change nothing", () => {
    const it = marks([100, 0], [200, 250], [150, 500]);
    expect(it.highest("a")).toBe(200);
    expect(it.behindMs("a", 150, 500)).toBe(250);
  });

  test("the history is bounded, reaches back 4 × max_lag, and before it everything is Infinity", () => {
    const it = marks();
    // A high every millisecond for 20 s.
    for (let atMs = 0; atMs <= 20_000; atMs += 1) it.note("a", 1000 + atMs, atMs);
    expect(it.behindMs("a", 1000 + 17_000, 20_000)).toBeGreaterThanOrEqual(2999);
    expect(it.behindMs("a", 1000 + 17_000, 20_000)).toBeLessThanOrEqual(3000 + SPACING_MS);
    expect(it.behindMs("a", 1000 + 16_100, 20_000)).toBeLessThan(Number.POSITIVE_INFINITY);
    expect(it.behindMs("a", 1000 + 15_000, 20_000)).toBe(Number.POSITIVE_INFINITY);
  });

  test("no offset at all, and an offset that is no number, is behind", () => {
    expect(marks().behindMs("a", 1, 0)).toBe(Number.POSITIVE_INFINITY);
    expect(marks([1, 0]).behindMs("a", Number.NaN, 0)).toBe(Number.POSITIVE_INFINITY);
    expect(marks().highest("a")).toBeUndefined();
  });

  test("property: as a plain list of everything seen says, or longer by a mark's spacing, never shorter", () => {
    const step = fc.record({ gainOffset: fc.integer({ min: -50, max: 100 }), gapMs: fc.integer({ min: 0, max: 300 }) });
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 1, maxLength: 200 }),
        fc.integer({ min: 0, max: 20_000 }),
        (steps, at) => {
          const it = new OffsetMarks(MAX_LAG_MS);
          const seen: (readonly [offset: number, atMs: number])[] = [];
          let offset = 1000;
          let nowMs = 0;
          for (const { gainOffset, gapMs } of steps) {
            offset += gainOffset;
            nowMs += gapMs;
            it.note("a", offset, nowMs);
            seen.push([offset, nowMs]);
          }
          const highest = Math.max(...seen.map(([one]) => one));
          expect(it.highest("a")).toBe(highest);
          const asked = 900 + at;
          const behindMs = it.behindMs("a", asked, nowMs);
          if (asked >= highest) expect(behindMs).toBe(0);
          else if (asked < seen[0]![0]) expect(behindMs).toBe(Number.POSITIVE_INFINITY);
          else {
            const trueMs = nowMs - seen.find(([one]) => one > asked)![1];
            expect(behindMs).toBeGreaterThanOrEqual(trueMs);
            // Within what the history must reach back, it is exact to a mark.
            if (trueMs <= 3 * MAX_LAG_MS) expect(behindMs).toBeLessThanOrEqual(trueMs + SPACING_MS);
          }
        },
      ),
    );
  });
});

describe("several ids", () => {
  test("are kept apart, eight of them; the one noted least recently goes", () => {
    const it = new OffsetMarks(MAX_LAG_MS);
    for (let id = 0; id < 8; id += 1) it.note(`id${id}`, 100 + id, id);
    it.note("id0", 50, 10);
    it.note("id8", 500, 11);
    expect(it.highest("id1")).toBeUndefined();
    expect(it.highest("id0")).toBe(100);
    expect(it.highestOfAll()).toBe(500);
  });

  test("a primary under a new id leaves those of the old one behind from then on", () => {
    const it = new OffsetMarks(MAX_LAG_MS);
    it.notePrimary("old", 100, 0);
    expect(it.isAtHighest("old", 100)).toBe(true);
    it.notePrimary("new", 101, 5000);
    it.notePrimary("new", 150, 5250);
    expect(it.behindMs("old", 100, 5400)).toBe(400);
    expect(it.isAtHighest("old", 100)).toBe(false);
    expect(it.behindMs("new", 150, 5400)).toBe(0);
    expect(it.isAtHighest("new", 150)).toBe(true);
  });

  test("where ids are not told, a primary below the mark is a new one", () => {
    const it = new OffsetMarks(MAX_LAG_MS);
    it.notePrimary("", 1000, 0);
    it.note("", 990, 1);
    expect(it.highest("")).toBe(1000);
    it.notePrimary("", 20, 300);
    expect(it.highest("")).toBe(20);
    expect(it.behindMs("", 20, 400)).toBe(0);
  });

  test("level is nobody whose id was never noted", () => {
    expect(new OffsetMarks(MAX_LAG_MS).isAtHighest("a", 1e9)).toBe(false);
  });
});
