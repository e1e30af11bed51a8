import { describe, expect, test } from "vitest";
import { ChunkPace } from "../../../../src/store/redis/lane/chunk-pace.ts";
import { LargeQueue } from "../../../../src/store/redis/lane/large-queue.ts";
import type { PendingRead } from "../../../../src/store/redis/lane/pending-read.ts";

/** As far as the queue looks at it. */
function read(name: string, sentMs: number, deadlineMs: number, more: Partial<PendingRead> = {}): PendingRead {
  return {
    name,
    sentMs,
    deadlineMs,
    cells: 100,
    sentCells: 0,
    settled: false,
    isLive: true,
    ...more,
  } as unknown as PendingRead;
}

const nameOf = (each: PendingRead): string => (each as unknown as { name: string }).name;

function order(nowMs: number, ...reads: PendingRead[]): string[] {
  const queue = new LargeQueue();
  for (const each of reads) queue.push(each);
  return reads.map(() => nameOf(queue.take(nowMs)));
}

describe("LargeQueue", () => {
  test("takes those of predictions before all others, whose time is up sooner or not", () => {
    const batch = read("batch", 0, 50, { isLive: false, sentCells: 5 });
    const shadow = read("shadow", 0, Number.POSITIVE_INFINITY, { isLive: false });
    expect(order(1, shadow, batch, read("live", 1, 11), read("long", 0, 5000))).toEqual([
      ...["live", "long", "batch", "shadow"],
    ]);
  });

  test("takes those whose time is up soon before those that have time, of which the shortest first", () => {
    const much = read("much", 0, 5000, { cells: 1000 });
    const begun = read("begun", 0, 5000, { cells: 150, sentCells: 100 });
    expect(order(1, much, begun, read("little", 0, Number.POSITIVE_INFINITY), read("near", 0, 10))).toEqual([
      ...["near", "begun", "little", "much"],
    ]);
  });

  test("every eighth turn is for what was begun, or has waited for a second", () => {
    const queue = new LargeQueue();
    const huge = read("huge", 0, Number.POSITIVE_INFINITY, { cells: 1_000_000 });
    queue.push(huge);
    const taken = (nowMs: number): string => {
      queue.push(read("little", nowMs, Number.POSITIVE_INFINITY));
      return nameOf(queue.take(nowMs));
    };
    const times = (nowMs: number): number => {
      const names = Array.from({ length: 8 }, () => taken(nowMs));
      const { length } = names.filter((name) => name === "huge");
      if (length > 0) queue.push(huge);
      return length;
    };
    expect([times(500), times(1001)]).toEqual([0, 1]);
    Object.assign(huge, { sentMs: 1500, sentCells: 1024 });
    expect(times(1501)).toBe(1);
  });

  test("goes on with a prediction that was begun before one that has waited for long", () => {
    const begun = read("begun", 2000, 2010, { sentCells: 5 });
    for (let turn = 0; turn < 8; turn += 1) {
      expect(order(2005, read("long", 0, Number.POSITIVE_INFINITY, { cells: 1000 }), begun)).toEqual(["begun", "long"]);
    }
  });

  test("says whether another one would be read instead that matters as much", () => {
    const queue = new LargeQueue();
    const live = read("live", 0, 10);
    const batch = read("batch", 0, 10, { isLive: false });
    expect([queue.hasRivalOf(live), queue.hasRivalOf(batch), queue.hasLive]).toEqual([false, false, false]);
    queue.push(read("other batch", 0, 10, { isLive: false }));
    expect([queue.hasRivalOf(live), queue.hasRivalOf(batch), queue.hasLive]).toEqual([false, true, false]);
    queue.push(read("gone", 0, 10, { settled: true }));
    expect([queue.hasRivalOf(live), queue.hasLive]).toEqual([false, false]);
    queue.push(read("other", 0, 10));
    expect([queue.hasRivalOf(live), queue.hasRivalOf(batch), queue.hasLive]).toEqual([true, true, true]);
  });

  test("takes the oldest first while there is time for all", () => {
    expect(order(2, read("a", 0, 10), read("b", 1, 11), read("c", 2, 12))).toEqual(["a", "b", "c"]);
  });

  test("takes the newest first while there is too much to do, but goes on with what was begun", () => {
    const begun = read("begun", 0, 10, { sentCells: 5 });
    expect(order(6, read("a", 1, 11), begun, read("b", 4, 14), read("c", 6, 16))).toEqual(["begun", "c", "b", "a"]);
  });

  test("takes what nobody wants any more out of the way at once", () => {
    expect(order(6, read("a", 1, 11), read("gone", 0, 10, { settled: true }))[0]).toBe("gone");
    const left = read("left", 1, 11, { caller: { cancelled: true } });
    expect(order(6, read("a", 1, 11), left)[0]).toBe("left");
    const queue = new LargeQueue();
    queue.push(read("gone", 1, 10, { settled: true }));
    expect(queue.oldestMs).toBe(Number.POSITIVE_INFINITY);
    queue.push(read("a", 3, 13));
    expect([queue.oldestMs, queue.length, queue.takeAll().length, queue.length]).toEqual([3, 2, 2, 0]);
  });
});

test("ChunkPace follows the latest chunks, and one that took very long counts for little", () => {
  const pace = new ChunkPace();
  expect(pace.msPerCell).toBe(0);
  for (let chunk = 0; chunk < 5; chunk += 1) pace.done(chunk * 10, chunk * 10 + 1, 1000);
  expect(pace.msPerCell).toBeCloseTo(0.001, 6);
  // Sent while the one before was under way: it took from that one's end on.
  pace.done(40, 42, 1000);
  expect(pace.msPerCell).toBeCloseTo(0.001, 6);
  pace.done(50, 1050, 1000);
  expect(pace.msPerCell).toBeLessThan(0.002);
  for (let chunk = 0; chunk < 40; chunk += 1) pace.done(2000 + chunk * 10, 2003 + chunk * 10, 1000);
  expect(pace.msPerCell).toBeCloseTo(0.003, 4);
});

test("ChunkPace learns nothing of chunks that are too short", () => {
  const pace = new ChunkPace(1000);
  pace.done(0, 1, 1000);
  pace.done(1, 3, 256);
  expect(pace.msPerCell).toBe(0.001);
});
