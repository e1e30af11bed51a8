/**
 * Protobuf's primitives for spans, into a buffer that grows. Lengths are written once what they count is there, always in three bytes, so that
 * nothing is measured or moved: readers take varints that are longer than need be.
 */
import { writeVarint } from "../../wire/write-varint.ts";
import { type AttributeValue, isWhole } from "./span-writer.ts";

const START_BYTES = 16 * 1024;
const LENGTH_BYTES = 3;
/** Texts are cut here: what a length of three bytes can say is far more. */
const MAX_TEXT_LENGTH = 8192;
/** Longest of the things that are not texts, with room to spare. */
const SMALL_BYTES = 64;
const TWO_POW_32 = 2 ** 32;

/** Fields of KeyValue and AnyValue (opentelemetry-proto, common.proto). */
const KEY = 0x0a;
const VALUE = 0x12;
const STRING = 0x0a;
const BOOL = 0x10;
const INT = 0x18;
const DOUBLE = 0x21;
const ARRAY = 0x2a;
const ARRAY_VALUES = 0x0a;

export class OtlpBytes {
  #bytes = Buffer.allocUnsafe(START_BYTES);
  #at = 0;
  /** Keys are few, and written often. */
  readonly #keys = new Map<string, Buffer>();

  get length(): number {
    return this.#at;
  }

  /** What was written so far, as bytes of its own; nothing is left here. */
  take(): Buffer {
    const taken = Buffer.from(this.#bytes.subarray(0, this.#at));
    this.#at = 0;
    return taken;
  }

  /** Begins a message. @returns what {@link close} wants */
  open(tag: number): number {
    this.#room(SMALL_BYTES);
    this.#bytes[this.#at] = tag;
    this.#at += 1 + LENGTH_BYTES;
    return this.#at;
  }

  close(opened: number): void {
    const length = this.#at - opened;
    this.#bytes[opened - 3] = (length & 0x7f) | 0x80;
    this.#bytes[opened - 2] = ((length >>> 7) & 0x7f) | 0x80;
    this.#bytes[opened - 1] = (length >>> 14) & 0x7f;
  }

  text(tag: number, text: string): void {
    const kept = text.length > MAX_TEXT_LENGTH ? text.slice(0, MAX_TEXT_LENGTH) : text;
    this.#room(SMALL_BYTES + 3 * kept.length);
    const opened = this.open(tag);
    this.#at += this.#bytes.write(kept, this.#at, "utf8");
    this.close(opened);
  }

  /** @param hex at most 32 digits */
  id(tag: number, hex: string): void {
    this.#room(SMALL_BYTES);
    this.#bytes[this.#at] = tag;
    this.#bytes[this.#at + 1] = hex.length / 2;
    this.#at += 2 + this.#bytes.write(hex, this.#at + 2, "hex");
  }

  /** @param value a whole number below 128 */
  small(tag: number, value: number): void {
    this.#room(SMALL_BYTES);
    this.#bytes[this.#at++] = tag;
    this.#bytes[this.#at++] = value;
  }

  /** @param tag one or two bytes, as the number that they are in little endian */
  fixed32(tag: number, value: number): void {
    this.#room(SMALL_BYTES);
    this.#bytes[this.#at++] = tag & 0xff;
    if (tag > 0xff) this.#bytes[this.#at++] = tag >>> 8;
    this.#at = this.#bytes.writeUInt32LE(value, this.#at);
  }

  /** A time in nanoseconds, which a number cannot hold. @param us whole microseconds since the epoch */
  time(tag: number, us: number): void {
    this.#room(SMALL_BYTES);
    this.#bytes[this.#at++] = tag;
    const low = (us % TWO_POW_32) * 1000;
    this.#at = this.#bytes.writeUInt32LE(low % TWO_POW_32, this.#at);
    this.#at = this.#bytes.writeUInt32LE(Math.floor(us / TWO_POW_32) * 1000 + Math.floor(low / TWO_POW_32), this.#at);
  }

  attribute(tag: number, key: string, value: AttributeValue): void {
    const opened = this.open(tag);
    this.#key(key);
    const valueOpened = this.open(VALUE);
    this.#any(value);
    this.close(valueOpened);
    this.close(opened);
  }

  #key(key: string): void {
    let bytes = this.#keys.get(key);
    if (bytes === undefined) {
      const text = new OtlpBytes();
      text.text(KEY, key);
      bytes = text.take();
      this.#keys.set(key, bytes);
    }
    this.#room(bytes.length);
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  #any(value: AttributeValue): void {
    if (typeof value === "string") this.text(STRING, value);
    else if (typeof value === "boolean") this.small(BOOL, value ? 1 : 0);
    else if (typeof value === "number") this.#number(value);
    else {
      const opened = this.open(ARRAY);
      for (const each of value) {
        const eachOpened = this.open(ARRAY_VALUES);
        this.text(STRING, each);
        this.close(eachOpened);
      }
      this.close(opened);
    }
  }

  #number(value: number): void {
    this.#room(SMALL_BYTES);
    if (!isWhole(value)) {
      this.#bytes[this.#at++] = DOUBLE;
      this.#at = this.#bytes.writeDoubleLE(value, this.#at);
      return;
    }
    this.#bytes[this.#at++] = INT;
    this.#at = writeVarint(this.#bytes, this.#at, value);
  }

  #room(bytes: number): void {
    if (this.#at + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(2 * (this.#bytes.length + bytes));
    larger.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = larger;
  }
}
