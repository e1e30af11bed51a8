/**
 * Walks a protobuf message inside a Buffer without allocating: one reader is moved from span to span. Every method throws
 * WireError instead of reading past `end`, and `position` then says where: at the tag, length or value that is at fault.
 * What is accepted is what protobuf's own parser (upb) accepts.
 */
import { WireError } from "./wire-error.ts";

export const WireType = { VARINT: 0, FIXED64: 1, LENGTH: 2, GROUP: 3, GROUP_END: 4, FIXED32: 5 } as const;

/** Messages inside messages; upb's default (upb/wire/decode.h:kUpb_WireFormat_DefaultDepthLimit). */
const MAX_DEPTH = 100;
const MAX_TAG_BYTES = 5;
const EMPTY = Buffer.alloc(0);

export class WireReader {
  bytes: Buffer = EMPTY;
  position = 0;
  /** End of the message being read, exclusive. */
  end = 0;
  depth = 0;
  /** The last varint as two signed 32-bit halves. */
  low = 0;
  high = 0;
  /** The last length-delimited payload is `bytes[start, stop)`. */
  start = 0;
  stop = 0;

  /** Starts over at the outermost message `bytes[start, end)`. */
  reset(bytes: Buffer, start: number, end: number): this {
    this.bytes = bytes;
    this.position = start;
    this.end = end;
    this.depth = 0;
    return this;
  }

  /** The next field's key: field number in the upper bits, wire type in the lower three. */
  readTag(): number {
    const from = this.position;
    const tag = this.#readUint32("tag");
    if (tag >>> 3 === 0) {
      this.position = from;
      throw new WireError("has a field number of zero");
    }
    return tag;
  }

  /** Reads up to ten bytes into `low` and `high`; bits past the 64th are dropped. */
  readVarint(): void {
    const { bytes, end } = this;
    let position = this.position;
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (position >= end) throw new WireError("ends inside a varint");
      const byte = bytes[position++] as number;
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift > 28) high |= bits << (shift - 32);
      else {
        low |= bits << 28;
        high = bits >>> 4;
      }
      if (byte < 0x80) {
        this.low = low;
        this.high = high;
        this.position = position;
        return;
      }
    }
    throw new WireError("has a varint of more than ten bytes");
  }

  /** The last varint as a number: exact within ±2^53. */
  varintNumber(): number {
    return this.high * 4294967296 + (this.low >>> 0);
  }

  /** The last varint as a signed 64-bit integer. */
  varintBigInt(): bigint {
    return (BigInt(this.high) << 32n) | BigInt(this.low >>> 0);
  }

  readDouble(): number {
    const at = this.#advance(8);
    return this.bytes.readDoubleLE(at);
  }

  readFloat(): number {
    const at = this.#advance(4);
    return this.bytes.readFloatLE(at);
  }

  /** Reads a length and steps over its payload, which is then `bytes[start, stop)`. */
  readSpan(): void {
    const from = this.position;
    const length = this.#readUint32("length");
    const start = this.position;
    if (length > this.end - start) {
      this.position = from;
      throw new WireError("ends inside a field");
    }
    this.start = start;
    this.stop = start + length;
    this.position = this.stop;
  }

  /** Steps into the length-delimited message that follows; give the result to {@link leave} after its last field. */
  enter(): number {
    this.readSpan();
    const outerEnd = this.end;
    this.descend(1);
    this.position = this.start;
    this.end = this.stop;
    return outerEnd;
  }

  leave(outerEnd: number): void {
    this.position = this.end;
    this.end = outerEnd;
    this.depth -= 1;
  }

  /** Counts messages entered by other means than {@link enter}. */
  descend(levels: number): void {
    this.depth += levels;
    if (this.depth > MAX_DEPTH) throw new WireError(`is nested more than ${MAX_DEPTH} messages deep`);
  }

  /** Steps over the field whose tag was just read. */
  skip(tag: number): void {
    const wireType = tag & 7;
    if (wireType === WireType.VARINT) this.readVarint();
    else if (wireType === WireType.FIXED64) this.#advance(8);
    else if (wireType === WireType.LENGTH) this.readSpan();
    else if (wireType === WireType.GROUP) this.#skipGroup(tag >>> 3);
    else if (wireType === WireType.FIXED32) this.#advance(4);
    else throw new WireError(`has a field of wire type ${wireType}`);
  }

  #skipGroup(field: number): void {
    this.descend(1);
    for (;;) {
      const from = this.position;
      const tag = this.readTag();
      if ((tag & 7) !== WireType.GROUP_END) this.skip(tag);
      else if (tag >>> 3 === field) break;
      else {
        this.position = from;
        throw new WireError("ends a group that was not begun");
      }
    }
    this.depth -= 1;
  }

  #readUint32(what: "tag" | "length"): number {
    const { bytes, end } = this;
    let position = this.position;
    let value = 0;
    let scale = 1;
    for (let count = 0; count < MAX_TAG_BYTES; count += 1) {
      if (position >= end) throw new WireError(`ends inside a ${what}`);
      const byte = bytes[position++] as number;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (value > 0xffffffff) break;
        this.position = position;
        return value;
      }
      scale *= 128;
    }
    throw new WireError(`has a ${what} of more than 32 bits`);
  }

  #advance(byteCount: number): number {
    const at = this.position;
    if (byteCount > this.end - at) throw new WireError("ends inside a field");
    this.position = at + byteCount;
    return at;
  }
}
