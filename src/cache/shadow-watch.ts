/** Shadow mode: what the cache would have answered, held against what the store did. */
import { SHADOW_AGE_SECONDS, type ShadowFigures } from "../model/cache-figures.ts";
import { type RowBlock, sourceOf } from "../model/lookup.ts";
import type { CachedRow } from "./entry.ts";
import type { Flight } from "./load.ts";
import { writeSpans } from "./packed-cells.ts";
import type { ReadView } from "./read-shape.ts";

/** One row that would have been answered, and the read that was made all the same. */
export interface ShadowRow {
  readonly row: CachedRow;
  readonly view: ReadView;
  readonly flight: Flight;
  readonly ageMs: number;
}

export class ShadowWatch {
  readonly #same = new Array<number>(SHADOW_AGE_SECONDS.length + 1).fill(0);
  readonly #different = new Array<number>(SHADOW_AGE_SECONDS.length + 1).fill(0);
  #unsure = 0;

  /** The read of a row has come. */
  compare({ row, view, flight, ageMs }: ShadowRow): void {
    if (flight.isChanged) {
      this.#unsure += 1;
      return;
    }
    const block = flight.load.blocks![flight.part]!;
    const counts = isSame(row, view, flight, block) ? this.#same : this.#different;
    let bucket = 0;
    while (bucket < SHADOW_AGE_SECONDS.length && ageMs > SHADOW_AGE_SECONDS[bucket]! * 1000) bucket += 1;
    counts[bucket]! += 1;
  }

  figures(): ShadowFigures {
    return { same: [...this.#same], different: [...this.#different], unsure: this.#unsure };
  }
}

/** All cells that were asked for have the same bytes, or are absent in both. */
function isSame(row: CachedRow, view: ReadView, flight: Flight, block: RowBlock): boolean {
  const { shape, views } = flight.shape;
  const place = flight.placeOf(view);
  const loaded = views[place]!;
  const source = sourceOf(block, flight.key, place);
  const map = view.mapFrom(loaded.fields)!;
  const slots = Math.max(view.timestampSlot, view.firstSlot + view.names.length) + 1;
  const spans = new Int32Array(2 * slots);
  if (!writeSpans(row.packed, row.fields, view, spans, 0)) return false;
  for (let index = 0; index <= map.length; index += 1) {
    const isTimestamp = index === map.length;
    const slot = isTimestamp ? view.timestampSlot : view.firstSlot + index;
    const cell = flight.key * shape.stride + (isTimestamp ? loaded.timestampSlot : loaded.firstSlot + map[index]!);
    const start = block.spans[2 * cell]!;
    const kept = spans[2 * slot]!;
    if (start < 0 || kept < 0) {
      if (start >= 0 || kept >= 0) return false;
    } else if (source.compare(row.packed, kept, spans[2 * slot + 1]!, start, block.spans[2 * cell + 1]!) !== 0) {
      return false;
    }
  }
  return true;
}
