/** Puts together what several nodes answered to the parts of one read (split-lookups.ts). */
import { feedOf, type Lookup, type RowBlock, type RowFeed } from "../../../model/lookup.ts";
import type { LookupPart } from "./split-lookups.ts";

interface MergedBlock extends RowBlock {
  readonly sources: Buffer[];
  lagMs: number;
  /** Made for the first rows that have one. */
  feeds: (RowFeed | undefined)[] | undefined;
}

/** For one read. Cells' bytes stay where the nodes' replies put them. */
export class BlockMerger {
  readonly #lookups: readonly Lookup[];
  /** Made for the first part that is not the whole. */
  #merged: readonly MergedBlock[] | undefined;
  #whole: readonly RowBlock[] | undefined;
  #keysLeft = 0;

  /** @param lookups the list that was cut */
  constructor(lookups: readonly Lookup[]) {
    this.#lookups = lookups;
    for (let l = 0; l < lookups.length; l += 1) this.#keysLeft += lookups[l]!.keys.length;
  }

  /**
   * Takes the answer to one part; each key once.
   * @param blocks index-aligned with `part.lookups`
   * @throws RangeError when a block is not as long as its lookup: absent rows would look like rows of nulls
   */
  put(part: LookupPart, blocks: readonly RowBlock[]): void {
    if (blocks.length !== part.lookups.length) throw new RangeError("blocks and lookups differ");
    if (part.lookups === this.#lookups) {
      this.#whole = blocks;
      this.#keysLeft = 0;
      return;
    }
    this.#merged ??= this.#lookups.map(blockFor);
    for (let i = 0; i < blocks.length; i += 1) {
      const { shape, keys } = part.lookups[i]!;
      copyRows(blocks[i]!, this.#merged[part.lookupIndex[i]!]!, part.positions[i]!, shape.stride);
      this.#keysLeft -= keys.length;
    }
  }

  /**
   * @returns the rows of all parts, in the order of the list that was cut
   * @throws Error while rows of a part are missing
   */
  blocks(): readonly RowBlock[] {
    if (this.#keysLeft !== 0) throw new Error(`${this.#keysLeft} rows have not been read`);
    return this.#whole ?? this.#merged ?? this.#lookups.map(blockFor);
  }
}

function blockFor({ shape, keys }: Lookup): MergedBlock {
  const spans = new Int32Array(2 * keys.length * shape.stride);
  return { sources: new Array<Buffer>(keys.length), spans, lagMs: 0, feeds: undefined };
}

function copyRows(from: RowBlock, to: MergedBlock, positions: Int32Array, stride: number): void {
  to.lagMs = Math.max(to.lagMs, from.lagMs ?? 0);
  const width = 2 * stride;
  if (from.sources.length !== positions.length || from.spans.length < positions.length * width) {
    throw new RangeError("a block is shorter than its lookup");
  }
  const hasFeed = from.feed !== undefined || from.feeds !== undefined;
  if (hasFeed) to.feeds ??= new Array<RowFeed | undefined>(to.sources.length).fill(undefined);
  for (let k = 0; k < positions.length; k += 1) {
    const position = positions[k]!;
    to.sources[position] = from.sources[k]!;
    if (hasFeed) to.feeds![position] = feedOf(from, k);
    const read = k * width;
    const write = position * width;
    for (let i = 0; i < width; i += 1) to.spans[write + i] = from.spans[read + i]!;
  }
}
