/**
 * HPACK decoding (RFC 7541). Fields go to a sink one by one; what the dynamic table holds was turned into strings and judged
 * when it was added, so a request of indexed fields, which is what clients send from their second call on, allocates nothing.
 */
import { ConnectionError, ErrorCode } from "./frames.ts";
import { FIELD_OVERHEAD_BYTES, type HeaderField, headerField, isMalformedValue, STATIC_TABLE } from "./header-field.ts";
import { decodeHuffman } from "./huffman.ts";

/** SETTINGS_HEADER_TABLE_SIZE as we leave it: the default. */
const MAX_TABLE_BYTES = 4096;
const MAX_ENTRIES = MAX_TABLE_BYTES / FIELD_OVERHEAD_BYTES;
/** No length or index of a block that was let in is larger. */
const MAX_INTEGER = 2 ** 21;

export interface FieldSink {
  /**
   * @param kind one of header-field.ts's Name
   * @param bytes as HPACK counts them, for the limit on the list
   */
  onField(kind: number, value: string, isMalformed: boolean, bytes: number): void;
}

export class HpackDecoder {
  /** A ring: the newest entry is at `#newest`. */
  readonly #entries: (HeaderField | undefined)[] = new Array(MAX_ENTRIES).fill(undefined);
  #newest = 0;
  #count = 0;
  #bytes = 0;
  #maxBytes = MAX_TABLE_BYTES;
  /** Shared by all decoders: used within one call only. */
  #block: Buffer = EMPTY;
  #at = 0;
  #end = 0;

  /** Decodes a whole header block. @throws ConnectionError COMPRESSION_ERROR, after which the tables are lost */
  decode(block: Buffer, from: number, to: number, sink: FieldSink): void {
    this.#block = block;
    this.#at = from;
    this.#end = to;
    let updates = true;
    while (this.#at < to) {
      const first = block[this.#at] as number;
      if (first >= 0x80) {
        const field = this.#lookup(this.#integer(0x7f));
        sink.onField(field.kind, field.value, field.isMalformed, field.bytes);
      } else if (first >= 0x40) this.#addLiteral(sink);
      else if (first >= 0x20) {
        if (!updates) throw broken("a table size update after a field");
        this.#resize(this.#integer(0x1f));
        continue;
      } else this.#passLiteral(sink);
      updates = false;
    }
    this.#block = EMPTY;
  }

  #addLiteral(sink: FieldSink): void {
    const index = this.#integer(0x3f);
    const name = index === 0 ? this.#text() : this.#lookup(index).name;
    const field = headerField(name, this.#text());
    this.#add(field);
    sink.onField(field.kind, field.value, field.isMalformed, field.bytes);
  }

  /** A literal that is not to be kept. */
  #passLiteral(sink: FieldSink): void {
    const index = this.#integer(0x0f);
    const named = index === 0 ? headerField(this.#text(), "") : this.#lookup(index);
    const value = this.#text();
    const isMalformed = named.nameIsMalformed || isMalformedValue(value);
    sink.onField(named.kind, value, isMalformed, named.name.length + value.length + FIELD_OVERHEAD_BYTES);
  }

  #lookup(index: number): HeaderField {
    if (index > STATIC_TABLE.length) {
      const back = index - STATIC_TABLE.length - 1;
      if (back < this.#count) return this.#entries[(this.#newest - back) & (MAX_ENTRIES - 1)] as HeaderField;
    } else if (index > 0) return STATIC_TABLE[index - 1] as HeaderField;
    throw broken(`no table entry ${index}`);
  }

  #add(field: HeaderField): void {
    this.#evict(this.#maxBytes - field.bytes);
    if (field.bytes > this.#maxBytes) return;
    this.#newest = (this.#newest + 1) & (MAX_ENTRIES - 1);
    this.#entries[this.#newest] = field;
    this.#count++;
    this.#bytes += field.bytes;
  }

  #resize(bytes: number): void {
    if (bytes > MAX_TABLE_BYTES) throw broken(`a table of ${bytes} bytes`);
    this.#maxBytes = bytes;
    this.#evict(bytes);
  }

  /** Drops the oldest entries until no more than `bytes` are left. */
  #evict(bytes: number): void {
    while (this.#bytes > bytes && this.#count > 0) {
      this.#count--;
      const oldest = (this.#newest - this.#count) & (MAX_ENTRIES - 1);
      this.#bytes -= (this.#entries[oldest] as HeaderField).bytes;
      this.#entries[oldest] = undefined;
    }
  }

  /** An integer whose first byte has it under `mask` (RFC 7541, section 5.1). */
  #integer(mask: number): number {
    const block = this.#block;
    let value = (block[this.#at++] as number) & mask;
    if (value < mask) return value;
    for (let scale = 1; ; scale *= 128) {
      if (this.#at >= this.#end) throw broken("a block that ends early");
      const byte = block[this.#at++] as number;
      value += (byte & 0x7f) * scale;
      if (value > MAX_INTEGER || scale > MAX_INTEGER) throw broken("an integer that is too large");
      if (byte < 0x80) return value;
    }
  }

  #text(): string {
    if (this.#at >= this.#end) throw broken("a block that ends early");
    const block = this.#block;
    const isHuffman = (block[this.#at] as number) >= 0x80;
    const length = this.#integer(0x7f);
    const from = this.#at;
    if (length > this.#end - from) throw broken("a block that ends early");
    this.#at = from + length;
    if (!isHuffman) return block.toString("latin1", from, from + length);
    if (scratch.length < length * 2) scratch = Buffer.allocUnsafeSlow(length * 2);
    return scratch.toString("latin1", 0, decodeHuffman(block, from, from + length, scratch));
  }
}

const EMPTY = Buffer.alloc(0);
/** Where Huffman strings are decoded to; grows to twice the longest block that was let in. */
let scratch = Buffer.allocUnsafeSlow(4096);

function broken(what: string): ConnectionError {
  return new ConnectionError(ErrorCode.COMPRESSION_ERROR, `HPACK: ${what}`);
}
