/** What each frame of a client means: to its stream, which is call-table.ts, or to the whole connection. */
import type { CallTable } from "./call-table.ts";
import type { FrameHandler } from "./frame-reader.ts";
import { ConnectionError, ErrorCode, Flag, FrameType, MAX_STREAM_ID, MAX_WINDOW_BYTES } from "./frames.ts";
import { type BlockReader, HeaderAssembler } from "./header-assembler.ts";
import { HpackDecoder } from "./hpack-decoder.ts";
import type { Outgoing } from "./outgoing.ts";
import type { Output } from "./output.ts";
import { parseSettings } from "./settings.ts";

/** What all streams together may send us before we take note; raised again as bytes come. */
export const CONNECTION_WINDOW_BYTES = 1_048_576;
/** Our header table, until a client asks for a smaller one. */
const HEADER_TABLE_BYTES = 4096;
const PING_BYTES = 8;

export class FrameDispatch implements FrameHandler, BlockReader {
  /** No frame is read any more. */
  closing = false;
  readonly #calls: CallTable;
  readonly #outgoing: Outgoing;
  readonly #output: Output;
  readonly #onPong: (payload: Buffer) => void;
  readonly #assembler = new HeaderAssembler(this);
  readonly #hpack = new HpackDecoder();
  #greeted = false;
  #receiveWindow = CONNECTION_WINDOW_BYTES;
  #receivedBytes = 0;
  #headerTableBytes = HEADER_TABLE_BYTES;

  /** @param onPong a PING of ours was answered */
  constructor(calls: CallTable, output: Output, onPong: (payload: Buffer) => void) {
    this.#calls = calls;
    this.#outgoing = calls.outgoing;
    this.#output = output;
    this.#onPong = onPong;
  }

