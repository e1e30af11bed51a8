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

export interface BoundKeys {
  readonly keys: readonly Buffer[];
  /** Row → index into `keys`; −1 = the row's key holds a null. */
  readonly rowToKey: Int32Array;
}

/** An unset Value holding the empty string: the key value of views without an entity (feast/feature_view.py:DUMMY_ENTITY_VAL). */
const DUMMY_VALUE = Buffer.from([(2 << 3) | 2, 0]);

const encoders = new WeakMap<KeyedLookup, EntityKeyEncoder>();

/** @throws ServeError INVALID_ARGUMENT for a null or unusable key value */
export function bindRows(
  lookup: KeyedLookup,
  columns: readonly ValueColumn[],
  rows: number,
  options: KeyOptions,
): BoundKeys {
  const encoder = encoderFor(lookup, options.entityKeyVersion);
  const sources: KeyPartSource[] = lookup.parts.map(({ joinKey, column }) =>
    column === DUMMY_COLUMN
      ? { joinKey, bytes: DUMMY_VALUE, spans: NO_SPANS }
      : { joinKey, ...(columns[column] as ValueColumn) },
  );
  const readers = sources.map(() => new KeyValueReader());
  const keys: Buffer[] = [];
  const rowToKey = new Int32Array(rows);
  if (rows > 0 && lookup.parts.every((part) => part.column === DUMMY_COLUMN)) {
    readRow(sources, readers, 0);
    return { keys: [encoder.encode(sources, readers)], rowToKey };
  }
  const seen = rows > 1 ? new Map<string, number>() : undefined;
  for (let row = 0; row < rows; row += 1) {
    if (!readRow(sources, readers, row)) {
      // Feast sorts the rows by their values' fields and trips over the one that has none (feast/utils.py:_get_unique_entities).
      if (options.nullKey === "error") throw invalid("attribute name must be string, not 'NoneType'");
      rowToKey[row] = -1;
      continue;
    }
    const key = encoder.encode(sources, readers);
    // Latin-1 maps bytes to characters one to one, so equal strings are equal keys.
    const id = seen === undefined ? "" : key.toString("latin1");
    const known = seen?.get(id);
    if (known !== undefined) {
      rowToKey[row] = known;
      continue;
    }
    rowToKey[row] = keys.length;
    seen?.set(id, keys.length);
    keys.push(key);
  }
  return { keys, rowToKey };
}

const NO_SPANS = new Int32Array(0);

/** Reads one row's values; false when one of them is null. */
function readRow(sources: readonly KeyPartSource[], readers: readonly KeyValueReader[], row: number): boolean {
  let complete = true;
  for (let index = 0; index < sources.length; index += 1) {
    const { joinKey, bytes, spans } = sources[index] as KeyPartSource;
    const reader = readers[index] as KeyValueReader;
    if (spans === NO_SPANS) reader.read(bytes, 0, bytes.length, joinKey);
    else reader.read(bytes, spans[row * 2] as number, spans[row * 2 + 1] as number, joinKey);
    // `null_val` has a field name, so Feast gets past the sort and fails in the key encoder instead.
    if (reader.type === 0) complete = false;
  }
  return complete;
}

function encoderFor(lookup: KeyedLookup, version: number): EntityKeyEncoder {
  let encoder = encoders.get(lookup);
  if (encoder === undefined) {
    encoder = new EntityKeyEncoder(
      lookup.parts.map((part) => part.joinKey),
      version,
    );
    encoders.set(lookup, encoder);
  }
  return encoder;
}
