/** The bytes that a connection is about to write: frames are put together in pooled buffers and leave in one write a turn. */
import type { Socket } from "node:net";
import { FRAME_HEADER_BYTES, FrameType } from "./frames.ts";

const BUFFER_BYTES = 32_768;
const MAX_POOLED = 64;

/** Buffers between two writes, for all connections of a server: a buffer of its own for each write is garbage of 32 KiB. */
export class BufferPool {
  readonly #free: Buffer[] = [];

  take(): Buffer {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(BUFFER_BYTES);
  }

  give(buffer: Buffer): void {
    if (this.#free.length < MAX_POOLED) this.#free.push(buffer);
  }
}

export class Output {
  /** Frames are written here, from what {@link room} returns on. */
  bytes: Buffer = EMPTY;
  /** Since the last flush, without what is in `bytes` alone. */
  #referenced = 0;
  #at = 0;
  #segmentFrom = 0;
  readonly #parts: Uint8Array[] = [];
  readonly #used: Buffer[] = [];
  readonly #socket: Socket;
  readonly #pool: BufferPool;
  readonly #schedule: () => void;

  /** @param schedule called for each write; must see to it that {@link flush} is called in this turn */
  constructor(socket: Socket, pool: BufferPool, schedule: () => void) {
    this.#socket = socket;
    this.#pool = pool;
    this.#schedule = schedule;
  }

  /** Bytes since the last flush. */
  get pending(): number {
    return this.#referenced + this.#at - this.#segmentFrom;
  }

  /** Has {@link flush} called in this turn, though nothing is written yet. */
  requestFlush(): void {
    this.#schedule();
  }

  /** Space for `count` bytes, at most 32 KiB, in `bytes`; they count as written. @returns where it begins */
  room(count: number): number {
    if (this.#at + count > this.bytes.length) {
      this.#closeSegment();
      this.bytes = this.#pool.take();
      this.#used.push(this.bytes);
      this.#at = 0;
      this.#segmentFrom = 0;
    }
    this.#schedule();
    const at = this.#at;
    this.#at = at + count;
    return at;
  }

  /** A frame's nine bytes and room for its payload in `bytes`. @returns where the payload begins */
  frame(payloadBytes: number, type: number, flags: number, stream: number, inPlace = payloadBytes): number {
    const at = this.room(FRAME_HEADER_BYTES + inPlace);
    const { bytes } = this;
    bytes[at] = payloadBytes >>> 16;
    bytes[at + 1] = payloadBytes >>> 8;
    bytes[at + 2] = payloadBytes;
    bytes[at + 3] = type;
    bytes[at + 4] = flags;
    bytes[at + 5] = stream >>> 24;
    bytes[at + 6] = stream >>> 16;
    bytes[at + 7] = stream >>> 8;
    bytes[at + 8] = stream;
    return at + FRAME_HEADER_BYTES;
  }

  /** A small frame of the connection. */
  control(type: number, flags: number, payload: Uint8Array): void {
    const at = this.frame(payload.length, type, flags, 0);
    this.bytes.set(payload, at);
  }

  resetStream(stream: number, code: number): void {
    const at = this.frame(4, FrameType.RST_STREAM, 0, stream);
    this.bytes.writeUInt32BE(code, at);
  }

  windowUpdate(stream: number, bytes: number): void {
    const at = this.frame(4, FrameType.WINDOW_UPDATE, 0, stream);
    this.bytes.writeUInt32BE(bytes, at);
  }

  /** Bytes that follow here without being copied; they must not change until they are sent. */
  reference(bytes: Uint8Array): void {
    this.#closeSegment();
    this.#parts.push(bytes);
    this.#referenced += bytes.length;
  }

  /** Writes all of it. @returns how much the socket has yet to take */
  flush(): number {
    const socket = this.#socket;
    this.#closeSegment();
    const parts = this.#parts;
    if (!socket.writable) parts.length = 0;
    if (parts.length === 1) socket.write(parts[0] as Uint8Array);
    else if (parts.length > 1) {
      socket.cork();
      for (const part of parts) socket.write(part);
      socket.uncork();
    }
    parts.length = 0;
    const left = socket.writableLength;
    // What was written at once can be used again; what was not belongs to the socket until it is.
    if (left === 0) for (const buffer of this.#used) this.#pool.give(buffer);
    this.#used.length = 0;
    this.bytes = EMPTY;
    this.#at = 0;
    this.#segmentFrom = 0;
    this.#referenced = 0;
    return left;
  }

  #closeSegment(): void {
    if (this.#at === this.#segmentFrom) return;
    this.#parts.push(this.bytes.subarray(this.#segmentFrom, this.#at));
    this.#referenced += this.#at - this.#segmentFrom;
    this.#segmentFrom = this.#at;
  }
}

const EMPTY = Buffer.alloc(0);
