/** JSON text as bytes in one growing Buffer: strings are copied from where they are stored, never decoded and encoded again. */
import { isUtf8 } from "node:buffer";
import { ServeError } from "../model/serve-error.ts";
import { pythonFloat } from "../wire/python-float.ts";
import { WireError } from "../wire/wire-error.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** Longest form of one escaped byte: `\u00XX`. */
const MAX_ESCAPED_BYTES = 6;
const INITIAL_BYTES = 1024;

/** Two-character escapes of json.dumps, by byte (CPython Modules/_json.c:escape_unicode). */
const SHORT_ESCAPES: ReadonlyMap<number, string> = new Map([
  [QUOTE, '\\"'],
  [BACKSLASH, "\\\\"],
  [0x08, "\\b"],
  [0x09, "\\t"],
  [0x0a, "\\n"],
  [0x0c, "\\f"],
  [0x0d, "\\r"],
]);

export class JsonWriter {
  /** Bytes written; may be set back to forget what was written after it. */
  length = 0;
  #buffer: Buffer;
  readonly #maxBytes: number;

  /** @param maxBytes size limit of the whole text, see {@link checkSize} */
  constructor(maxBytes: number, initialBytes = INITIAL_BYTES) {
    this.#maxBytes = maxBytes;
    this.#buffer = Buffer.allocUnsafe(Math.max(INITIAL_BYTES, Math.min(initialBytes, maxBytes)));
  }

  /** @throws ServeError INVALID_ARGUMENT (`limit`) when more was written than may be answered */
  checkSize(): void {
    if (this.length <= this.#maxBytes) return;
    throw new ServeError(
      "INVALID_ARGUMENT",
      `The answer takes at least ${this.length} bytes, more than sidecar.limits.max_response_bytes = ${this.#maxBytes}`,
      { reason: "limit" },
    );
  }

  /** The text so far; shares memory with the writer. */
  finish(): Buffer {
    this.checkSize();
    return this.#buffer.subarray(0, this.length);
  }

  byte(code: number): void {
    if (this.length === this.#buffer.length) this.#grow(1);
    this.#buffer[this.length++] = code;
  }

  /** @param text ASCII only */
  ascii(text: string): void {
    this.#reserve(text.length);
    this.length += this.#buffer.write(text, this.length, "latin1");
  }

  copy(source: Buffer, start: number, end: number): void {
    this.#reserve(end - start);
    this.length += source.copy(this.#buffer, this.length, start, end);
  }

  /** Repeats what was written at `[start, end)`. */
  repeat(start: number, end: number): void {
    this.#reserve(end - start);
    this.#buffer.copyWithin(this.length, start, end);
    this.length += end - start;
  }

  /** UTF-8 bytes as a JSON string, non-ASCII left as it is. @throws WireError when they are not UTF-8, as protobuf's parser does */
  string(source: Buffer, start: number, end: number): void {
    refuseInvalidUtf8(source, start, end);
    this.byte(QUOTE);
    let copied = start;
    for (let at = start; at < end; at += 1) {
      const code = source[at] as number;
      if (code >= 0x20 && code !== QUOTE && code !== BACKSLASH) continue;
      this.copy(source, copied, at);
      this.#escape(code);
      copied = at + 1;
    }
    this.copy(source, copied, end);
    this.byte(QUOTE);
  }

  /** RFC 4648 with padding, as a JSON string. */
  base64(source: Buffer, start: number, end: number): void {
    this.byte(QUOTE);
    this.ascii(source.toString("base64", start, end));
    this.byte(QUOTE);
  }

  /** A signed 64-bit integer given as two signed halves, exact. */
  int64(low: number, high: number): void {
    const value = high * 4294967296 + (low >>> 0);
    if (Number.isSafeInteger(value)) this.ascii(String(value));
    else this.ascii(((BigInt(high) << 32n) | BigInt(low >>> 0)).toString());
  }

  /** Python's `repr`; what JSON has no number for becomes a string (feast/feature_server_utils.py:_float_to_native). */
  double(value: number): void {
    if (Number.isFinite(value)) this.ascii(pythonFloat(value));
    else if (Number.isNaN(value)) this.ascii('"NaN"');
    else this.ascii(value > 0 ? '"Infinity"' : '"-Infinity"');
  }

  #escape(code: number): void {
    this.ascii(SHORT_ESCAPES.get(code) ?? `\\u${code.toString(16).padStart(4, "0")}`);
  }

  #reserve(byteCount: number): void {
    if (byteCount > this.#buffer.length - this.length) this.#grow(byteCount);
  }

  #grow(byteCount: number): void {
    this.checkSize();
    const grown = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.length + byteCount + MAX_ESCAPED_BYTES));
    this.#buffer.copy(grown, 0, 0, this.length);
    this.#buffer = grown;
  }
}

/** protobuf's parser refuses a `string` field that is not UTF-8. @throws WireError */
export function refuseInvalidUtf8(source: Buffer, start: number, end: number): void {
  if (end > start && !isUtf8(source.subarray(start, end))) throw new WireError("has a string that is not UTF-8");
}
