/** Answers that need nothing but entries: the quick way of `readNow`, and `held` for calls that nothing better can be had for. */
import type { HeldRows } from "../model/held-rows.ts";
import type { Lookup, RowBlock } from "../model/lookup.ts";
import type { SpanPool } from "../wire/span-pool.ts";
import type { CacheCounts } from "./cache-counts.ts";
import { type Entry, findRow, keyId, mayShowStale, Use, useOf } from "./entry.ts";
import { writeSpans } from "./packed-cells.ts";
import type { ReadShape, ReadShapes } from "./read-shape.ts";
import type { RowLru } from "./row-lru.ts";

export class HitReader {
  readonly #lru: RowLru;
  readonly #shapes: ReadShapes;
  readonly #counts: CacheCounts;
  readonly #spanPool: SpanPool;
  /** Of the call under way. */
  #negative = 0;
  #swr = 0;

  constructor(lru: RowLru, shapes: ReadShapes, counts: CacheCounts, spanPool: SpanPool) {
    this.#lru = lru;
    this.#shapes = shapes;
    this.#counts = counts;
    this.#spanPool = spanPool;
  }

  /** Rows past their ttl were among those of the last answer: they are to be read anew. */
  get needsReload(): boolean {
    return this.#swr > 0;
  }

  /** @returns undefined unless every row is a hit; counts only then */
  read(lookups: readonly Lookup[], nowMs: number): readonly RowBlock[] | undefined {
    this.#negative = 0;
    this.#swr = 0;
    const blocks = new Array<RowBlock>(lookups.length);
    for (let index = 0; index < lookups.length; index += 1) {
      const { shape, keys } = lookups[index]!;
      const read = this.#shapes.of(shape);
      const block = read.hasDisabled ? undefined : this.#block(read, keys, nowMs);
      if (block === undefined) {
        this.#swr = 0;
        return undefined;
      }
      blocks[index] = block;
    }
    for (let index = 0; index < lookups.length; index += 1) {
      const { views } = this.#shapes.of(lookups[index]!.shape);
      const { length } = lookups[index]!.keys;
      for (let view = 0; view < views.length; view += 1) views[view]!.state.hits += length;
    }
    this.#counts.requests.hits += 1;
    this.#counts.negativeHits += this.#negative;
    this.#counts.swrHits += this.#swr;
    return blocks;
  }

  /** What there is, within `stale_for`; counts nothing, and nothing is read anew. */
  held(lookups: readonly Lookup[], nowMs: number): HeldRows {
    const blocks: RowBlock[] = [];
    const ages: Float64Array[] = [];
    for (const { shape, keys } of lookups) {
      const read = this.#shapes.of(shape);
      const sourcesPerKey = read.views.length;
      const sources = new Array<Buffer>(keys.length * sourcesPerKey);
      const spans = this.#spanPool.take(2 * keys.length * shape.stride);
      const agesHere = new Float64Array(sources.length).fill(-1);
      for (const [key, bytes] of keys.entries()) {
        const entry = this.#lru.get(keyId(bytes));
        if (entry !== undefined) heldRows(entry, read, key, sources, spans, agesHere, nowMs);
      }
      blocks.push({ sources, sourcesPerKey, spans });
      ages.push(agesHere);
    }
    return { blocks, ages };
  }

  #block(read: ReadShape, keys: readonly Buffer[], nowMs: number): RowBlock | undefined {
    const sourcesPerKey = read.views.length;
    const { stride } = read.shape;
    const sources = new Array<Buffer>(keys.length * sourcesPerKey);
    const spans = this.#spanPool.take(2 * keys.length * stride);
    for (let key = 0; key < keys.length; key += 1) {
      const entry = this.#lru.get(keyId(keys[key]!));
      if (entry === undefined || !this.#row(entry, read, key, sources, spans, nowMs)) {
        // Nobody has seen it.
        this.#spanPool.untake(2 * keys.length * stride);
        return undefined;
      }
    }
    return { sources, sourcesPerKey, spans };
  }

  #row(
    entry: Entry,
    { views, shape }: ReadShape,
    key: number,
    sources: Buffer[],
    spans: Int32Array,
    nowMs: number,
  ): boolean {
    let from = entry.first;
    for (let index = 0; index < views.length; index += 1) {
      const view = views[index]!;
      const row = findRow(entry, from, view.state);
      if (row === undefined) return false;
      from = row.next;
      const use = useOf(row, nowMs);
      if (use === Use.NONE) return false;
      if (use === Use.SWR) this.#swr += 1;
      if (!writeSpans(row.packed, row.fields, view, spans, key * shape.stride)) return false;
      sources[key * views.length + index] = row.packed;
      if (row.isAbsent) this.#negative += 1;
    }
    entry.isUsed = true;
    return true;
  }
}

/** Those of a key's rows that are good, or may be shown as stale. */
function heldRows(
  entry: Entry,
  { views, shape }: ReadShape,
  key: number,
  sources: Buffer[],
  spans: Int32Array,
  ages: Float64Array,
  nowMs: number,
): void {
  for (const [index, view] of views.entries()) {
    const row = findRow(entry, entry.first, view.state);
    if (row === undefined || view.state.isDisabled) continue;
    const isGood = useOf(row, nowMs) !== Use.NONE;
    if (!isGood && !mayShowStale(row, nowMs)) continue;
    if (!writeSpans(row.packed, row.fields, view, spans, key * shape.stride)) continue;
    const place = key * views.length + index;
    sources[place] = row.packed;
    ages[place] = isGood ? 0 : Math.max(nowMs - row.readMs, Number.MIN_VALUE);
  }
}
