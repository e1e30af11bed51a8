import { beforeEach, expect, test } from "vitest";
import { ServeError } from "../../../../src/model/serve-error.ts";
import { DueReplies, type ReplyOwner } from "../../../../src/store/redis/lane/due-replies.ts";
import { PendingRead } from "../../../../src/store/redis/lane/pending-read.ts";
import { SpanPool } from "../../../../src/wire/span-pool.ts";
import { lookupOf, shapeOf } from "../lookup-fixture.ts";

const GONE = new ServeError("UNAVAILABLE", "gone");

let done: [ReplyOwner, number][];
let lost: ReplyOwner[];
let due: DueReplies;
beforeEach(() => {
  done = [];
  lost = [];
  due = new DueReplies(
    (owner, sentMs) => done.push([owner, sentMs]),
    (owner) => lost.push(owner),
  );
});

function owner(): ReplyOwner {
  return { wantsValue: true, take: () => {} };
}

function read(failed: (error: ServeError) => void): PendingRead {
  const spans = new SpanPool();
  return new PendingRead([lookupOf(shapeOf(["v", "f"]), "aa")], false, false, 0, spans, {
    answered: () => {},
    failed: (_, error) => failed(error),
  });
}

test("order and moments are kept through growth and wrapping", () => {
  const expected: [ReplyOwner, number][] = [];
  for (let round = 1; round < 200; round += 1) {
    for (let i = 0; i < round % 7; i += 1) {
      const entry = [owner(), expected.length * 10] as [ReplyOwner, number];
      due.push(entry[0], 1 + (expected.length % 3), 10, entry[1]);
      expected.push(entry);
    }
    for (let i = 0; i < round % 5 && due.length > 0; i += 1) due.replied();
  }
  expect(due.length).toBeGreaterThan(64);
  expect(due.cells).toBe(10 * due.length);
  expect(due.oldestSentMs).toBe(10 * done.length);
  while (due.head() !== undefined) due.replied();
  expect(done.map(([who]) => who)).toEqual(expected.map(([who]) => who));
  expect(done.map(([, sentMs]) => sentMs)).toEqual(expected.map(([, sentMs]) => sentMs));
  expect([due.length, due.cells]).toEqual([0, 0]);
});

test("the oldest command is the one whose replies are due, until the last of them has come", () => {
  expect(due.oldestSentMs).toBe(Number.POSITIVE_INFINITY);
  due.push(owner(), 2, 1, 5);
  due.push(owner(), 1, 1, 8);
  expect(due.oldestSentMs).toBe(5);
  due.replied();
  expect([due.oldestSentMs, done.length]).toEqual([5, 0]);
  due.replied();
  expect([due.oldestSentMs, done.length]).toEqual([8, 1]);
  due.replied();
  expect(due.oldestSentMs).toBe(Number.POSITIVE_INFINITY);
});

test("when the connection is gone each entry is lost once, and each read that waits has failed", () => {
  const errors: ServeError[] = [];
  const waiting = read((error) => errors.push(error));
  const late = read((error) => errors.push(error));
  late.abandon();
  const entries = [owner(), waiting, late, waiting];
  for (const entry of entries) due.push(entry, 1, 10, 0);
  due.failAll(GONE);
  expect(lost).toEqual(entries);
  expect([errors, done]).toEqual([[GONE], []]);
  expect([due.length, due.cells, due.oldestSentMs]).toEqual([0, 0, Number.POSITIVE_INFINITY]);
  due.failAll(GONE);
  expect(lost).toHaveLength(4);
});

test("a read that is sent again while others fail is not lost with them", () => {
  const again = owner();
  due.push(
    read(() => due.push(again, 1, 7, 3)),
    1,
    10,
    0,
  );
  due.push(
    read(() => {}),
    1,
    10,
    0,
  );
  due.failAll(GONE);
  expect([lost.length, due.length, due.cells, due.oldestSentMs]).toEqual([2, 1, 7, 3]);
  expect(due.head()).toBe(again);
  due.replied();
  expect(done).toEqual([[again, 3]]);
});
