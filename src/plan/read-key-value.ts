/** Reads the one field of a serialized `feast.types.Value` that a key is made of, without building an object per row. */
import { isUtf8 } from "node:buffer";
import { ServeError } from "../model/serve-error.ts";
import { ValueType } from "../model/value-type.ts";
import { WireError } from "../wire/wire-error.ts";
import { WireReader, WireType } from "../wire/wire-reader.ts";
import { invalid } from "./python-number.ts";

/** Where a Value's payload stands: integers as two 32-bit halves, everything else as a byte range. */
export class KeyValueReader {
  /** `ValueType` number of the set field, 0 = unset. */
  type = 0;
  /** Of an integer: its halves, unsigned. */
  low = 0;
  high = 0;
  /** Of everything else: its bytes. */
  start = 0;
  end = 0;
  readonly #reader = new WireReader();

  /**
   * Reads `bytes[start, end)`. As protobuf does, the last field of the oneof wins, and unknown fields and those with another
   * wire type are passed over.
   * @param column name for the error sentence
   * @throws ServeError INVALID_ARGUMENT when the bytes are no Value message
   */
  read(bytes: Buffer, start: number, end: number, column: string): void {
    this.type = 0;
    const reader = this.#reader.reset(bytes, start, end);
    try {
      while (reader.position < end) {
        const tag = reader.readTag();
        const type = TYPE_OF_TAG[tag] ?? ValueType.UNKNOWN;
        if (type === ValueType.UNKNOWN) {
          reader.skip(tag);
          continue;
        }
        this.type = type;
        if ((tag & 7) === WireType.VARINT) {
          reader.readVarint();
          this.low = reader.low >>> 0;
          this.high = reader.high >>> 0;
        } else {
          reader.skip(tag);
          const width = FIXED_WIDTH[tag & 7] as number;
          this.start = width === 0 ? reader.start : reader.position - width;
          this.end = reader.position;
        }
      }
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      const message = `Column '${column}' holds bytes that are not a feast.types.Value message`;
      throw new ServeError("INVALID_ARGUMENT", message, { cause: error });
    }
    if (this.type === ValueType.STRING && !isUtf8(bytes.subarray(this.start, this.end))) {
      throw invalid(`Column '${column}' holds a string that is not valid UTF-8`);
    }
  }
}

/** Bytes of the wire types that have a width of their own. */
const FIXED_WIDTH: readonly number[] = [0, 8, 0, 0, 0, 4, 0, 0];

function wireTypeOf(type: number): number {
  switch (type) {
    case ValueType.INT32:
    case ValueType.INT64:
    case ValueType.BOOL:
    case ValueType.UNIX_TIMESTAMP:
    case ValueType.NULL:
      return WireType.VARINT;
    case ValueType.DOUBLE:
      return WireType.FIXED64;
    case ValueType.FLOAT:
      return WireType.FIXED32;
    default:
      return WireType.LENGTH;
  }
}

/** Tags of the fields of Value; the two legacy types have none. */
const TYPE_OF_TAG = new Uint8Array((ValueType.ZONED_TIMESTAMP + 1) * 8);
for (const type of Object.values(ValueType)) {
  const hasField = type !== ValueType.UNKNOWN && type !== ValueType.PDF_BYTES && type !== ValueType.IMAGE_BYTES;
  if (hasField) TYPE_OF_TAG[(type << 3) | wireTypeOf(type)] = type;
}
