import { expect, test } from "vitest";
import type { Lookup, RowBlock } from "../../../../src/model/lookup.ts";
import { BlockMerger } from "../../../../src/store/redis/cluster/merge-blocks.ts";
import { evenly, splitLookups } from "../../../../src/store/redis/cluster/split-lookups.ts";
import { createRandom } from "../../../helpers/random.ts";
import { shapeOf } from "../lookup-fixture.ts";

const NARROW = shapeOf(["a", "x"]);
const WIDE = shapeOf(["a", "x", "y"], ["b", "z"]);
const NOTHING = { views: [], stride: 0 };

const lookup = (shape: Lookup["shape"], ...keys: number[]): Lookup => ({
  shape,
  keys: keys.map((key) => Buffer.of(key)),
});
const numbers = (keys: readonly Buffer[]): number[] => keys.map((key) => key[0]!);
const residue = (parts: number) => (key: Buffer) => key[0]! % parts;

/** Rows as a node would answer: cell s of key k is two bytes that name both; every third cell is absent. */
function answer(lookups: readonly Lookup[]): RowBlock[] {
  return lookups.map(({ shape, keys }) => {
    const spans = new Int32Array(2 * keys.length * shape.stride);
    const sources = keys.map((key, k) => {
      const bytes = Buffer.alloc(1 + 2 * shape.stride);
      for (let slot = 0; slot < shape.stride; slot += 1) {
        bytes[1 + 2 * slot] = key[0]!;
        bytes[2 + 2 * slot] = slot;
        const at = 2 * (k * shape.stride + slot);
        const isAbsent = (key[0]! + slot) % 3 === 0;
        spans[at] = isAbsent ? -1 : 1 + 2 * slot;
        spans[at + 1] = isAbsent ? -1 : 3 + 2 * slot;
      }
      return bytes;
    });
    return { sources, spans, lagMs: 0 };
  });
}

function merged(lookups: readonly Lookup[], parts: ReturnType<typeof splitLookups>): readonly RowBlock[] {
  const merger = new BlockMerger(lookups);
  for (const part of parts.toReversed()) merger.put(part, answer(part.lookups));
  return merger.blocks();
}

test("keys go to their parts, with their places", () => {
  const lookups = [lookup(NARROW, 1, 2, 3, 4), lookup(WIDE, 5, 7), lookup(NARROW, 6)];
  const parts = splitLookups(lookups, residue(2), 2);
  expect(parts.map(({ part }) => part)).toEqual([0, 1]);
  expect(parts.map((part) => part.lookups.map(({ keys }) => numbers(keys)))).toEqual([
    [[2, 4], [6]],
    [
      [1, 3],
      [5, 7],
    ],
  ]);
  expect(parts.map(({ lookupIndex }) => lookupIndex)).toEqual([
    [0, 2],
    [0, 1],
  ]);
  expect(parts.map(({ positions }) => positions.map((places) => [...places]))).toEqual([
    [[1, 3], [0]],
    [
      [0, 2],
      [0, 1],
    ],
  ]);
  expect(parts[0]!.lookups[1]!.shape).toBe(NARROW);
  expect(merged(lookups, parts)).toEqual(answer(lookups));
});

test("one part is the read itself, and its answer is handed through", () => {
  const lookups = [lookup(NARROW, 2, 4), lookup(WIDE), lookup(NARROW, 6)];
  for (const parts of [splitLookups(lookups, residue(2), 2), evenly(lookups, 1), evenly([lookup(WIDE, 1)], 3)]) {
    expect(parts).toHaveLength(1);
  }
  const parts = splitLookups(lookups, residue(2), 2);
  expect(parts[0]!.lookups).toBe(lookups);
  const blocks = answer(lookups);
  const merger = new BlockMerger(lookups);
  merger.put(parts[0]!, blocks);
  expect(merger.blocks()).toBe(blocks);
});

test("keys that nobody has are a part of their own", () => {
  const lookups = [lookup(NARROW, 1, 2, 3, 9)];
  const parts = splitLookups(lookups, (key) => (key[0] === 2 ? -1 : key[0] === 9 ? 7 : 0), 1);
  expect(parts.map(({ part, lookups: [first] }) => [part, numbers(first!.keys)])).toEqual([
    [0, [1, 3]],
    [-1, [2, 9]],
  ]);
  expect(splitLookups(lookups, () => -1, 1)).toMatchObject([{ part: -1 }]);
});

test("a read without keys has no parts and empty blocks", () => {
  const lookups = [lookup(WIDE), lookup(NARROW)];
  expect(splitLookups(lookups, residue(2), 2)).toEqual([]);
  expect(evenly(lookups, 3)).toEqual([]);
  expect(merged(lookups, [])).toEqual(answer(lookups));
});

test("rows that have not come are an error, not rows of nulls", () => {
  const lookups = [lookup(NARROW, 1, 2)];
  const [first, second] = splitLookups(lookups, residue(2), 2);
  const merger = new BlockMerger(lookups);
  expect(() => merger.blocks()).toThrow("2 rows have not been read");
  merger.put(first!, answer(first!.lookups));
  expect(() => merger.blocks()).toThrow("1 rows have not been read");
  expect(() => merger.put(second!, [{ sources: [], spans: new Int32Array(0) }])).toThrow(RangeError);
  expect(() => merger.put(second!, [])).toThrow(RangeError);
});

test("an even cut counts cells, not rows", () => {
  const keys = Array.from({ length: 100 }, (_, key) => key);
  const lookups = [lookup(NARROW, ...keys), lookup(WIDE, ...keys)];
  const parts = evenly(lookups, 4);
  expect(parts.map(({ part }) => part)).toEqual([0, 1, 2, 3]);
  const cells = parts.map((part) => part.lookups.reduce((sum, it) => sum + it.keys.length * it.shape.stride, 0));
  for (const count of cells) expect(Math.abs(count - 700 / 4)).toBeLessThanOrEqual(WIDE.stride);
  expect(merged(lookups, parts)).toEqual(answer(lookups));
});

test("any cut of any read comes together again", () => {
  const { below } = createRandom(7);
  for (let round = 0; round < 300; round += 1) {
    const lookups = Array.from({ length: below(5) }, () => {
      const shape = [NARROW, WIDE, NOTHING][below(3)]!;
      return lookup(shape, ...Array.from({ length: below(12) }, () => below(256)));
    });
    const count = 1 + below(6);
    expect(merged(lookups, splitLookups(lookups, residue(count + 1), count))).toEqual(answer(lookups));
    expect(merged(lookups, evenly(lookups, count))).toEqual(answer(lookups));
  }
});

test("a read larger than all before", () => {
  const lookups = [{ shape: NARROW, keys: Array.from({ length: 5000 }, (_, i) => Buffer.of(i % 251)) }];
  expect(merged(lookups, splitLookups(lookups, residue(7), 7))).toEqual(answer(lookups));
});
