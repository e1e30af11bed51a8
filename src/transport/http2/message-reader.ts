/** Cuts the bytes of one stream into gRPC messages: flag, length, message. One that lies whole in a frame is handed on where it is. */
import { badPrefix, tooLarge } from "../grpc/call-refusals.ts";
import { PREFIX_BYTES } from "./outgoing.ts";

/** First buffer of a message that comes in parts; it then doubles, so that nobody makes us allocate more than twice what they sent. */
const FIRST_BYTES = 4096;

export interface MessageSink {
  /**
   * @param message where it lay whole in what was pushed it is a part of that, and keeps all of it in memory
   * @param isCompressed as its flag says
   */
  onMessage(message: Buffer, isCompressed: boolean): void;
  /** Called before memory is taken for a message that comes in parts. @throws ServeError when there is none */
  reserve(bytes: number): void;
  /** Its call has ended: no message matters any more. */
  readonly isDeaf: boolean;
}

export class MessageReader {
  readonly #sink: MessageSink;
  readonly #maxBytes: number;
  #prefixAt = 0;
  #flag = 0;
  #length = 0;
  #message: Buffer | undefined;
  #messageAt = 0;

  constructor(sink: MessageSink, maxBytes: number) {
    this.#sink = sink;
    this.#maxBytes = maxBytes;
  }

  /** @throws ServeError for a message that is too large or has a wrong flag, and what the sink throws */
  push(bytes: Buffer, from: number, to: number): void {
    let at = from;
    while (at < to && !this.#sink.isDeaf) {
      if (this.#prefixAt < PREFIX_BYTES) {
        at = this.#readPrefix(bytes, at, to);
        if (this.#prefixAt < PREFIX_BYTES) return;
        if (to - at >= this.#length) {
          const end = at + this.#length;
          this.#deliver(bytes.subarray(at, end));
          at = end;
          continue;
        }
        this.#messageAt = 0;
        this.#message = undefined;
      }
      at = this.#readMessage(bytes, at, to);
    }
  }

  #readPrefix(bytes: Buffer, from: number, to: number): number {
    let at = from;
    while (at < to && this.#prefixAt < PREFIX_BYTES) {
      const byte = bytes[at++] as number;
      if (this.#prefixAt === 0) this.#flag = byte;
      else this.#length = (this.#prefixAt === 1 ? 0 : this.#length * 256) + byte;
      this.#prefixAt++;
    }
    if (this.#prefixAt === PREFIX_BYTES) {
      if (this.#flag > 1) throw badPrefix(this.#flag);
      if (this.#length > this.#maxBytes) throw tooLarge(this.#length, this.#maxBytes);
    }
    return at;
  }

  #readMessage(bytes: Buffer, at: number, to: number): number {
    const taken = Math.min(to - at, this.#length - this.#messageAt);
    const message = this.#grown(this.#messageAt + taken);
    bytes.copy(message, this.#messageAt, at, at + taken);
    this.#messageAt += taken;
    if (this.#messageAt === this.#length) {
      this.#message = undefined;
      this.#deliver(message.subarray(0, this.#length));
    }
    return at + taken;
  }

  #grown(bytes: number): Buffer {
    const before = this.#message;
    if (before !== undefined && before.length >= bytes) return before;
    const size = Math.min(this.#length, Math.max(FIRST_BYTES, bytes * 2));
    this.#sink.reserve(size - (before?.length ?? 0));
    const after = Buffer.allocUnsafeSlow(size);
    before?.copy(after, 0, 0, this.#messageAt);
    this.#message = after;
    return after;
  }

  #deliver(message: Buffer): void {
    this.#prefixAt = 0;
    this.#sink.onMessage(message, this.#flag === 1);
  }
}

/** Whether the bytes begin an uncompressed message of exactly this length. */
export function isPrefixOf(bytes: Buffer, at: number, length: number): boolean {
  return bytes[at] === 0 && bytes.readUInt32BE(at + 1) === length;
}
