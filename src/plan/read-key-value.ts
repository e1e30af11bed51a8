/** Reads the one field of a serialized `feast.types.Value` that a key is made of, without building an object per row. */
import { isUtf8 } from "node:buffer";
import { ValueType } from "../model/value-type.ts";
import { invalid } from "./python-number.ts";

/** Where a Value's payload stands: integers as two 32-bit halves, everything else as a byte range. */
export class KeyValueReader {
  /** `ValueType` number of the set field, 0 = unset. */
  type = 0;
  low = 0;
  high = 0;
  start = 0;
  end = 0;

  /**
   * Reads `bytes[start, end)`. As protobuf does, the last field of the oneof wins and unknown fields are passed over.
   * @param column name for the error sentence
   * @throws ServeError INVALID_ARGUMENT when the bytes are no Value message
   */
  read(bytes: Buffer, start: number, end: number, column: string): void {
    this.type = 0;
    let position = start;
    while (position < end) {
      position = this.#varint(bytes, position, end, column);
      const field = (this.low >>> 3) | (this.high << 29);
      const wireType = this.low & 7;
      if (field <= 0) throw malformed(column);
      if (wireType === 0) {
        position = this.#varint(bytes, position, end, column);
        if (isKnown(field)) this.type = field;
      } else if (wireType === 2) {
        position = this.#varint(bytes, position, end, column);
        const payload = position;
        if (this.high !== 0 || this.low > end - payload) throw malformed(column);
        position = payload + this.low;
        if (!isKnown(field)) continue;
        this.type = field;
        this.start = payload;
        this.end = position;
      } else {
        if (wireType !== 1 && wireType !== 5) throw malformed(column);
        position += wireType === 1 ? 8 : 4;
        if (position > end) throw malformed(column);
        if (isKnown(field)) this.type = field;
      }
    }
    if (this.type === ValueType.STRING && !isUtf8(bytes.subarray(this.start, this.end))) {
      throw invalid(`Column '${column}' holds a string that is not valid UTF-8`);
    }
  }

  #varint(bytes: Buffer, start: number, end: number, column: string): number {
    let low = 0;
    let high = 0;
    for (let index = 0; index < 10 && start + index < end; index += 1) {
      const byte = bytes[start + index] as number;
      const bits = byte & 0x7f;
      if (index < 4) low |= bits << (7 * index);
      else if (index === 4) {
        low |= bits << 28;
        high |= bits >>> 4;
      } else high |= bits << (7 * index - 32);
      if (byte < 0x80) {
        this.low = low >>> 0;
        this.high = high >>> 0;
        return start + index + 1;
      }
    }
    throw malformed(column);
  }
}

function isKnown(field: number): boolean {
  return field <= ValueType.ZONED_TIMESTAMP;
}

function malformed(column: string): Error {
  return invalid(`Column '${column}' holds bytes that are not a feast.types.Value message`);
}
