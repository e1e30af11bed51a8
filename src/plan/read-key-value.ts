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
  /** Unsigned halves of the integer. */
  low = 0;
  high = 0;
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
        reader.skip(tag);
        if ((tag & 7) === wireTypeOf(tag >>> 3)) this.#take(tag >>> 3);
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

  /** Copied, because a field that is passed over later moves the reader. What is not of this field, `type` keeps from use. */
  #take(type: number): void {
    const reader = this.#reader;
    this.type = type;
    this.low = reader.low >>> 0;
    this.high = reader.high >>> 0;
    this.start = reader.start;
    this.end = reader.stop;
  }
}

/** Of a field of Value; −1 when there is no such field. */
function wireTypeOf(field: number): number {
  switch (field) {
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
    // Numbers that no field has.
    case 9:
    case 10:
    case ValueType.PDF_BYTES:
    case ValueType.IMAGE_BYTES:
      return -1;
    default:
      return field <= ValueType.ZONED_TIMESTAMP ? WireType.LENGTH : -1;
  }
}
