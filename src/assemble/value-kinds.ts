/** How each field of `feast.types.Value` is stored: one small number per field instead of 46 branches. */
import { ValueType } from "../model/value-type.ts";
import { WireType } from "../wire/wire-reader.ts";

/** Payload kinds. Kinds from `MESSAGE` on are messages whose repeated occurrences merge; those from `LIST` on are lists of the kind below. */
export const Kind = {
  NONE: 0,
  BYTES: 1,
  STRING: 2,
  INT32: 3,
  INT64: 4,
  DOUBLE: 5,
  FLOAT: 6,
  BOOL: 7,
  NULL: 8,
  MESSAGE: 16,
  MAP: 16,
  MAP_LIST: 17,
  VALUE_LIST: 18,
  SCALAR_MAP: 19,
  ZONED_TIMESTAMP: 20,
  /** `LIST + k`: `repeated k val = 1`; sets have the same bytes. */
  LIST: 32,
} as const;

const FIELDS_OF_KIND: readonly (readonly [kind: number, fields: readonly number[]])[] = [
  [Kind.BYTES, [ValueType.BYTES]],
  [Kind.STRING, [ValueType.STRING, ValueType.JSON, ValueType.UUID, ValueType.TIME_UUID, ValueType.DECIMAL]],
  [Kind.INT32, [ValueType.INT32]],
  [Kind.INT64, [ValueType.INT64, ValueType.UNIX_TIMESTAMP]],
  [Kind.DOUBLE, [ValueType.DOUBLE]],
  [Kind.FLOAT, [ValueType.FLOAT]],
  [Kind.BOOL, [ValueType.BOOL]],
  [Kind.NULL, [ValueType.NULL]],
  [Kind.MAP, [ValueType.MAP, ValueType.STRUCT]],
  [Kind.MAP_LIST, [ValueType.MAP_LIST, ValueType.STRUCT_LIST]],
  [Kind.VALUE_LIST, [ValueType.LIST, ValueType.SET]],
  [Kind.SCALAR_MAP, [ValueType.SCALAR_MAP]],
  [Kind.ZONED_TIMESTAMP, [ValueType.ZONED_TIMESTAMP]],
  [Kind.LIST + Kind.BYTES, [ValueType.BYTES_LIST, ValueType.BYTES_SET]],
  [
    Kind.LIST + Kind.STRING,
    [
      ValueType.STRING_LIST,
      ValueType.STRING_SET,
      ValueType.JSON_LIST,
      ValueType.UUID_LIST,
      ValueType.UUID_SET,
      ValueType.TIME_UUID_LIST,
      ValueType.TIME_UUID_SET,
      ValueType.DECIMAL_LIST,
      ValueType.DECIMAL_SET,
    ],
  ],
  [Kind.LIST + Kind.INT32, [ValueType.INT32_LIST, ValueType.INT32_SET]],
  [
    Kind.LIST + Kind.INT64,
    [
      ValueType.INT64_LIST,
      ValueType.INT64_SET,
      // Timestamps are an Int64List, not a list of Timestamp messages.
      ValueType.UNIX_TIMESTAMP_LIST,
      ValueType.UNIX_TIMESTAMP_SET,
    ],
  ],
  [Kind.LIST + Kind.DOUBLE, [ValueType.DOUBLE_LIST, ValueType.DOUBLE_SET]],
  [Kind.LIST + Kind.FLOAT, [ValueType.FLOAT_LIST, ValueType.FLOAT_SET]],
  [Kind.LIST + Kind.BOOL, [ValueType.BOOL_LIST, ValueType.BOOL_SET]],
];

const KIND_OF_FIELD = new Uint8Array(64);
for (const [kind, fields] of FIELDS_OF_KIND) {
  for (const field of fields) KIND_OF_FIELD[field] = kind;
}

/** Wire type of a kind that is not packed. */
export function wireTypeOf(kind: number): number {
  if (kind === Kind.DOUBLE) return WireType.FIXED64;
  if (kind === Kind.FLOAT) return WireType.FIXED32;
  return kind === Kind.BYTES || kind === Kind.STRING || kind >= Kind.MESSAGE ? WireType.LENGTH : WireType.VARINT;
}

const KIND_OF_TAG = new Uint8Array(64 * 8);
for (let field = 1; field < 64; field += 1) {
  const kind = KIND_OF_FIELD[field] ?? Kind.NONE;
  if (kind !== Kind.NONE) KIND_OF_TAG[field * 8 + wireTypeOf(kind)] = kind;
}

/** Kind of the Value field with this tag; `NONE` for unknown fields and for known ones with a foreign wire type, which protobuf ignores alike. */
export function kindOfTag(tag: number): number {
  return KIND_OF_TAG[tag] ?? Kind.NONE;
}
