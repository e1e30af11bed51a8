/** Reads protobuf fields from a span of a request. Every refusal names the byte offset in the message. */
import { isUtf8 } from "node:buffer";
import { ServeError } from "../model/serve-error.ts";

export const WIRE_VARINT = 0;
const WIRE_FIXED64 = 1;
export const WIRE_BYTES = 2;
const WIRE_GROUP_START = 3;
const WIRE_GROUP_END = 4;
const WIRE_FIXED32 = 5;

/** As deep as protobuf's own parsers go into nested groups. */
const MAX_GROUP_DEPTH = 100;
const MAX_VARINT_BYTES = 10;

/** A cursor over `bytes[at … end)`. Fields are public and plain: the decoder moves them itself. */
export class WireReader {
  readonly bytes: Buffer;
  at: number;
  end: number;
  /** Of the last tag read. */
  field = 0;
  wireType = 0;

  constructor(bytes: Buffer, at: number, end: number) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  /** Reads a tag into `field` and `wireType`. */
  tag(): void {
    const start = this.at;
    const tag = this.varint();
    if (tag > 0xffff_ffff) throw malformed(start, "a field tag does not fit in 32 bits");
    this.field = Math.floor(tag / 8);
    this.wireType = tag % 8;
    if (this.field === 0) throw malformed(start, "field number 0");
  }

  /** Value of a varint; exact up to 2^53, which is all that tags, lengths and booleans need. */
  varint(): number {
    const start = this.at;
    let value = 0;
    let scale = 1;
    for (let count = 0; count < MAX_VARINT_BYTES; count++) {
      if (this.at >= this.end) throw malformed(start, "a varint is cut off");
      const byte = this.bytes[this.at++] as number;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
    throw malformed(start, "a varint is longer than 10 bytes");
  }

  /** Reads a length prefix and returns where the field ends; the cursor is then at its first byte. */
  lengthEnd(): number {
    const start = this.at;
    const length = this.varint();
    if (length > this.end - this.at) {
      throw malformed(start, `a length of ${length} bytes, ${this.end - this.at} are left`);
    }
    return this.at + length;
  }

  /** Reads a length-prefixed string and checks its UTF-8, as protobuf does for proto3 strings. */
  string(what: string): string {
    const start = this.at;
    const end = this.lengthEnd();
    const from = this.at;
    this.at = end;
    if (!isUtf8(this.bytes.subarray(from, end))) throw malformed(start, `${what} is not valid UTF-8`);
    return this.bytes.toString("utf8", from, end);
  }

  /** Skips the value after the last tag. */
  skip(): void {
    this.#skipValue(this.field, this.wireType, 0);
  }

  #skipValue(field: number, wireType: number, depth: number): void {
    const start = this.at;
    if (wireType === WIRE_VARINT) this.varint();
    else if (wireType === WIRE_BYTES) this.at = this.lengthEnd();
    else if (wireType === WIRE_FIXED64) this.#advance(8);
    else if (wireType === WIRE_FIXED32) this.#advance(4);
    else if (wireType === WIRE_GROUP_START) this.#skipGroup(field, depth);
    else if (wireType === WIRE_GROUP_END) throw malformed(start, "a group ends that never started");
    else throw malformed(start, `wire type ${wireType} does not exist`);
  }

  #skipGroup(field: number, depth: number): void {
    if (depth >= MAX_GROUP_DEPTH) throw malformed(this.at, `groups nested deeper than ${MAX_GROUP_DEPTH}`);
    for (;;) {
      const start = this.at;
      this.tag();
      if (this.wireType !== WIRE_GROUP_END) this.#skipValue(this.field, this.wireType, depth + 1);
      else if (this.field === field) return;
      else throw malformed(start, "a group ends with another field's number");
    }
  }

  #advance(count: number): void {
    if (count > this.end - this.at) throw malformed(this.at, `a ${count}-byte value is cut off`);
    this.at += count;
  }
}

/** The refusal of a request that is not a GetOnlineFeaturesRequest. */
function malformed(offset: number, why: string): ServeError {
  return new ServeError("INVALID_ARGUMENT", `Malformed GetOnlineFeaturesRequest at byte ${offset}: ${why}`);
}
