/** The per-request half of planning: rows to unique store keys. */
import type { ValueColumn } from "../model/request.ts";
import { DUMMY_COLUMN, type KeyedLookup } from "./bind-columns.ts";
import { EntityKeyEncoder, type KeyPartSource } from "./entity-key.ts";
import { invalid } from "./python-number.ts";
import { KeyValueReader } from "./read-key-value.ts";

export interface KeyOptions {
  /** `entity_key_serialization_version` of feature_store.yaml. */
  readonly entityKeyVersion: number;
  /** A null in a key column: Feast fails the request; `not_found` answers that row alone as not found. */
  readonly nullKey: "error" | "not_found";
}

/** An unset Value holding the empty string: the key value of views without an entity (feast/feature_view.py:DUMMY_ENTITY_VAL). */
const DUMMY_VALUE = Buffer.from([(2 << 3) | 2, 0]);
const DUMMY_SPANS = new Int32Array(0);
const NO_BYTES = Buffer.alloc(0);

const NO_SPANS = new Int32Array(2);

const workbenches = new WeakMap<KeyedLookup, Workbench>();
/** Reader i reads part i of whatever key is being made: they hold one row's values, no longer than it takes to write them. */
const sharedReaders: KeyValueReader[] = [];

/** What making a key needs beside the request; of a lookup, so that a request allocates its keys and nothing else. */
interface Workbench {
  readonly encoder: EntityKeyEncoder;
  readonly sources: KeyPartSource[];
  readonly readers: readonly KeyValueReader[];
}

/** The keys of one lookup of one request, made a number of rows at a time. */
export class KeyBinding {
  readonly keys: Buffer[] = [];
  /** Row → index into `keys`; −1 = the row's key holds a null. */
  readonly rowToKey: Int32Array;
  readonly #lookup: KeyedLookup;
  readonly #columns: readonly ValueColumn[];
  readonly #options: KeyOptions;
  readonly #seen: Map<string, number> | undefined;
  #row = 0;

  constructor(lookup: KeyedLookup, columns: readonly ValueColumn[], rows: number, options: KeyOptions) {
    this.rowToKey = new Int32Array(rows);
    this.#lookup = lookup;
    this.#columns = columns;
    this.#options = options;
    this.#seen = rows > 1 ? new Map() : undefined;
  }

  get isDone(): boolean {
    return this.#row === this.rowToKey.length;
  }

  /** Goes on for at most so many rows. @throws ServeError INVALID_ARGUMENT for a null or unusable key value */
  advance(rows: number): void {
    const bench = this.#workbench();
    try {
      this.#advance(bench, rows);
    } finally {
      // A lookup outlives its requests and must not keep their bytes.
      for (const source of bench.sources) if (source.spans !== DUMMY_SPANS) source.bytes = NO_BYTES;
    }
  }

  #advance({ encoder, sources, readers }: Workbench, rows: number): void {
    const { keys, rowToKey } = this;
    const seen = this.#seen;
    const end = Math.min(rowToKey.length, this.#row + rows);
    for (let row = this.#row; row < end; row += 1) {
      if (!readRow(sources, readers, row)) {
        // Feast sorts the rows by their values' fields and trips over the one that has none (feast/utils.py:_get_unique_entities).
        if (this.#options.nullKey === "error") throw invalid("attribute name must be string, not 'NoneType'");
        rowToKey[row] = -1;
        continue;
      }
      const key = encoder.encode(sources, readers);
      if (seen !== undefined) {
        // Latin-1 maps bytes to characters one to one, so equal strings are equal values; the names before them are the same.
        const id = key.toString("latin1", encoder.namesBytes);
        const known = seen.get(id);
        if (known !== undefined) {
          rowToKey[row] = known;
          continue;
        }
        seen.set(id, keys.length);
      }
      rowToKey[row] = keys.length;
      keys.push(key);
      // Views without an entity have one row, whatever the request asks.
      if (row === 0 && isEntityless(sources)) {
        this.#row = rowToKey.length;
        return;
      }
    }
    this.#row = end;
  }

  #workbench(): Workbench {
    let bench = workbenches.get(this.#lookup);
    if (bench === undefined) {
      bench = workbenchFor(this.#lookup, this.#options.entityKeyVersion);
      workbenches.set(this.#lookup, bench);
    }
    const { parts } = this.#lookup;
    for (let index = 0; index < parts.length; index += 1) {
      const { column } = parts[index]!;
      if (column === DUMMY_COLUMN) continue;
      const source = bench.sources[index]!;
      const { bytes, spans } = this.#columns[column]!;
      source.bytes = bytes;
      source.spans = spans;
    }
    return bench;
  }
}

function isEntityless(sources: readonly KeyPartSource[]): boolean {
  for (let index = 0; index < sources.length; index += 1) if (sources[index]!.spans !== DUMMY_SPANS) return false;
  return true;
}

/** Reads one row's values; false when one of them is null. */
function readRow(sources: readonly KeyPartSource[], readers: readonly KeyValueReader[], row: number): boolean {
  let complete = true;
  for (let index = 0; index < sources.length; index += 1) {
    const { joinKey, bytes, spans } = sources[index]!;
    const reader = readers[index]!;
    if (spans === DUMMY_SPANS) reader.read(bytes, 0, bytes.length, joinKey);
    else reader.read(bytes, spans[row * 2]!, spans[row * 2 + 1]!, joinKey);
    // `null_val` has a field name, so Feast gets past the sort and fails in the key encoder instead.
    if (reader.type === 0) complete = false;
  }
  return complete;
}

function workbenchFor({ parts }: KeyedLookup, entityKeyVersion: number): Workbench {
  while (sharedReaders.length < parts.length) sharedReaders.push(new KeyValueReader());
  return {
    encoder: new EntityKeyEncoder(
      parts.map((part) => part.joinKey),
      entityKeyVersion,
    ),
    sources: parts.map(({ joinKey, column }) =>
      column === DUMMY_COLUMN
        ? { joinKey, bytes: DUMMY_VALUE, spans: DUMMY_SPANS }
        : { joinKey, bytes: NO_BYTES, spans: NO_SPANS },
    ),
    readers: sharedReaders.slice(0, parts.length),
  };
}
