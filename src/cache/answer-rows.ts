/** Puts rows from entries and from loads together into the blocks that a lookup is answered with. */
import { type RowBlock, sourceOf } from "../model/lookup.ts";
import type { SpanPool } from "../wire/span-pool.ts";
import { CachedRow } from "./entry.ts";
import type { Flight } from "./load.ts";
import { writeSpans } from "./packed-cells.ts";
import type { ReadShape, ReadView } from "./read-shape.ts";

/** Where the row of one view of one key comes from. */
export type Piece = CachedRow | Flight;

/**
 * The block of one lookup.
 * @param pieces those of all lookups; its own begin at `first`: for each key, one for each view
 */
export function blockOf(
  { shape, views }: ReadShape,
  keys: number,
  pieces: readonly Piece[],
  first: number,
  spanPool: SpanPool,
): RowBlock {
  const sourcesPerKey = views.length;
  const sources = new Array<Buffer>(keys * sourcesPerKey);
  const spans = spanPool.take(2 * keys * shape.stride);
  let lagMs = 0;
  for (let at = 0; at < sources.length; at += 1) {
    const view = views[at % sourcesPerKey]!;
    const row = Math.floor(at / sourcesPerKey) * shape.stride;
    const piece = pieces[first + at]!;
    if (piece instanceof CachedRow) {
      sources[at] = piece.packed;
      writeSpans(piece.packed, piece.fields, view, spans, row);
    } else {
      const block = piece.load.blocks![piece.part]!;
      const place = piece.placeOf(view);
      sources[at] = sourceOf(block, piece.key, place);
      copySpans(block.spans, piece, place, view, spans, row);
      lagMs = Math.max(lagMs, block.lagMs ?? 0);
    }
  }
  return { sources, sourcesPerKey, spans, lagMs };
}

function copySpans(from: Int32Array, flight: Flight, place: number, view: ReadView, to: Int32Array, row: number): void {
  const { shape, views } = flight.shape;
  const loaded = views[place]!;
  const map = view.mapFrom(loaded.fields)!;
  const read = flight.key * shape.stride;
  for (let index = 0; index < map.length; index += 1) {
    copyCell(from, read + loaded.firstSlot + map[index]!, to, row + view.firstSlot + index);
  }
  copyCell(from, read + loaded.timestampSlot, to, row + view.timestampSlot);
}

function copyCell(from: Int32Array, cell: number, to: Int32Array, toCell: number): void {
  to[2 * toCell] = from[2 * cell]!;
  to[2 * toCell + 1] = from[2 * cell + 1]!;
}
