/** A value declared in the configuration as a serialized `feast.types.Value` of the feature's type. Nothing is converted silently. */
import type { DefaultValue } from "../model/budget-settings.ts";
import { ValueType } from "../model/value-type.ts";
import { MAX_VARINT_BYTES, spanFieldSize, writeSpanField, writeVarint, writeVarint64 } from "../wire/write-varint.ts";

/** How one kind of scalar stands in a Value and, repeated, in a list. */
interface ScalarCodec {
  readonly wireType: 0 | 1 | 2 | 5;
  /** undefined = the value is not one of this kind. */
  encode(value: DefaultValue): Buffer | undefined;
}

const WIRE = { VARINT: 0, FIXED64: 1, BYTES: 2, FIXED32: 5 } as const;
/** `repeated … val = 1` of all list messages. */
const ITEM_FIELD = 1;

const TEXT: ScalarCodec = {
  wireType: WIRE.BYTES,
  encode: (value) => (typeof value === "string" && value.isWellFormed() ? Buffer.from(value) : undefined),
};
const BYTES: ScalarCodec = {
  wireType: WIRE.BYTES,
  encode: (value) => (typeof value === "string" && isBase64(value) ? Buffer.from(value, "base64") : undefined),
};
const BOOL: ScalarCodec = {
  wireType: WIRE.VARINT,
  encode: (value) => (typeof value === "boolean" ? Buffer.of(Number(value)) : undefined),
};
const INT32 = integer(32);
const INT64 = integer(64);
const DOUBLE: ScalarCodec = {
  wireType: WIRE.FIXED64,
  encode(value) {
    if (typeof value !== "number" && typeof value !== "bigint") return undefined;
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleLE(Number(value));
    return bytes;
  },
};
const FLOAT: ScalarCodec = {
  wireType: WIRE.FIXED32,
  encode(value) {
    if (typeof value !== "number" && typeof value !== "bigint") return undefined;
    // What is finite and becomes infinite does not fit.
    if (Number.isFinite(Number(value)) && !Number.isFinite(Math.fround(Number(value)))) return undefined;
    const bytes = Buffer.alloc(4);
    bytes.writeFloatLE(Number(value));
    return bytes;
  },
};
const TIMESTAMP: ScalarCodec = {
  wireType: WIRE.VARINT,
  encode: (value) => (typeof value === "string" ? INT64.encode(secondsOf(value) ?? "") : INT64.encode(value)),
};

const SCALARS: ReadonlyMap<number, ScalarCodec> = new Map<number, ScalarCodec>([
  [ValueType.BYTES, BYTES],
  [ValueType.STRING, TEXT],
  [ValueType.INT32, INT32],
  [ValueType.INT64, INT64],
  [ValueType.DOUBLE, DOUBLE],
  [ValueType.FLOAT, FLOAT],
  [ValueType.BOOL, BOOL],
  [ValueType.UNIX_TIMESTAMP, TIMESTAMP],
  [ValueType.UUID, TEXT],
  [ValueType.TIME_UUID, TEXT],
  [ValueType.DECIMAL, TEXT],
]);
const ITEMS: ReadonlyMap<number, ScalarCodec> = new Map<number, ScalarCodec>([
  [ValueType.BYTES_LIST, BYTES],
  [ValueType.STRING_LIST, TEXT],
  [ValueType.INT32_LIST, INT32],
  [ValueType.INT64_LIST, INT64],
  [ValueType.DOUBLE_LIST, DOUBLE],
  [ValueType.FLOAT_LIST, FLOAT],
  [ValueType.BOOL_LIST, BOOL],
  [ValueType.UNIX_TIMESTAMP_LIST, TIMESTAMP],
]);

/**
 * @param valueType a `ValueType` number: scalars and lists of the first eight kinds; no default can be declared for others
 * @returns the whole message, not empty; undefined = the value is none of this type
 */
export function encodeDefault(valueType: number, value: DefaultValue): Buffer | undefined {
  const scalar = SCALARS.get(valueType);
  if (scalar !== undefined) {
    const bytes = scalar.encode(value);
    return bytes && field(valueType, scalar, bytes);
  }
  const item = ITEMS.get(valueType);
  if (item === undefined || !Array.isArray(value)) return undefined;
  const items = (value as readonly DefaultValue[]).map((each) => item.encode(each));
  const list = listOf(item, items);
  return list && field(valueType, TEXT, list);
}

/** undefined = one of the items does not fit. */
function listOf(codec: ScalarCodec, items: readonly (Buffer | undefined)[]): Buffer | undefined {
  const fitting = items.filter((item) => item !== undefined);
  if (fitting.length < items.length) return undefined;
  if (codec.wireType === WIRE.BYTES) return Buffer.concat(fitting.map((item) => field(ITEM_FIELD, codec, item)));
  // Numbers are packed, as proto3 writes them.
  return items.length === 0 ? Buffer.alloc(0) : field(ITEM_FIELD, TEXT, Buffer.concat(fitting));
}

function field(number: number, { wireType }: ScalarCodec, bytes: Buffer): Buffer {
  const tag = Buffer.alloc(MAX_VARINT_BYTES);
  const head = tag.subarray(0, writeVarint(tag, 0, (number << 3) | wireType));
  if (wireType !== WIRE.BYTES) return Buffer.concat([head, bytes]);
  // The field's own tag of one byte gives way to the one above.
  const body = Buffer.alloc(spanFieldSize(bytes.length));
  writeSpanField(body, 0, 0, bytes, 0, bytes.length);
  return Buffer.concat([head, body.subarray(1)]);
}

function integer(bits: 32 | 64): ScalarCodec {
  return {
    wireType: WIRE.VARINT,
    encode(value) {
      if (typeof value !== "bigint" || BigInt.asIntN(bits, value) !== value) return undefined;
      const bytes = Buffer.alloc(MAX_VARINT_BYTES);
      return bytes.subarray(0, writeVarint64(bytes, 0, value));
    },
  };
}

function isBase64(text: string): boolean {
  return Buffer.from(text, "base64").toString("base64") === text;
}

/** Whole seconds since 1970 of a date, which without a time zone is taken as UTC. */
function secondsOf(text: string): bigint | undefined {
  const match = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d:\d\d(?:\.\d+)?)(Z|[+-]\d\d:\d\d)?)?$/.exec(text);
  if (match === null) return undefined;
  const atMs = Date.parse(`${match[1]}T${match[2] ?? "00:00:00"}${match[3] ?? "Z"}`);
  return Number.isNaN(atMs) ? undefined : BigInt(Math.floor(atMs / 1000));
}
