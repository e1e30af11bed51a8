/** The cells of an answer, laid out alike whether they were stored one by one or as precomputed vectors. */

/** `feast.serving.FieldStatus` numbers that an answer can have. */
export const FieldStatus = { INVALID: 0, PRESENT: 1, NOT_FOUND: 3, OUTSIDE_MAX_AGE: 4 } as const;

/** Rows of unique keys. Cell (key k, slot s) has index c = k × stride + s. */
export interface CellBlock {
  readonly stride: number;
  /**
   * Cell c of view v is in source `sources[k × sourcesPerKey + (sourcesPerKey = 1 ? 0 : v)]`, from `spans[2c]` to `spans[2c+1]`;
   * start −1 and an empty span both answer an unset message.
   */
  readonly sources: readonly Buffer[];
  readonly sourcesPerKey: number;
  readonly spans: Int32Array;
  /** FieldStatus of cell c; a NOT_FOUND cell answers an unset Value whatever is stored, an INVALID one has none. Timestamp slots have none. */
  readonly statuses: Uint8Array;
  /** Row of the request → key, −1 = the row has no key: NOT_FOUND, timestamp 0. */
  readonly rowToKey: Int32Array;
}

/** One column of the answer: its Values stand in `slot`, their event timestamps in `timestampSlot` of the same block. */
export interface CellColumn {
  readonly name: string;
  /** Index into `AnswerCells.blocks`. */
  readonly lookup: number;
  /** Index into that lookup's views. */
  readonly view: number;
  readonly slot: number;
  readonly timestampSlot: number;
}

export interface AnswerCells {
  readonly columns: readonly CellColumn[];
  readonly blocks: readonly CellBlock[];
}

/** Place of a column's source for key 0; key k's is `k × sourcesPerKey` further. */
export function sourceOffset({ sourcesPerKey }: CellBlock, { view }: CellColumn): number {
  return sourcesPerKey === 1 ? 0 : view;
}
