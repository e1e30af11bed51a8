import { describe, expect, test } from "vitest";
import { ChunkPace } from "../../../../src/store/redis/lane/chunk-pace.ts";
import { LargeQueue } from "../../../../src/store/redis/lane/large-queue.ts";
import type { PendingRead } from "../../../../src/store/redis/lane/pending-read.ts";

/** As far as the queue looks at it. */
function read(name: string, sentMs: number, deadlineMs: number, more: Partial<PendingRead> = {}): PendingRead {
  return { name, sentMs, deadlineMs, sentCells: 0, settled: false, ...more } as unknown as PendingRead;
}

function order(nowMs: number, ...reads: PendingRead[]): string[] {
  const queue = new LargeQueue();
  for (const each of reads) queue.push(each);
  return reads.map(() => (queue.take(nowMs) as unknown as { name: string }).name);
}

describe("LargeQueue", () => {
  test("takes those whose time is up soon before those that have time, which take turns", () => {
    expect(order(1, read("batch", 0, Number.POSITIVE_INFINITY), read("long", 0, 5000), read("near", 0, 10))).toEqual([
      "near",
      "batch",
      "long",
    ]);
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
