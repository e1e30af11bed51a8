/** Passes over any RESP value without looking into it, also when it comes in pieces. */
import { MalformedReply } from "./resp-value.ts";

const CR = 13;
const LF = 10;
const LONGEST_LINE_BYTES = 64 * 1024;
/** redis.conf: proto-max-bulk-len. */
const MAX_BULK_BYTES = 512 * 1024 * 1024;
const MAX_ELEMENTS = 2 ** 31 - 1;

/**
 * Values nest, but to pass over them it is enough to count the elements still to come: an aggregate of n adds n. So nothing
 * grows with the depth.
 */
export class RespSkipper {
  #elements = 0;
  /** Bytes of a bulk string and its CRLF still to pass over. */
  #bulkBytes = 0;
  #attribute = false;

  /**
   * @param elements values to pass over
   * @param attribute they are one attribute (`|`), without the value that it stands before
   */
  begin(elements: number, attribute: boolean): void {
    this.#elements = elements;
    this.#bulkBytes = 0;
    this.#attribute = attribute;
  }

  get isDone(): boolean {
    return this.#elements === 0 && this.#bulkBytes === 0;
  }

  /**
   * @returns the place to go on from when more bytes have come, or the end when `isDone`
   * @throws MalformedReply
   */
  skip(bytes: Buffer, from: number, end: number): number {
    let at = from;
    for (;;) {
      const passed = Math.min(this.#bulkBytes, end - at);
      this.#bulkBytes -= passed;
      at += passed;
      if (this.#bulkBytes > 0 || this.#elements === 0 || at === end) return at;
      const lineEnd = endOfLine(bytes, at, end);
      if (lineEnd < 0) return at;
      this.#element(bytes[at]!, bytes, at + 1, lineEnd);
      at = lineEnd + 2;
    }
  }

  /** One line: a whole value, or the head of a bulk string or an aggregate. */
  #element(type: number, bytes: Buffer, start: number, end: number): void {
    this.#elements -= 1;
    switch (String.fromCharCode(type)) {
      case "+":
      case "-":
      case ":":
      case "_":
      case ",":
      case "#":
      case "(":
        return;
      case "$":
      case "!":
      case "=": {
        const length = parseLength(bytes, start, end, MAX_BULK_BYTES);
        if (length >= 0) this.#bulkBytes = length + 2;
        return;
      }
      case "*":
      case "~":
      case ">":
        this.#add(Math.max(0, parseLength(bytes, start, end, MAX_ELEMENTS)));
        return;
      case "%":
        this.#add(2 * Math.max(0, parseLength(bytes, start, end, MAX_ELEMENTS)));
        return;
      case "|":
        // The value that it describes is still to come, unless only the attribute was asked for.
        this.#add(2 * Math.max(0, parseLength(bytes, start, end, MAX_ELEMENTS)) + (this.#attribute ? 0 : 1));
        this.#attribute = false;
        return;
      default:
        throw new MalformedReply(`an unknown type, byte ${type}`);
    }
  }

  #add(elements: number): void {
    this.#elements += elements;
    if (this.#elements > MAX_ELEMENTS) throw new MalformedReply("too many elements");
  }
}

/** Index of the line's CRLF, −1 = not there yet. */
function endOfLine(bytes: Buffer, at: number, end: number): number {
  // Not indexOf, which would search beyond what was received.
  let lineEnd = at;
  while (lineEnd < end && bytes[lineEnd] !== LF) lineEnd += 1;
  if (lineEnd < end) {
    if (bytes[lineEnd - 1] !== CR || lineEnd - at < 2) throw new MalformedReply("a line that does not end in CRLF");
    return lineEnd - 1;
  }
  if (end - at > LONGEST_LINE_BYTES) throw new MalformedReply(`a line longer than ${LONGEST_LINE_BYTES} bytes`);
  return -1;
}

/** A length, −1 for null. */
function parseLength(bytes: Buffer, start: number, end: number, most: number): number {
  if (end - start === 2 && bytes[start] === 0x2d && bytes[start + 1] === 0x31) return -1;
  let length = 0;
  for (let i = start; i < end; i += 1) {
    const digit = bytes[i]! - 0x30;
    if (digit < 0 || digit > 9) throw new MalformedReply("a length that is no number");
    length = length * 10 + digit;
  }
  if (end === start || end - start > 12 || length > most) throw new MalformedReply("a length out of range");
  return length;
}
