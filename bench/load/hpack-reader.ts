/** HPACK decoding (RFC 7541) for the load client: enough to read any server's answer, and cheap for answers that are all indexed. */

export interface Header {
  readonly name: string;
  readonly value: string;
}

/** RFC 7541 appendix A. */
const STATIC_TABLE: readonly Header[] =
  `:authority|:method GET|:method POST|:path /|:path /index.html|:scheme http|:scheme https|:status 200|:status 204
:status 206|:status 304|:status 400|:status 404|:status 500|accept-charset|accept-encoding gzip, deflate|accept-language|accept-ranges|accept
access-control-allow-origin|age|allow|authorization|cache-control|content-disposition|content-encoding|content-language|content-length
content-location|content-range|content-type|cookie|date|etag|expect|expires|from|host|if-match|if-modified-since|if-none-match|if-range
if-unmodified-since|last-modified|link|location|max-forwards|proxy-authenticate|proxy-authorization|range|referer|refresh|retry-after|server
set-cookie|strict-transport-security|transfer-encoding|user-agent|vary|via|www-authenticate`
    .split(/[|\n]/)
    .map((entry) => {
      const space = entry.indexOf(" ");
      return space < 0 ? { name: entry, value: "" } : { name: entry.slice(0, space), value: entry.slice(space + 1) };
    });

const TABLE_BYTES = 4096;
const ENTRY_OVERHEAD = 32;

export class HpackReader {
  /** Newest first. */
  readonly #dynamic: Header[] = [];
  #dynamicBytes = 0;
  #maxBytes = TABLE_BYTES;
  #block: Buffer = Buffer.alloc(0);
  #at = 0;

  /** All headers of a block, in order. @throws Error for a block that RFC 7541 does not allow */
  read(block: Buffer): Header[] {
    this.#block = block;
    this.#at = 0;
    const headers: Header[] = [];
    while (this.#at < block.length) {
      const first = block[this.#at] as number;
      if (first >= 0x80) headers.push(this.#entry(this.#integer(7)));
      else if (first >= 0x40) headers.push(this.#insert(this.#literal(6)));
      else if (first >= 0x20) this.#resize(this.#integer(5));
      else headers.push(this.#literal(4));
    }
    return headers;
  }

  #literal(prefixBits: number): Header {
    const index = this.#integer(prefixBits);
    const name = index === 0 ? this.#text() : this.#entry(index).name;
    return { name, value: this.#text() };
  }

  #entry(index: number): Header {
    const header =
      index <= STATIC_TABLE.length ? STATIC_TABLE[index - 1] : this.#dynamic[index - STATIC_TABLE.length - 1];
    if (header === undefined) throw new Error(`HPACK: there is no entry ${index}`);
    return header;
  }

  #insert(header: Header): Header {
    this.#dynamic.unshift(header);
    this.#dynamicBytes += header.name.length + header.value.length + ENTRY_OVERHEAD;
    this.#evict();
    return header;
  }

  #resize(bytes: number): void {
    if (bytes > TABLE_BYTES) throw new Error(`HPACK: a table of ${bytes} bytes is more than was allowed`);
    this.#maxBytes = bytes;
    this.#evict();
  }

  #evict(): void {
    while (this.#dynamicBytes > this.#maxBytes) {
      const { name, value } = this.#dynamic.pop() as Header;
      this.#dynamicBytes -= name.length + value.length + ENTRY_OVERHEAD;
    }
  }

  #integer(prefixBits: number): number {
    const limit = 2 ** prefixBits - 1;
    let value = this.#byte() & limit;
    if (value < limit) return value;
    for (let shift = 0; shift <= 21; shift += 7) {
      const byte = this.#byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new Error("HPACK: an integer is too large");
  }

  #text(): string {
    const huffman = (this.#block[this.#at] as number) >= 0x80;
    const length = this.#integer(7);
    const start = this.#at;
    this.#at += length;
    if (this.#at > this.#block.length) throw new Error("HPACK: the block ends inside a text");
    return huffman ? readHuffman(this.#block, start, this.#at) : this.#block.toString("latin1", start, this.#at);
  }

  #byte(): number {
    const byte = this.#block[this.#at];
    if (byte === undefined) throw new Error("HPACK: the block ends inside an integer");
    this.#at += 1;
    return byte;
  }
}

/** Bits of the code of each byte, RFC 7541 appendix B; codes of one length count up in the order of the bytes. */
const CODE_BITS = [
  13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28,
  28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
  13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6, 15, 5, 6, 5, 6,
  5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28, 20, 22, 20, 20, 22, 22, 22, 23,
  22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24, 22, 21, 20, 22, 22,
  23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23, 26, 26,
  20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27,
  27, 20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27,
  27, 27, 27, 26,
];

/** Code with a leading 1 (which keeps its length) → byte. */
const BYTE_OF_CODE = new Map<number, number>();
{
  let code = 0;
  for (let bits = 1; bits <= 30; bits += 1) {
    for (const [byte, length] of CODE_BITS.entries()) if (length === bits) BYTE_OF_CODE.set(2 ** bits + code++, byte);
    code *= 2;
  }
}

function readHuffman(block: Buffer, start: number, end: number): string {
  let text = "";
  let code = 1;
  for (let at = start; at < end; at += 1) {
    const byte = block[at] as number;
    for (let bit = 7; bit >= 0; bit -= 1) {
      code = code * 2 + ((byte >> bit) & 1);
      const found = BYTE_OF_CODE.get(code);
      if (found === undefined) continue;
      text += String.fromCharCode(found);
      code = 1;
    }
  }
  return text;
}
