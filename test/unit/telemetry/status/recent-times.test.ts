/** Buckets against the numbers they stand for, quantiles against exact ones, and what becomes of what is older than a minute. */
import { describe, expect, it } from "vitest";
import { BUCKETS, bucketOf, middleUs } from "../../../../src/telemetry/status/duration-buckets.ts";
import { RecentCounts, WINDOW_MS, WINDOWS } from "../../../../src/telemetry/status/recent-counts.ts";
import { RecentTimes } from "../../../../src/telemetry/status/recent-times.ts";
import { createRandom } from "../../../helpers/random.ts";

describe("duration buckets", () => {
  it("rise with the duration, leave none out, and are within 4 % of it", () => {
    let last = -1;
    for (let us = 0; us < 70_000; us += 1) {
      const bucket = bucketOf(us);
      expect(bucket === last || bucket === last + 1).toBe(true);
      expect(Math.abs(middleUs(bucket) - us)).toBeLessThanOrEqual(us * 0.04);
      last = bucket;
    }
  });

  it("end with one for all that is longer", () => {
    expect(bucketOf(2 ** 24 - 1)).toBe(BUCKETS - 1);
    expect(bucketOf(3e9)).toBe(BUCKETS - 1);
    expect(bucketOf(2 ** 23)).toBeLessThan(BUCKETS - 1);
  });
});

describe("RecentTimes", () => {
  const exact = (sorted: readonly number[], share: number): number => sorted[Math.ceil(sorted.length * share) - 1]!;

  it.each([1, 7, 100, 5_000])("has the quantiles of %i random durations, within 4 %", (count) => {
    const random = createRandom(count);
    const times = new RecentTimes(2, 0);
    // Five decades, evenly on a logarithmic scale.
    const drawn = Array.from({ length: count }, () => Math.round(10 ** (random.next() * 5)));
    for (const us of drawn) times.addOne(1, us, random.next() * 50_000);
    const [none, figures] = times.figures(50_000);
    expect(none).toEqual({ count: 0, meanUs: 0, p50Us: 0, p99Us: 0, p999Us: 0 });
    const sorted = drawn.toSorted((one, other) => one - other);
    expect(figures!.count).toBe(count);
    expect(figures!.meanUs).toBeCloseTo(drawn.reduce((sum, us) => sum + us, 0) / count, 6);
    for (const [found, share] of [
      [figures!.p50Us, 0.5],
      [figures!.p99Us, 0.99],
      [figures!.p999Us, 0.999],
    ] as const) {
      const wanted = exact(sorted, share);
      expect(Math.abs(found - wanted), `${share}: ${found} for ${wanted}`).toBeLessThanOrEqual(0.04 * wanted);
    }
  });
});

describe("RecentCounts", () => {
  it("forgets what is a minute old, window by window, and nothing before", () => {
    const counts = new RecentCounts(2, 0);
    for (let window = 0; window < WINDOWS; window += 1) counts.add(window % 2, 1, window * WINDOW_MS);
    const fullMs = WINDOWS * WINDOW_MS - 1;
    expect([...counts.sums(fullMs)]).toEqual([WINDOWS / 2, WINDOWS / 2]);
    expect([...counts.sums(fullMs + 1)]).toEqual([WINDOWS / 2 - 1, WINDOWS / 2]);
    expect([...counts.sums(fullMs + 1 + WINDOW_MS)]).toEqual([WINDOWS / 2 - 1, WINDOWS / 2 - 1]);
  });

  it("is empty after a long silence, and counts on", () => {
    const counts = new RecentCounts(1, 0);
    counts.add(0, 5, 10);
    expect([...counts.sums(3_600_000)]).toEqual([0]);
    counts.add(0, 2, 3_600_001);
    expect([...counts.sums(3_600_001)]).toEqual([2]);
  });

  it("counts what comes late to the window that runs", () => {
    const counts = new RecentCounts(1, 0);
    counts.add(0, 1, WINDOW_MS + 1);
    counts.add(0, 1, WINDOW_MS - 1);
    expect([...counts.sums(WINDOW_MS + 1, 1)]).toEqual([2]);
  });

  it("says how far its windows reach back, which is not before it began", () => {
    const counts = new RecentCounts(1, 7_000);
    expect(counts.spanMs(7_500)).toBe(500);
    expect(counts.spanMs(62_000)).toBe(55_000);
    expect(counts.spanMs(162_000)).toBe(57_000);
    expect(counts.spanMs(162_000, 2)).toBe(7_000);
  });
});
