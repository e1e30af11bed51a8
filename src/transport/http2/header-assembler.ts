/** HEADERS and its CONTINUATIONs → one header block. A block in one frame, which is all of them in practice, is not copied. */
import { ConnectionError, ErrorCode, Flag } from "./frames.ts";

/** As sent, over all frames of a block: four times what the decoded list may have. */
const MAX_BLOCK_BYTES = 65_536;
/** Empty CONTINUATIONs would be free otherwise (the CONTINUATION flood of 2024). */
const MAX_FRAMES = 64;
const PRIORITY_BYTES = 5;

export interface BlockReader {
  /** @param dependsOnItself a priority that RFC 9113 has done away with, and still no client may send */
  onBlock(stream: number, block: Buffer, from: number, to: number, isEnd: boolean, dependsOnItself: boolean): void;
}

export class HeaderAssembler {
  readonly #reader: BlockReader;
  /** Stream whose block goes on; 0 = none. */
  #stream = 0;
  #isEnd = false;
  #dependsOnItself = false;
  #parts: Buffer[] = [];
  #bytes = 0;

  constructor(reader: BlockReader) {
    this.#reader = reader;
  }

  /** Nothing but a CONTINUATION of this stream may come; 0 = anything may. */
  get openStream(): number {
    return this.#stream;
  }

  headers(flags: number, stream: number, bytes: Buffer, start: number, stop: number): void {
    if (stream === 0) throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, "HEADERS on stream 0");
    let from = start;
    let to = stop;
    if ((flags & Flag.PADDED) !== 0) {
      to -= from < to ? (bytes[from] as number) : 1;
      from += 1;
    }
    let dependsOnItself = false;
    if ((flags & Flag.PRIORITY) !== 0) {
      dependsOnItself = to - from >= PRIORITY_BYTES && (bytes.readUInt32BE(from) & 0x7fff_ffff) === stream;
      from += PRIORITY_BYTES;
    }
    if (from > to) throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, "HEADERS with more padding than bytes");
    const isEnd = (flags & Flag.END_STREAM) !== 0;
    if ((flags & Flag.END_HEADERS) !== 0) {
      this.#reader.onBlock(stream, bytes, from, to, isEnd, dependsOnItself);
      return;
    }
    this.#stream = stream;
    this.#isEnd = isEnd;
    this.#dependsOnItself = dependsOnItself;
    this.#parts = [];
    this.#bytes = 0;
    this.#add(bytes, from, to);
  }

  continuation(flags: number, stream: number, bytes: Buffer, from: number, to: number): void {
    if (stream === 0 || stream !== this.#stream) {
      throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, "CONTINUATION of nothing");
    }
    this.#add(bytes, from, to);
    if ((flags & Flag.END_HEADERS) === 0) return;
    const block = Buffer.concat(this.#parts);
    this.#stream = 0;
    this.#parts = [];
    this.#reader.onBlock(stream, block, 0, block.length, this.#isEnd, this.#dependsOnItself);
  }

  #add(bytes: Buffer, from: number, to: number): void {
    this.#bytes += to - from;
    // Copied: a small part must not hold on to the chunk it came in.
    this.#parts.push(Buffer.from(bytes.subarray(from, to)));
    if (this.#bytes > MAX_BLOCK_BYTES || this.#parts.length > MAX_FRAMES) {
      throw new ConnectionError(ErrorCode.ENHANCE_YOUR_CALM, "a header block without end");
    }
  }
}
