/** Answers that need nothing but entries: the quick way of `readNow`, and `stale` where nothing better can be had. */
import type { Lookup, RowBlock } from "../model/lookup.ts";
import type { SpanPool } from "../wire/span-pool.ts";
import type { CacheCounts } from "./cache-counts.ts";
import { type Entry, findRow, keyId, mayShowStale, Use, useOf } from "./entry.ts";
import { writeSpans } from "./packed-cells.ts";
import type { ReadShape, ReadShapes } from "./read-shape.ts";
import type { RowLru } from "./row-lru.ts";

/** Rows some of which are past their ttl, or suspect. */
export interface StaleRows {
  readonly blocks: readonly RowBlock[];
  /** Aligned with the lookups: for key k and view v, at k × views + v, milliseconds since its read began; 0 = it is as good as any. */
  readonly ages: readonly Float64Array[];
}

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
      const block = read.hasDisabled ? undefined : this.#block(read, keys, nowMs, undefined);
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

  /** @returns undefined unless every row is there and within `stale_for`; nothing is read anew */
  stale(lookups: readonly Lookup[], nowMs: number): StaleRows | undefined {
    const blocks: RowBlock[] = [];
    const ages: Float64Array[] = [];
    for (const { shape, keys } of lookups) {
      const read = this.#shapes.of(shape);
      const agesHere = new Float64Array(keys.length * read.views.length);
      const block = this.#block(read, keys, nowMs, agesHere);
      if (block === undefined) return undefined;
      blocks.push(block);
      ages.push(agesHere);
    }
    for (const agesHere of ages) for (const ageMs of agesHere) if (ageMs > 0) this.#counts.stale += 1;
    return { blocks, ages };
  }

  /** @param ages undefined = stale rows will not do */
  #block(
    read: ReadShape,
    keys: readonly Buffer[],
    nowMs: number,
    ages: Float64Array | undefined,
  ): RowBlock | undefined {
    const sourcesPerKey = read.views.length;
    const { stride } = read.shape;
    const sources = new Array<Buffer>(keys.length * sourcesPerKey);
    const spans = this.#spanPool.take(2 * keys.length * stride);
    for (let key = 0; key < keys.length; key += 1) {
      const entry = this.#lru.get(keyId(keys[key]!));
      if (entry === undefined || !this.#row(entry, read, key, sources, spans, nowMs, ages)) {
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
    ages: Float64Array | undefined,
  ): boolean {
    let from = entry.first;
    for (let index = 0; index < views.length; index += 1) {
      const view = views[index]!;
      const row = findRow(entry, from, view.state);
      if (row === undefined) return false;
      from = row.next;
      const use = useOf(row, nowMs);
      if (use !== Use.FRESH) {
        if (ages === undefined) {
          if (use === Use.NONE) return false;
          this.#swr += 1;
        } else {
          if (!mayShowStale(row, nowMs)) return false;
          ages[key * views.length + index] = Math.max(nowMs - row.readMs, Number.MIN_VALUE);
        }
      }
      if (!writeSpans(row.packed, row.fields, view, spans, key * shape.stride)) return false;
      sources[key * views.length + index] = row.packed;
      if (row.isAbsent) this.#negative += 1;
    }
    entry.isUsed = true;
    return true;
  }
}
