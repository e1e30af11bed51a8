/** Feast's serialized entity keys (feast/infra/key_encoding_utils.py:serialize_entity_key). All integers little-endian. */
import { ServeError } from "../model/serve-error.ts";
import { ValueType } from "../model/value-type.ts";
import { invalid } from "./python-number.ts";
import type { KeyValueReader } from "./read-key-value.ts";

/** One value of a key, read from a request column; the empty string where a view has no entity. */
export interface KeyPartSource {
  readonly joinKey: string;
  bytes: Buffer;
  spans: Int32Array;
}

export class EntityKeyEncoder {
  readonly #names: Buffer;
  readonly #version: number;

  /**
   * @param joinKeys names in ascending UTF-8 order
   * @param version `entity_key_serialization_version`: 3 and above write the number of names and their lengths, 2 and below do
   *   not, 0 and 1 also write INT64 values in four bytes
   */
  constructor(joinKeys: readonly string[], version: number) {
    this.#version = version;
    this.#names = keyPrefix(joinKeys, version);
  }

  /** What all keys begin with; the values follow. */
  get namesBytes(): number {
    return this.#names.length;
  }

  /**
   * The key of one row.
   * @param readers one per part, already holding that row's value
   * @throws ServeError INVALID_ARGUMENT for a type that cannot be a key, or an INT64 too wide for versions 0 and 1
   */
  encode(parts: readonly KeyPartSource[], readers: readonly KeyValueReader[]): Buffer {
    let size = this.#names.length;
    for (const reader of readers) size += 8 + this.#width(reader);
    const key = Buffer.allocUnsafe(size);
    let at = this.#names.copy(key, 0);
    for (let index = 0; index < readers.length; index += 1) {
      const reader = readers[index] as KeyValueReader;
      const width = this.#width(reader);
      at = key.writeUInt32LE(reader.type, at);
      at = key.writeUInt32LE(width, at);
      if (reader.type === ValueType.STRING || reader.type === ValueType.BYTES) {
        at += (parts[index] as KeyPartSource).bytes.copy(key, at, reader.start, reader.end);
      } else {
        at = key.writeUInt32LE(reader.low, at);
        if (width === 8) at = key.writeUInt32LE(reader.high, at);
      }
    }
    return key;
  }

  #width(reader: KeyValueReader): number {
    switch (reader.type) {
      case ValueType.STRING:
      case ValueType.BYTES:
        return reader.end - reader.start;
      case ValueType.INT32:
        return 4;
      case ValueType.UNIX_TIMESTAMP:
        return 8;
      case ValueType.INT64:
        return this.#version === 0 || this.#version === 1 ? requireInt32(reader) : 8;
      default:
        throw invalid(`Value type not supported for feast feature store: field ${reader.type} of feast.types.Value`);
    }
  }
}

/** What all keys of these join keys, in ascending UTF-8 order, begin with; the values follow. @param version as for the encoder */
export function keyPrefix(joinKeys: readonly string[], version: number): Buffer {
  const parts: Buffer[] = version > 2 ? [uint32(joinKeys.length)] : [];
  for (const joinKey of joinKeys) {
    const name = Buffer.from(joinKey);
    parts.push(uint32(ValueType.STRING));
    if (version > 2) parts.push(uint32(name.length));
    parts.push(name);
  }
  return Buffer.concat(parts);
}

function requireInt32(reader: KeyValueReader): number {
  if (reader.high === ((reader.low | 0) >> 31) >>> 0) return 4;
  throw new ServeError("INVALID_ARGUMENT", "'l' format requires -2147483648 <= number <= 2147483647");
}

function uint32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
