import { beforeEach, expect, test } from "vitest";
import type { Lookup } from "../../../../src/model/lookup.ts";
import { ServeError } from "../../../../src/model/serve-error.ts";
import { type NodeRows, PendingRead } from "../../../../src/store/redis/lane/pending-read.ts";
import { SpanPool } from "../../../../src/wire/span-pool.ts";
import { lookupOf, rowHex, shapeOf } from "../lookup-fixture.ts";

const ONE = shapeOf(["v", "f"]);
const THREE = shapeOf(["v", "f", "g"]);
const NONE = shapeOf();

let outcomes: (readonly NodeRows[] | string)[];
beforeEach(() => {
  outcomes = [];
});

function readOf(...lookups: Lookup[]): PendingRead {
  // What the pool hands out is not clean.
  const pool = new SpanPool();
  pool.take(4000).fill(9);
  return new PendingRead(lookups, false, false, 5, pool, {
    answered: (_, rows) => outcomes.push(rows),
    failed: (_, error, word) => outcomes.push(`${word || "-"}: ${error.message}`),
  });
}

/** What the reader does with a row of one-byte cells. */
function row(read: PendingRead, ...cells: number[]): void {
  const at = 2 * read.key * read.stride;
  for (const [slot, cell] of cells.entries()) read.spans.set(cell < 0 ? [-1, -1] : [slot, slot + 1], at + 2 * slot);
  read.sources[read.key] = Buffer.from(cells.map((cell) => cell & 0xff));
  read.rowDone();
}

const rows = (): readonly NodeRows[] => outcomes[0] as readonly NodeRows[];

test("the cursor goes over keys and lookups, past those that ask nothing", () => {
  const read = readOf(
    lookupOf(NONE, "01"),
    lookupOf(ONE, "01", "02"),
    lookupOf(ONE),
    lookupOf(THREE, "03"),
    lookupOf(NONE),
  );
  expect([read.isEmpty, read.stride, read.key]).toEqual([false, 2, 0]);
  row(read, 1, 2);
  expect([read.stride, read.key]).toEqual([2, 1]);
  row(read, 3, -1);
  expect([read.stride, read.key, outcomes.length]).toEqual([3, 0, 0]);
  row(read, 4, 5, 6);
  expect(rowHex(rows()[1]!, ONE, 0)).toEqual(["01", "02"]);
  expect(rowHex(rows()[1]!, ONE, 1)).toEqual(["03", null]);
  expect(rowHex(rows()[3]!, THREE, 0)).toEqual(["04", "05", "06"]);
  expect(rows().map(({ sources }) => sources.length)).toEqual([1, 2, 0, 1, 0]);
  expect(rows().every(({ redirects, lagMs, isFromPrimary }) => !redirects && lagMs === 0 && !isFromPrimary)).toBe(true);
});

test("a key that lies elsewhere leaves an absent row, whatever stood in the memory, and its place", () => {
  const read = readOf(lookupOf(ONE, "01", "02", "03"), lookupOf(THREE, "04"));
  read.redirected("MOVED 5 10.0.0.1:6379");
  row(read, 1, 2);
  read.redirected("ASK 6 10.0.0.2:6379");
  read.redirected("MOVED 7 10.0.0.3:6379");
  expect(rows().map(({ redirects }) => redirects)).toEqual([
    [
      { key: 0, text: "MOVED 5 10.0.0.1:6379" },
      { key: 2, text: "ASK 6 10.0.0.2:6379" },
    ],
    [{ key: 0, text: "MOVED 7 10.0.0.3:6379" }],
  ]);
  expect([0, 1, 2].map((key) => rowHex(rows()[0]!, ONE, key))).toEqual([
    [null, null],
    ["01", "02"],
    [null, null],
  ]);
  expect(rowHex(rows()[1]!, THREE, 0)).toEqual([null, null, null]);
  expect(rows()[0]!.sources.every(Buffer.isBuffer)).toBe(true);
});

test("a read that asks nothing is answered when it is told to", () => {
  const read = readOf(lookupOf(NONE, "01", "02"), lookupOf(ONE));
  expect([read.isEmpty, outcomes]).toEqual([true, []]);
  read.succeed();
  expect(rows().map(({ sources }) => sources.length)).toEqual([2, 0]);
});

test("the first outcome counts, and what was read is let go", () => {
  const read = readOf(lookupOf(ONE, "01", "02"));
  row(read, 1, 2);
  read.fail(new ServeError("UNAVAILABLE", "no"), "LOADING");
  read.fail(new ServeError("UNAVAILABLE", "again"));
  expect([outcomes, read.settled, read.spans.length, read.sources]).toEqual([["LOADING: no"], true, 0, []]);
});

test("one that is abandoned tells nobody", () => {
  const read = readOf(lookupOf(ONE, "01"));
  read.abandon();
  read.fail(new ServeError("UNAVAILABLE", "no"));
  expect([outcomes, read.settled]).toEqual([[], true]);
});
