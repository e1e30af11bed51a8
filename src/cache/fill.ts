/** Keeps the rows that a load brought, those of them that may be kept. */
import type { Refusal } from "../model/cache-figures.ts";
import { feedOf, type RowBlock, type RowFeed, sourceOf } from "../model/lookup.ts";
import type { CacheCounts } from "./cache-counts.ts";
import { CachedRow, type Entry, findRow } from "./entry.ts";
import type { Flight, Load } from "./load.ts";
import { packCells } from "./packed-cells.ts";
import { freshForMs } from "./policy.ts";
import type { ReadView } from "./read-shape.ts";
import type { RowLru } from "./row-lru.ts";
import type { SignalledKeys } from "./signalled-keys.ts";

/** A row may take this share of the cache. */
const MOST_OF_CACHE = 1 / 8;
const LARGEST_ROW_BYTES = 2 ** 30;

export interface FillerOptions {
  /** The store tells changes, where its nodes can: a row without a feed is then none to keep. */
  readonly tellsChanges: boolean;
  readonly maxBytes: number;
  /** 0–1. */
  readonly jitter: number;
  readonly random: () => number;
}

export class Filler {
  readonly #lru: RowLru;
  readonly #counts: CacheCounts;
  readonly #signalled: SignalledKeys;
  readonly #options: FillerOptions;
  readonly #mostBytes: number;

  constructor(lru: RowLru, counts: CacheCounts, signalled: SignalledKeys, options: FillerOptions) {
    this.#lru = lru;
    this.#counts = counts;
    this.#signalled = signalled;
    this.#options = options;
    this.#mostBytes = Math.min(options.maxBytes * MOST_OF_CACHE, LARGEST_ROW_BYTES);
  }

  /** @param isStorm no new rows are kept */
  fill(load: Load, isStorm: boolean): void {
    const blocks = load.blocks!;
    for (let index = 0; index < load.parts.length; index += 1) {
      for (const flight of load.parts[index]!.flights) this.#fillKey(flight, blocks[index]!, isStorm);
    }
    this.#counts.evicted += this.#lru.evict();
  }

  #fillKey(flight: Flight, block: RowBlock, isStorm: boolean): void {
    const { load, key, id } = flight;
    const { views } = flight.shape;
    const feed = feedOf(block, key);
    const refusal = this.#refusal(flight, block, feed);
    let entry: Entry | undefined = this.#lru.get(id);
    for (let place = 0; place < views.length; place += 1) {
      const view = views[place]!;
      if (view.state.isDisabled || flight.hits?.includes(view.state)) continue;
      const row = refusal ?? this.#makeRow(flight, block, place, feed, entry, isStorm);
      if (row instanceof CachedRow) {
        entry ??= this.#lru.entryOf(id, load.parts[flight.part]!.keys[key]!);
        this.#lru.put(entry, row);
        this.#counts.filled += 1;
      } else this.#counts.refused[row] += 1;
    }
  }

  /** Why no row of the key may be kept. */
  #refusal(flight: Flight, block: RowBlock, feed: RowFeed | undefined): Refusal | undefined {
    if (flight.isChanged) return "changed";
    if ((block.lagMs ?? 0) > 0) return "lag";
    if (feed === undefined ? this.#options.tellsChanges : !feed.isTrusted) return "feed";
    // Over a connection that does not tell of changes, because a storm was on.
    if (!flight.load.isCached) return "storm";
    return this.#signalled.has(flight.id, flight.load.startMs) ? "signal" : undefined;
  }

  #makeRow(
    { load, key, shape: { shape, views } }: Flight,
    block: RowBlock,
    place: number,
    feed: RowFeed | undefined,
    entry: Entry | undefined,
    isStorm: boolean,
  ): CachedRow | Refusal {
    const view = views[place] as ReadView;
    const { state } = view;
    if (feed?.isTold !== true && !state.policy.isTtlNamed) return "feed";
    if (load.startMs < state.noFillBeforeMs) return "signal";
    const held = entry === undefined ? undefined : findRow(entry, entry.first, state);
    // A row that is there may be replaced: Redis remembers its key already.
    if (isStorm && held === undefined) return "storm";
    if (held !== undefined && held.readMs > load.startMs) return "older";
    const first = key * shape.stride;
    const isAbsent = block.spans[2 * (first + view.timestampSlot)]! < 0;
    const shorten = this.#options.jitter * this.#options.random();
    const freshMs = freshForMs(state, isAbsent, shorten);
    if (freshMs <= 0) return "ttl";
    const packed = packCells(sourceOf(block, key, place), block.spans, first, view, this.#mostBytes);
    if (packed === undefined) return "size";
    return new CachedRow(view.fields, packed, feed, load.startMs, load.startMs + freshMs, isAbsent);
  }
}
