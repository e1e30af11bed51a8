/**
 * The answer to a call whose rows could not all be had in time: for each row the one that is still good, else what the policy of its
 * view says. Rows in, rows out, and marks that say which of them are not what the store has.
 */
import type { BoundRequest } from "../model/bound-request.ts";
import type { Degradation, DegradationReason } from "../model/degradation.ts";
import type { HeldRows } from "../model/held-rows.ts";
import { type Lookup, type RowBlock, Shown } from "../model/lookup.ts";
import type { LateViews } from "./late-views.ts";

export interface DegradedRows {
  readonly blocks: readonly RowBlock[];
  /** Empty: every row was good after all. */
  readonly marks: readonly Degradation[];
  /** Rows out of the cache that are shown although they may have changed. */
  readonly staleRows: number;
}

const NOTHING = Buffer.alloc(0);

/**
 * @param held what the cache has; undefined = nothing
 * @returns undefined: some row can be had in no way, and the call fails
 */
export function degrade(
  { lookups, rowToKey, shape }: BoundRequest,
  reason: DegradationReason,
  held: HeldRows | undefined,
  views: LateViews,
): DegradedRows | undefined {
  const blocks: RowBlock[] = [];
  const marks: Degradation[] = [];
  let staleRows = 0;
  for (let index = 0; index < lookups.length; index += 1) {
    const lookup = new LateLookup(lookups[index]!, rowsOfKeys(rowToKey[index]!, lookups[index]!.keys.length), views);
    // Vectors are opaque: nothing can be declared for them, and a missing one has no cells.
    const ways = shape.precomputed === undefined;
    if (!lookup.fill(held?.blocks[index], held?.ages[index], ways)) return undefined;
    blocks.push(lookup.block);
    marks.push(...lookup.marks(reason));
    staleRows += lookup.staleRows;
  }
  return { blocks, marks, staleRows };
}

/** Rows of the answer that show each key. */
function rowsOfKeys(rowToKey: Int32Array, keys: number): Int32Array {
  const rows = new Int32Array(keys);
  for (const key of rowToKey) if (key >= 0) rows[key]! += 1;
  return rows;
}

/** Of one view: rows of the answer, and the greatest age. */
interface Tally {
  stale: number;
  staleAgeMs: number;
  default: number;
  partial: number;
}

class LateLookup {
  readonly block: RowBlock & { readonly shown: Uint8Array; readonly sources: Buffer[] };
  staleRows = 0;
  readonly #lookup: Lookup;
  readonly #rowsOfKeys: Int32Array;
  readonly #views: LateViews;
  readonly #tallies: readonly Tally[];

  constructor(lookup: Lookup, rows: Int32Array, views: LateViews) {
    const { shape, keys } = lookup;
    const places = keys.length * shape.views.length;
    this.#lookup = lookup;
    this.#rowsOfKeys = rows;
    this.#views = views;
    this.#tallies = shape.views.map(() => ({ stale: 0, staleAgeMs: 0, default: 0, partial: 0 }));
    this.block = {
      sources: new Array<Buffer>(places).fill(NOTHING),
      sourcesPerKey: shape.views.length,
      spans: new Int32Array(2 * keys.length * shape.stride).fill(-1),
      shown: new Uint8Array(places),
    };
  }

  /** @param hasWays false: only held rows will do @returns false when a row can be had in no way */
  fill(held: RowBlock | undefined, ages: Float64Array | undefined, hasWays: boolean): boolean {
    const { shape, keys } = this.#lookup;
    for (let key = 0; key < keys.length; key += 1) {
      for (let view = 0; view < shape.views.length; view += 1) {
        const ageMs = ages?.[key * shape.views.length + view] ?? -1;
        if (!this.#row(key, view, held, ageMs, hasWays)) return false;
      }
    }
    return true;
  }

  marks(reason: DegradationReason): Degradation[] {
    return this.#tallies.flatMap((tally, index) => {
      const { storageName: view, featureNames } = this.#lookup.shape.views[index]!;
      const found: Degradation[] = [];
      for (const policy of ["stale", "default", "partial"] as const) {
        const rows = tally[policy];
        const ageMs = policy === "stale" ? tally.staleAgeMs : undefined;
        if (rows > 0) found.push({ view, policy, reason, rows, cells: rows * featureNames.length, ageMs });
      }
      return found;
    });
  }

  #row(key: number, index: number, held: RowBlock | undefined, ageMs: number, hasWays: boolean): boolean {
    const view = this.#lookup.shape.views[index]!;
    const place = key * this.#lookup.shape.views.length + index;
    if (ageMs === 0) {
      this.#takeHeld(key, index, held!);
      return true;
    }
    const { policy } = this.#views.of(view.storageName);
    const tally = this.#tallies[index]!;
    const rows = this.#rowsOfKeys[key]!;
    if (policy === "stale" && ageMs > 0) {
      this.#takeHeld(key, index, held!);
      this.block.shown[place] = Shown.INSTEAD;
      this.staleRows += 1;
      tally.stale += rows;
      tally.staleAgeMs = Math.max(tally.staleAgeMs, ageMs);
      return true;
    }
    if (!hasWays || policy === "error") return false;
    if (policy === "partial") {
      this.block.shown[place] = Shown.UNSET;
      tally.partial += rows;
      return true;
    }
    const row = this.#views.rowOf(view);
    if (row === undefined) return false;
    this.block.sources[place] = row.bytes;
    this.block.spans.set(row.spans, 2 * (key * this.#lookup.shape.stride + view.firstSlot));
    this.block.shown[place] = Shown.INSTEAD;
    tally.default += rows;
    return true;
  }

  #takeHeld(key: number, index: number, { sources, spans }: RowBlock): void {
    const { shape } = this.#lookup;
    const { firstSlot, featureNames, timestampSlot } = shape.views[index]!;
    const first = key * shape.stride;
    this.block.sources[key * shape.views.length + index] = sources[key * shape.views.length + index]!;
    for (let slot = firstSlot; slot < firstSlot + featureNames.length; slot += 1) this.#takeCell(spans, first + slot);
    this.#takeCell(spans, first + timestampSlot);
  }

  #takeCell(spans: Int32Array, cell: number): void {
    this.block.spans[2 * cell] = spans[2 * cell]!;
    this.block.spans[2 * cell + 1] = spans[2 * cell + 1]!;
  }
}
