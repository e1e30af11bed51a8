/**
 * Answers of one connection on their way out. A small one that the windows and the socket have room for becomes HEADERS, DATA and
 * trailers in one piece of one buffer; all others queue and leave frame by frame, in turns, as room is made.
 */

import { DEFAULT_MAX_FRAME_BYTES, DEFAULT_WINDOW_BYTES, Flag, FRAME_HEADER_BYTES, FrameType } from "./frames.ts";
import { ANSWER_HEAD, NOT_GRPC_HEAD, OK_TRAILERS, statusBlock, TABLE_SIZE_ZERO } from "./header-block.ts";
import type { LeanCall } from "./lean-call.ts";
import type { Outbox } from "./outbox.ts";
import type { Output } from "./output.ts";

/** Compressed flag and length before a gRPC message. */
export const PREFIX_BYTES = 5;
/** Larger ones are sent from where they are: copying 16 KiB takes 1 µs, another part of a write about as long. */
const MAX_COPY_BYTES = DEFAULT_MAX_FRAME_BYTES;
const MIN_REFERENCE_BYTES = 4096;
/** Bytes that one connection adds to one turn, and that its socket may have yet to take; the rest waits. */
const MAX_TURN_BYTES = 262_144;

const HEAD_FRAME = frameTemplate(ANSWER_HEAD, Flag.END_HEADERS);
const TRAILERS_FRAME = frameTemplate(OK_TRAILERS, Flag.END_HEADERS | Flag.END_STREAM);

export class Outgoing {
  /** What the client lets us send, in all and at first on each stream. */
  window = DEFAULT_WINDOW_BYTES;
  initialWindow = DEFAULT_WINDOW_BYTES;
  maxFrameBytes = DEFAULT_MAX_FRAME_BYTES;
  /** The client's header table became smaller than ours may be: the next block must say that ours is empty. */
  owesTableUpdate = false;
  /** The socket has more than enough. */
  isBlocked = false;
  /** DATA was sent since somebody last set this back. */
  hasSentData = false;
  /** Bytes of DATA from the queue, since somebody last set this back. */
  queueSentBytes = 0;
  readonly #output: Output;
  readonly #queue: LeanCall[] = [];
  /** Those that wait for the connection's window. */
  readonly #stalled = new Set<LeanCall>();

  constructor(output: Output) {
    this.#output = output;
  }

  /** Sends a whole OK answer without marks if that can be done at once. @returns false when it cannot: nothing was sent */
  sendWhole(call: LeanCall, message: Uint8Array): boolean {
    const framed = message.length + PREFIX_BYTES;
    if (framed > MAX_COPY_BYTES || framed > this.maxFrameBytes || framed > this.window || framed > call.sendWindow) {
      return false;
    }
    const output = this.#output;
    if (this.isBlocked || this.owesTableUpdate || output.pending >= MAX_TURN_BYTES) return false;
    const { id } = call;
    let at = output.room(HEAD_FRAME.length + FRAME_HEADER_BYTES + framed + TRAILERS_FRAME.length);
    const { bytes } = output;
    bytes.set(HEAD_FRAME, at);
    writeStream(bytes, at + 5, id);
    at += HEAD_FRAME.length;
    bytes[at] = framed >>> 16;
    bytes[at + 1] = framed >>> 8;
    bytes[at + 2] = framed;
    bytes[at + 3] = FrameType.DATA;
    bytes[at + 4] = 0;
    writeStream(bytes, at + 5, id);
    at = writePrefix(bytes, at + FRAME_HEADER_BYTES, message.length);
    bytes.set(message, at);
    at += message.length;
    bytes.set(TRAILERS_FRAME, at);
    writeStream(bytes, at + 5, id);
    this.window -= framed;
    call.sendWindow -= framed;
    this.hasSentData = true;
    return true;
  }

  /** The call has something to send, or may send again. */
  enqueue(call: LeanCall): void {
    if (call.isQueued) return;
    call.isQueued = true;
    this.#queue.push(call);
  }

  get hasQueue(): boolean {
    return this.#queue.length > 0;
  }

