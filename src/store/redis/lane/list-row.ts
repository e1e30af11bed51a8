/** A row as HMGET answers it: a list with one element per slot. */
import type { PendingRead } from "./pending-read.ts";
import { MalformedReply } from "./resp-value.ts";
import {
  badLength,
  badValue,
  CR,
  DOLLAR,
  LF,
  LONGEST_HEADER_BYTES,
  MAX_CELL_BYTES,
  NINE,
  type RowProgress,
  ZERO,
} from "./row-bytes.ts";

const MINUS = 0x2d;
const ONE = 0x31;
const UNDERSCORE = 0x5f;

/** One object serves all rows of a connection. What it needs of a read is copied: a read that ends meanwhile lets its memory go. */
export class ListRow {
  /** Where the next cell begins. */
  at = 0;
  #spans: Int32Array = new Int32Array(0);
  #sources: Buffer[] = [];
  #stride = 0;
  #key = 0;
  #slot = 0;

  begin(read: PendingRead, at: number): void {
    this.at = at;
    this.#spans = read.spans;
    this.#sources = read.sources;
    this.#stride = read.stride;
    this.#key = read.key;
    this.#slot = 0;
  }

  /** Elements still to come. */
  get left(): number {
    return this.#stride - this.#slot;
  }

  /**
   * Reads as many cells as have arrived. The bytes after `end` are old or never written: what was read from there is looked at
   * only after the check that the header ends before it.
   * @throws MalformedReply
   */
  read(bytes: Buffer, end: number): RowProgress {
    const spans = this.#spans;
    const stride = this.#stride;
    let { at } = this;
    let slot = this.#slot;
    let span = 2 * (this.#key * stride + slot);
    let progress: RowProgress = "more";
    while (slot < stride && at < end) {
      const type = bytes[at]!;
      if (type === DOLLAR) {
        let p = at + 1;
        let length = 0;
        let byte = bytes[p]!;
        while (byte >= ZERO && byte <= NINE) {
          length = length * 10 + byte - ZERO;
          p += 1;
          byte = bytes[p]!;
        }
        if (p + 2 > end) {
          // Digits that never end, or the start of a header.
          if (end - at > LONGEST_HEADER_BYTES) throw badLength();
          break;
        }
        if (byte === CR && bytes[p + 1] === LF && p > at + 1 && length <= MAX_CELL_BYTES) {
          const start = p + 2;
          const stop = start + length;
          if (stop + 2 > end) break;
          if (bytes[stop] !== CR || bytes[stop + 1] !== LF) throw badValue();
          spans[span] = start;
          spans[span + 1] = stop;
          at = stop + 2;
        } else {
          if (byte !== MINUS || p !== at + 1 || bytes[p + 1] !== ONE) throw badLength();
          if (at + 5 > end) break;
          if (bytes[at + 3] !== CR || bytes[at + 4] !== LF) throw badLength();
          spans[span] = -1;
          spans[span + 1] = -1;
          at += 5;
        }
      } else if (type === UNDERSCORE) {
        if (at + 3 > end) break;
        if (bytes[at + 1] !== CR || bytes[at + 2] !== LF) throw new MalformedReply("a null with content");
        spans[span] = -1;
        spans[span + 1] = -1;
        at += 3;
      } else {
        progress = "other";
        break;
      }
      slot += 1;
      span += 2;
    }
    this.at = at;
    this.#slot = slot;
    if (slot < stride) return progress;
    this.#sources[this.#key] = bytes;
    return "done";
  }

  /** The bytes read so far are at smaller offsets, in another buffer. */
  moved(by: number): void {
    this.at -= by;
    const spans = this.#spans;
    const first = 2 * this.#key * this.#stride;
    const stop = first + 2 * this.#slot;
    for (let i = first; i < stop; i += 1) if (spans[i]! >= 0) spans[i]! -= by;
  }
}
