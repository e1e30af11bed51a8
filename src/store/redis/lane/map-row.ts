/** A row as HGETALL answers it: a map of all fields of the hash, in the order that Redis holds them. */
import { type FieldTable, fieldTable } from "./field-table.ts";
import type { PendingRead } from "./pending-read.ts";
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

/** Answers of `#bulk` that are no place. */
const INCOMPLETE = -1;
const OTHER_TYPE = -2;

/** One object serves all rows of a connection, like ListRow. */
export class MapRow {
  /** Where the next pair begins. */
  at = 0;
  /** Fields in the reply. */
  fields = 0;
  #fieldsLeft = 0;
  #spans: Int32Array = new Int32Array(0);
  #sources: Buffer[] = [];
  #table: FieldTable | undefined;
  #stride = 0;
  #key = 0;
  /** End of what `#bulk` found. */
  #bulkEnd = 0;

  begin(read: PendingRead, at: number, fields: number): void {
    this.at = at;
    this.fields = fields;
    this.#fieldsLeft = fields;
    this.#spans = read.spans;
    this.#sources = read.sources;
    this.#table = fieldTable(read.shape);
    this.#stride = read.stride;
    this.#key = read.key;
    // Slots whose field is not in the map.
    this.#spans.fill(-1, 2 * read.key * read.stride, 2 * (read.key + 1) * read.stride);
  }

  /** Elements still to come. */
  get left(): number {
    return 2 * this.#fieldsLeft;
  }

  /** Reads as many whole pairs as have arrived. @throws MalformedReply */
  read(bytes: Buffer, end: number): RowProgress {
    const spans = this.#spans;
    const table = this.#table!;
    const { twins } = table;
    const base = 2 * this.#key * this.#stride;
    let { at } = this;
    let left = this.#fieldsLeft;
    let progress: RowProgress = "done";
    for (; left > 0; left -= 1) {
      const field = this.#bulk(bytes, at, end);
      const fieldEnd = this.#bulkEnd;
      const value = field < 0 ? field : this.#bulk(bytes, fieldEnd + 2, end);
      if (value < 0) {
        progress = value === INCOMPLETE ? "more" : "other";
        break;
      }
      const valueEnd = this.#bulkEnd;
      for (let slot = table.find(bytes, field, fieldEnd - field); slot >= 0; slot = twins[slot]!) {
        spans[base + 2 * slot] = value;
        spans[base + 2 * slot + 1] = valueEnd;
      }
      at = valueEnd + 2;
    }
    this.at = at;
    this.#fieldsLeft = left;
    if (progress === "done") this.#sources[this.#key] = bytes;
    return progress;
  }

  /** The bytes read so far are at smaller offsets, in another buffer. */
  moved(by: number): void {
    this.at -= by;
    const spans = this.#spans;
    const first = 2 * this.#key * this.#stride;
    const stop = first + 2 * this.#stride;
    for (let i = first; i < stop; i += 1) if (spans[i]! >= 0) spans[i]! -= by;
  }

  /** Start of a bulk string's bytes, its end in `#bulkEnd`; or INCOMPLETE or OTHER_TYPE. Bytes after `end`: see ListRow.read. */
  #bulk(bytes: Buffer, at: number, end: number): number {
    if (at >= end) return INCOMPLETE;
    if (bytes[at] !== DOLLAR) return OTHER_TYPE;
    let p = at + 1;
    let length = 0;
    let byte = bytes[p]!;
    while (byte >= ZERO && byte <= NINE) {
      length = length * 10 + byte - ZERO;
      p += 1;
      byte = bytes[p]!;
    }
    if (p + 2 > end) {
      if (end - at > LONGEST_HEADER_BYTES) throw badLength();
      return INCOMPLETE;
    }
    if (byte !== CR || bytes[p + 1] !== LF || p === at + 1 || length > MAX_CELL_BYTES) throw badLength();
    const stop = p + 2 + length;
    if (stop + 2 > end) return INCOMPLETE;
    if (bytes[stop] !== CR || bytes[stop + 1] !== LF) throw badValue();
    this.#bulkEnd = stop;
    return p + 2;
  }
}
