/** Cuts a connection's bytes into frames. A frame that lies whole in a chunk is handed on where it is; one that does not is copied once. */
import { ConnectionError, DEFAULT_MAX_FRAME_BYTES, ErrorCode, FRAME_HEADER_BYTES } from "./frames.ts";

/** RFC 9113, section 3.4. */
const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1");

export interface FrameHandler {
  /** true: what is left of the chunk does not matter any more. */
  readonly closing: boolean;
  /** The payload is `bytes[from, to)`; the bytes are never reused, so parts of them may be kept. @throws ConnectionError */
  onFrame(type: number, flags: number, stream: number, bytes: Buffer, from: number, to: number): void;
}

export class FrameReader {
  readonly #handler: FrameHandler;
  #prefaceAt = 0;
  /** A frame's header that came in parts. */
  readonly #head = Buffer.alloc(FRAME_HEADER_BYTES);
  #headAt = 0;
  /** The payload of the frame in `#head`, as far as it has come. */
  #payload: Buffer | undefined;
  #payloadAt = 0;

  constructor(handler: FrameHandler) {
    this.#handler = handler;
  }

  /** @throws ConnectionError for a broken preface or a frame that is too long, and what the handler throws */
  push(chunk: Buffer): void {
    const end = chunk.length;
    let at = this.#prefaceAt < PREFACE.length ? this.#readPreface(chunk) : 0;
    if (this.#headAt > 0) at = this.#finish(chunk, at);
    const handler = this.#handler;
    while (end - at >= FRAME_HEADER_BYTES && !handler.closing) {
      const length = frameLength(chunk, at);
      const from = at + FRAME_HEADER_BYTES;
      if (length > end - from) break;
      handler.onFrame(
        chunk[at + 3] as number,
        chunk[at + 4] as number,
        streamOf(chunk, at),
        chunk,
        from,
        from + length,
      );
      at = from + length;
    }
    if (at < end && !handler.closing) this.#finish(chunk, at);
  }

  #readPreface(chunk: Buffer): number {
    let at = 0;
    while (at < chunk.length && this.#prefaceAt < PREFACE.length) {
      if (chunk[at++] !== PREFACE[this.#prefaceAt++]) {
        throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, "not the HTTP/2 preface");
      }
    }
    return at;
  }

  /** Takes what the frame in parts still lacks, and hands it on when it is whole. @returns where the next frame starts */
  #finish(chunk: Buffer, start: number): number {
    let at = start;
    if (this.#headAt < FRAME_HEADER_BYTES) {
      const taken = Math.min(FRAME_HEADER_BYTES - this.#headAt, chunk.length - at);
      chunk.copy(this.#head, this.#headAt, at, at + taken);
      this.#headAt += taken;
      at += taken;
      if (this.#headAt < FRAME_HEADER_BYTES) return at;
      this.#payload = Buffer.allocUnsafeSlow(frameLength(this.#head, 0));
      this.#payloadAt = 0;
    }
    const payload = this.#payload as Buffer;
    const taken = Math.min(payload.length - this.#payloadAt, chunk.length - at);
    chunk.copy(payload, this.#payloadAt, at, at + taken);
    this.#payloadAt += taken;
    if (this.#payloadAt < payload.length) return at + taken;
    this.#headAt = 0;
    this.#payload = undefined;
    const head = this.#head;
    this.#handler.onFrame(head[3] as number, head[4] as number, streamOf(head, 0), payload, 0, payload.length);
    return at + taken;
  }
}

function frameLength(bytes: Buffer, at: number): number {
  const length = ((bytes[at] as number) << 16) | ((bytes[at + 1] as number) << 8) | (bytes[at + 2] as number);
  if (length > DEFAULT_MAX_FRAME_BYTES) {
    throw new ConnectionError(ErrorCode.FRAME_SIZE_ERROR, `a frame of ${length} bytes`);
  }
  return length;
}

function streamOf(bytes: Buffer, at: number): number {
  return (
    (((bytes[at + 5] as number) & 0x7f) << 24) |
    ((bytes[at + 6] as number) << 16) |
    ((bytes[at + 7] as number) << 8) |
    (bytes[at + 8] as number)
  );
}
