/** What `plan` asks of a store, and what a store gives back. Both are index-aligned; nothing is keyed by strings. */

/** One view inside a lookup: its slots in a row. */
export interface LookupView {
  /** View name as written to the store: the original name plus `_vN` where versioning says so, never an alias. */
  readonly storageName: string;
  /** Feature i of the view sits in slot `firstSlot + i`. Names are unique within the view. */
  readonly featureNames: readonly string[];
  readonly firstSlot: number;
  /** Slot of the view's event timestamp: a serialized google.protobuf.Timestamp (empty = the Unix epoch). */
  readonly timestampSlot: number;
}

/**
 * The constant half of a lookup, compiled once per request shape and shared by all its requests; a store may memoise
 * what it derives from it (command bytes, SQL text) in a WeakMap.
 */
export interface LookupShape {
  readonly views: readonly LookupView[];
  /** Slots per row = sum of features + one timestamp per view. */
  readonly stride: number;
}

/** Rows to read: every key for every view of the shape. Keys are unique; they are Feast's serialized entity keys without project. */
export interface Lookup {
  readonly shape: LookupShape;
  readonly keys: readonly Buffer[];
}

/**
 * The rows of one lookup. Cell (key k, slot s of view v) is `source[spans[2c] … spans[2c+1])` with c = k × stride + s and source =
 * `sources[k × sourcesPerKey + (sourcesPerKey = 1 ? 0 : v)]`; start −1 = absent (never written, or the row does not exist); an empty
 * span = written as null. A row without a timestamp is a row that was not found. Keys in the order of `Lookup.keys`.
 */
export interface RowBlock {
  readonly sources: readonly Buffer[];
  /** 1 (also when absent): a key's views lie in one buffer, as a store reads them. Otherwise the number of views: one each. */
  readonly sourcesPerKey?: number;
  readonly spans: Int32Array;
  /** How far the replica that answered is known to be behind its primary, milliseconds; absent or 0 = it is not. */
  readonly lagMs?: number;
  /** Where all rows of the block came from; absent = over a connection that tells nothing. Ask {@link feedOf}. */
  readonly feed?: RowFeed | undefined;
  /** By key, in place of `feed`: the rows came from several nodes. */
  readonly feeds?: readonly (RowFeed | undefined)[] | undefined;
  /** For key k and view v at k × views + v: a {@link Shown}; absent = all rows are what the store has. */
  readonly shown?: Uint8Array | undefined;
}

const NO_SPANS = new Int32Array(0);

/**
 * Lets go of the memory of rows that nobody else has, once they are used. What waited long for them has grown old in V8's heap, and old
 * garbage keeps young memory alive until the whole heap is marked.
 */
export function forgetRows(blocks: readonly RowBlock[]): void {
  for (const block of blocks as { -readonly [Key in keyof RowBlock]: RowBlock[Key] }[]) {
    block.sources = [];
    block.spans = NO_SPANS;
  }
}

/** What a row is that stands in for one that could not be had in time. */
export const Shown = {
  /** It is none: the row as the store has it. */
  AS_STORED: 0,
  /** A row that may have changed since, or declared values: its cells are there whatever their age. */
  INSTEAD: 1,
  /** There is none: its cells have no value, and are said to be invalid. */
  UNSET: 2,
} as const;

/**
 * A node of the store over one connection, for as long as nothing came between: who keeps a row is told of its changes
 * (`StoreChanges`) while the feed that it came over is trusted. Compare by identity; a node that comes back is another feed.
 */
export interface RowFeed {
  /**
   * Turns false, for good, from the moment on at which changes of these rows may go unnoticed: the connection was lost, the node is
   * none to be believed any more (behind, silent, promoted, its slots moved), or how far it is behind was not known for `max_lag`.
   */
  readonly isTrusted: boolean;
  /**
   * Monotonic milliseconds: who looks later may have missed that it is not to be trusted any more, because this process stood still.
   * Moves on while it is.
   */
  readonly trustedUntilMs: number;
  /** false: the node cannot tell changes, whatever is done; rows are good for their ttl. */
  readonly isTold: boolean;
}

/** Of rows from nodes that cannot tell changes. */
export const UNTOLD_FEED: RowFeed = { isTrusted: true, trustedUntilMs: Number.POSITIVE_INFINITY, isTold: false };

/**
 * Cells, timestamps included, up to which a read is small: about 1 ms of a node. Larger ones go over a connection of their own, which tells
 * no changes. Single rows at 500/s, median: alone 0.8 ms; beside a loop of 1,000 rows × 55 cells on one connection 16–31 ms, on two 1.6.
 */
export const MOST_SMALL_CELLS = 2048;

/** The bytes that the cells of view `view` of key `key` lie in. */
export function sourceOf({ sources, sourcesPerKey = 1 }: RowBlock, key: number, view: number): Buffer {
  return sources[sourcesPerKey === 1 ? key : key * sourcesPerKey + view]!;
}

/** Where the row of a key came from; undefined = over a connection that tells nothing, or from a node in doubt. */
export function feedOf(block: Pick<RowBlock, "feed" | "feeds">, key: number): RowFeed | undefined {
  return block.feeds === undefined ? block.feed : block.feeds[key];
}
