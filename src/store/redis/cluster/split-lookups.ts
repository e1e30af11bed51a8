/** Cuts a read into parts for several nodes; merge-blocks.ts puts their answers together. */
import type { Lookup } from "../../../model/lookup.ts";

/** Part of the keys that no part was named for. */
const NO_PART = -1;

/** What one node is asked. */
export interface LookupPart {
  /** Its number; −1 = the keys that belong to no part. */
  readonly part: number;
  /** Of the same shapes, with this part's keys; only those that have any. The list that was cut itself, when all is in this part. */
  readonly lookups: readonly Lookup[];
  /** For each of `lookups`, its place in the list that was cut. Empty when `lookups` is that list. */
  readonly lookupIndex: readonly number[];
  /** For each of `lookups` and each of its keys, the key's place in the lookup that was cut. Empty when `lookups` is that list. */
  readonly positions: readonly Int32Array[];
}

/** For each key of a read its part; grows to the largest read, calls are over before another one begins. */
let assigned = new Int32Array(1024);

/**
 * By key, for a cluster.
 * @param partOf number of a key's part, 0 … `parts` − 1; any other = none
 * @returns ascending parts that have keys, those without a part last; none when there are no keys. With one, nothing is copied
 */
export function splitLookups(
  lookups: readonly Lookup[],
  partOf: (key: Buffer) => number,
  parts: number,
): readonly LookupPart[] {
  prepare(lookups);
  const sizes = new Int32Array(parts + 1);
  let at = 0;
  for (let l = 0; l < lookups.length; l += 1) {
    const { keys } = lookups[l]!;
    for (let k = 0; k < keys.length; k += 1) {
      const part = partOf(keys[k]!);
      const place = part >= 0 && part < parts ? part : parts;
      assigned[at] = place;
      at += 1;
      sizes[place]! += 1;
    }
  }
  return cut(lookups, sizes, at);
}

/**
 * By size, for nodes that hold the same data: parts of about equally many cells, each a run of neighbouring keys.
 * @param parts at most this many, numbered from 0, with gaps where single rows are larger than a part
 * @returns as `splitLookups`
 */
export function evenly(lookups: readonly Lookup[], parts: number): readonly LookupPart[] {
  const keyCount = prepare(lookups);
  const used = Math.max(1, Math.min(parts, keyCount));
  let cells = 0;
  for (let l = 0; l < lookups.length; l += 1) cells += lookups[l]!.keys.length * costOf(lookups[l]!);
  const sizes = new Int32Array(used + 1);
  let at = 0;
  let before = 0;
  for (let l = 0; l < lookups.length; l += 1) {
    const cost = costOf(lookups[l]!);
    for (let k = lookups[l]!.keys.length; k > 0; k -= 1) {
      const part = Math.floor((before * used) / cells);
      assigned[at] = part;
      at += 1;
      before += cost;
      sizes[part]! += 1;
    }
  }
  return cut(lookups, sizes, at);
}

/** A row without slots is not read, but stands in the answer. */
function costOf({ shape }: Lookup): number {
  return Math.max(1, shape.stride);
}

/** @returns how many keys there are */
function prepare(lookups: readonly Lookup[]): number {
  let keyCount = 0;
  for (let l = 0; l < lookups.length; l += 1) keyCount += lookups[l]!.keys.length;
  if (keyCount > assigned.length) assigned = new Int32Array(2 * keyCount);
  return keyCount;
}

/** @param sizes keys of each part, of those without one at the end @param keyCount sum of `sizes` */
function cut(lookups: readonly Lookup[], sizes: Int32Array, keyCount: number): readonly LookupPart[] {
  const found: LookupPart[] = [];
  for (let place = 0; place < sizes.length; place += 1) {
    const size = sizes[place]!;
    if (size === 0) continue;
    const part = place === sizes.length - 1 ? NO_PART : place;
    if (size === keyCount) return [{ part, lookups, lookupIndex: [], positions: [] }];
    found.push({ part, ...pick(lookups, place) });
  }
  return found;
}

function pick(lookups: readonly Lookup[], place: number): Omit<LookupPart, "part"> {
  const picked: Lookup[] = [];
  const lookupIndex: number[] = [];
  const positions: Int32Array[] = [];
  let first = 0;
  for (let l = 0; l < lookups.length; l += 1) {
    const { shape, keys } = lookups[l]!;
    let count = 0;
    for (let k = 0; k < keys.length; k += 1) if (assigned[first + k] === place) count += 1;
    if (count > 0) {
      const own = new Array<Buffer>(count);
      const places = new Int32Array(count);
      let at = 0;
      for (let k = 0; k < keys.length; k += 1) {
        if (assigned[first + k] !== place) continue;
        own[at] = keys[k]!;
        places[at] = k;
        at += 1;
      }
      picked.push({ shape, keys: own });
      lookupIndex.push(l);
      positions.push(places);
    }
    first += keys.length;
  }
  return { lookups: picked, lookupIndex, positions };
}