  onFrame(type: number, flags: number, stream: number, bytes: Buffer, from: number, to: number): void {
    if (!this.#greeted) this.#greet(type, flags);
    if (this.#assembler.openStream !== 0 && type !== FrameType.CONTINUATION) {
      throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, "a header block that another frame cuts");
    }
    switch (type) {
      case FrameType.DATA:
        this.#onData(flags, stream, bytes, from, to);
        return;
      case FrameType.HEADERS:
        this.#assembler.headers(flags, stream, bytes, from, to);
        return;
      case FrameType.CONTINUATION:
        this.#assembler.continuation(flags, stream, bytes, from, to);
        return;
      case FrameType.WINDOW_UPDATE:
        this.#onWindowUpdate(stream, bytes, from, to);
        return;
      case FrameType.RST_STREAM:
        expectSize(to - from, 4, "RST_STREAM");
        if (stream === 0) throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, "RST_STREAM on stream 0");
        if (this.#calls.onReset(stream)) return;
        break;
      case FrameType.SETTINGS:
        this.#onSettings(flags, stream, bytes, from, to);
        break;
      case FrameType.PING:
        this.#onPing(flags, stream, bytes, from, to);
        break;
      case FrameType.GOAWAY:
        if (stream !== 0) throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, "GOAWAY on a stream");
        break;
      case FrameType.PUSH_PROMISE:
        throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, "PUSH_PROMISE of a client");
      case FrameType.PRIORITY:
        this.#onPriority(stream, bytes, from, to);
        break;
      default:
        break;
    }
    this.#countIdle();
  }

  #greet(type: number, flags: number): void {
    if (type !== FrameType.SETTINGS || (flags & Flag.ACK) !== 0) {
      throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, "the first frame is not SETTINGS");
    }
    this.#greeted = true;
  }

  onBlock(stream: number, block: Buffer, from: number, to: number, isEnd: boolean, dependsOnItself: boolean): void {
    const calls = this.#calls;
    calls.head.reset();
    this.#hpack.decode(block, from, to, calls.head);
    calls.onHeaders(stream, isEnd, dependsOnItself);
  }

  #onData(flags: number, stream: number, bytes: Buffer, start: number, stop: number): void {
    if (stream === 0) throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, "DATA on stream 0");
    const payload = stop - start;
    let from = start;
    let to = stop;
    if ((flags & Flag.PADDED) !== 0) {
      to -= from < to ? (bytes[from] as number) : 1;
      from += 1;
      if (from > to) throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, "DATA with more padding than bytes");
    }
    const isEnd = (flags & Flag.END_STREAM) !== 0;
    if (to === from && !isEnd) this.#countIdle();
    this.#receiveWindow -= payload;
    if (this.#receiveWindow < 0)
      throw new ConnectionError(ErrorCode.FLOW_CONTROL_ERROR, "the connection's window is used up");
    this.#receivedBytes += payload;
    if (this.#receivedBytes >= CONNECTION_WINDOW_BYTES / 2) {
      this.#output.windowUpdate(0, this.#receivedBytes);
      this.#receiveWindow += this.#receivedBytes;
      this.#receivedBytes = 0;
    }
    this.#calls.onData(stream, bytes, from, to, payload, isEnd);
  }

  #onWindowUpdate(stream: number, bytes: Buffer, from: number, to: number): void {
    expectSize(to - from, 4, "WINDOW_UPDATE");
    const increment = bytes.readUInt32BE(from) & MAX_WINDOW_BYTES;
    if (stream !== 0) {
      this.#calls.onStreamWindow(stream, increment);
    } else if (increment === 0) {
      throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, "WINDOW_UPDATE of 0");
    } else {
      this.#outgoing.window += increment;
      if (this.#outgoing.window > MAX_WINDOW_BYTES) {
        throw new ConnectionError(ErrorCode.FLOW_CONTROL_ERROR, "the connection's window is too large");
      }
      this.#outgoing.wake();
    }
    if (this.#outgoing.hasQueue) this.#output.requestFlush();
    else this.#countIdle();
  }

  #onSettings(flags: number, stream: number, bytes: Buffer, from: number, to: number): void {
    if (stream !== 0) throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, "SETTINGS on a stream");
    if ((flags & Flag.ACK) !== 0) {
      expectSize(to - from, 0, "SETTINGS that acknowledge");
      return;
    }
    const settings = parseSettings(bytes, from, to);
    const outgoing = this.#outgoing;
    if (settings.maxFrameBytes !== undefined) outgoing.maxFrameBytes = settings.maxFrameBytes;
    if (settings.headerTableBytes !== undefined && settings.headerTableBytes < this.#headerTableBytes) {
      outgoing.owesTableUpdate = true;
      this.#headerTableBytes = 0;
    }
    if (settings.initialWindow !== undefined) {
      const difference = settings.initialWindow - outgoing.initialWindow;
      outgoing.initialWindow = settings.initialWindow;
      if (difference !== 0) this.#calls.onInitialWindow(difference);
    }
    this.#output.control(FrameType.SETTINGS, Flag.ACK, Buffer.alloc(0));
  }

  #onPing(flags: number, stream: number, bytes: Buffer, from: number, to: number): void {
    if (stream !== 0) throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, "PING on a stream");
    expectSize(to - from, PING_BYTES, "PING");
    const payload = bytes.subarray(from, to);
    if ((flags & Flag.ACK) === 0) this.#output.control(FrameType.PING, Flag.ACK, payload);
    else this.#onPong(payload);
  }

  /** Priorities mean nothing any more, but their frames still have a form. */
  #onPriority(stream: number, bytes: Buffer, from: number, to: number): void {
    if (stream === 0) throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, "PRIORITY on stream 0");
    const isWrong = to - from !== 5;
    if (!isWrong && (bytes.readUInt32BE(from) & MAX_STREAM_ID) !== stream) return;
    this.#calls.onFault(stream, isWrong ? ErrorCode.FRAME_SIZE_ERROR : ErrorCode.PROTOCOL_ERROR);
  }

  #countIdle(): void {
    if (this.#outgoing.hasSentData) {
      this.#outgoing.hasSentData = false;
      this.#calls.conduct.useful();
    }
    this.#calls.conduct.countIdleFrame(this.#calls.nowMs);
  }
}

function expectSize(bytes: number, expected: number, what: string): void {
  if (bytes !== expected) throw new ConnectionError(ErrorCode.FRAME_SIZE_ERROR, `${what} of ${bytes} bytes`);
}