  /** The connection's window was raised. */
  wake(): void {
    for (const call of this.#stalled) this.enqueue(call);
    this.#stalled.clear();
  }

  forget(call: LeanCall): void {
    this.#stalled.delete(call);
  }

  /** Writes what may be written now, a frame of each call in turn. @returns true when only this turn's share is used up */
  pump(nowMs: number): boolean {
    const queue = this.#queue;
    while (queue.length > 0 && !this.isBlocked) {
      if (this.#output.pending >= MAX_TURN_BYTES) return true;
      const call = queue.shift() as LeanCall;
      if (this.#sendPiece(call, nowMs)) queue.push(call);
      else call.isQueued = false;
    }
    return false;
  }

  /** One frame of the message, with HEADERS before it and trailers after it as needed. @returns true when more can follow */
  #sendPiece(call: LeanCall, nowMs: number): boolean {
    if (call.isClosed) return false;
    const { outbox } = call;
    const message = outbox?.current();
    if (outbox === undefined || message === undefined) {
      if (call.status !== undefined) this.#sendTrailers(call);
      return false;
    }
    const left = message.length - outbox.sentBytes;
    const count = Math.min(left, this.maxFrameBytes, MAX_COPY_BYTES, call.sendWindow, this.window);
    if (count <= 0) {
      // Its own window: a WINDOW_UPDATE for it puts it back.
      if (call.sendWindow > 0) this.#stalled.add(call);
      return false;
    }
    if (!call.isHeadSent) this.#sendHead(call);
    this.#sendData(call, outbox, message, count);
    call.onBytesSent(outbox, count, nowMs);
    if (!outbox.isEmpty) return true;
    if (call.status !== undefined) this.#sendTrailers(call);
    return false;
  }

  #sendData(call: LeanCall, outbox: Outbox, message: Uint8Array, count: number): void {
    const output = this.#output;
    const prefix = Math.min(count, Math.max(0, -outbox.sentBytes));
    const body = count - prefix;
    const isCopied = body < MIN_REFERENCE_BYTES;
    let at = output.frame(count, FrameType.DATA, 0, call.id, isCopied ? count : prefix);
    for (let index = 0; index < prefix; index++) {
      output.bytes[at++] = prefixByte(message.length, PREFIX_BYTES + outbox.sentBytes + index);
    }
    const from = outbox.sentBytes + prefix;
    const piece = message.subarray(from, from + body);
    if (isCopied) output.bytes.set(piece, at);
    else output.reference(piece);
    call.sendWindow -= count;
    this.window -= count;
    this.queueSentBytes += count;
    this.hasSentData = true;
  }

  #sendHead(call: LeanCall): void {
    this.#headers(call.id, call.isGrpc ? ANSWER_HEAD : NOT_GRPC_HEAD, Flag.END_HEADERS);
    call.isHeadSent = true;
  }

  /** Ends the call. */
  #sendTrailers(call: LeanCall): void {
    const { status } = call;
    if (status === undefined) return;
    if (!call.isGrpc) {
      // Nothing follows such an answer's body: the stream ends with an empty frame.
      this.#output.frame(0, FrameType.DATA, Flag.END_STREAM, call.id);
      call.onSent();
      return;
    }
    const block = status.code === 0 && call.isHeadSent ? call.okTrailers : statusBlock(status, !call.isHeadSent);
    this.#headers(call.id, block, Flag.END_HEADERS | Flag.END_STREAM);
    call.onSent();
  }

  #headers(stream: number, block: Buffer, flags: number): void {
    const update = this.owesTableUpdate ? 1 : 0;
    const at = this.#output.frame(block.length + update, FrameType.HEADERS, flags, stream);
    if (update === 1) this.#output.bytes[at] = TABLE_SIZE_ZERO;
    this.#output.bytes.set(block, at + update);
    this.owesTableUpdate = false;
  }
}

/** A whole HEADERS frame, for stream 0. */
function frameTemplate(block: Buffer, flags: number): Buffer {
  return Buffer.concat([
    Buffer.of(0, block.length >>> 8, block.length & 0xff, FrameType.HEADERS, flags, 0, 0, 0, 0),
    block,
  ]);
}

function writeStream(bytes: Buffer, at: number, stream: number): void {
  bytes[at] = stream >>> 24;
  bytes[at + 1] = stream >>> 16;
  bytes[at + 2] = stream >>> 8;
  bytes[at + 3] = stream;
}

function writePrefix(bytes: Buffer, at: number, length: number): number {
  bytes[at] = 0;
  bytes[at + 1] = length >>> 24;
  bytes[at + 2] = length >>> 16;
  bytes[at + 3] = length >>> 8;
  bytes[at + 4] = length;
  return at + PREFIX_BYTES;
}

/** Byte `index` of a message's prefix. */
function prefixByte(length: number, index: number): number {
  return index === 0 ? 0 : (length >>> (8 * (PREFIX_BYTES - 1 - index))) & 0xff;
}
