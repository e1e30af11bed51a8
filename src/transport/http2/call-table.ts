/** The calls of one connection, and the frames that are about one of them: HEADERS, DATA, RST_STREAM, WINDOW_UPDATE. */

import { parseTimeoutMs } from "../call-context.ts";
import { tooManyHeaders, unknownMethod } from "../grpc/call-refusals.ts";
import type { GrpcMethod } from "../grpc/method-table.ts";
import { unary } from "../grpc/method-table.ts";
import { parseGrpcTimeout } from "../grpc-timeout.ts";
import { Allowance } from "./allowance.ts";
import { ConnectionError, ErrorCode, MAX_STREAM_ID, MAX_WINDOW_BYTES } from "./frames.ts";
import { LeanCall } from "./lean-call.ts";
import type { Outgoing } from "./outgoing.ts";
import type { Output } from "./output.ts";
import { RequestHead } from "./request-head.ts";
import type { HeldBytes, ServerCore } from "./server-core.ts";

/** SETTINGS_MAX_HEADER_LIST_SIZE, as gRPC servers have it. */
export const MAX_HEADER_LIST_BYTES = 16_384;
/** SETTINGS_INITIAL_WINDOW_SIZE of ours: four of these in flight fill a 4 MiB message in few round trips. */
export const STREAM_WINDOW_BYTES = 262_144;
/** Cut streams that count as abuse: at once, and a second after that. An honest client's cancels come later and are not counted. */
const RESETS_AT_ONCE = 1000;
const RESETS_PER_SECOND = 100;
/** A stream that its client cuts so soon was opened to be cut. */
const SOON_MS = 1;
/** Ended streams that are remembered; a power of two. */
const REMEMBERED = 256;
/** How a remembered stream ended: by both sides, or cut by us, so that frames for it may still be on their way. */
const ENDED = 1;
const CUT = 2;

/** Stands for whatever was asked for where nothing of that name can be called. */
const NOWHERE: GrpcMethod = unary("", () => Buffer.alloc(0));

export class CallTable {
  readonly core: ServerCore;
  readonly outgoing: Outgoing;
  readonly head = new RequestHead(MAX_HEADER_LIST_BYTES);
  readonly held: HeldBytes = { bytes: 0 };
  readonly calls = new Map<number, LeanCall>();
  /** When the bytes that are being read came. */
  nowMs: number;
  /** Handlers at work, those of cut streams included: they count, or opening and cutting would have no limit. */
  running = 0;
  lastStream = 0;
  /** Streams above this are not taken any more. */
  lastAllowed = MAX_STREAM_ID;
  readonly receiveWindow = STREAM_WINDOW_BYTES;
  readonly #output: Output;
  readonly #resets: Allowance;
  readonly #endedId = new Int32Array(REMEMBERED);
  readonly #endedHow = new Uint8Array(REMEMBERED);

  constructor(core: ServerCore, outgoing: Outgoing, output: Output) {
    this.core = core;
    this.outgoing = outgoing;
    this.#output = output;
    this.nowMs = core.nowMs();
    this.#resets = new Allowance(RESETS_AT_ONCE, RESETS_PER_SECOND, this.nowMs);
  }

  /** A header block was decoded into `head`. @throws ConnectionError */
  onHeaders(id: number, isEnd: boolean, dependsOnItself: boolean): void {
    const call = this.calls.get(id);
    if (call !== undefined) this.#onTrailers(call, isEnd);
    else if (id > this.lastStream) this.#onRequest(id, isEnd, dependsOnItself);
    else if (this.#fate(id) !== CUT) {
      const known = this.#fate(id) === ENDED;
      throw new ConnectionError(known ? ErrorCode.STREAM_CLOSED : ErrorCode.PROTOCOL_ERROR, `HEADERS on stream ${id}`);
    }
  }

  #onTrailers(call: LeanCall, isEnd: boolean): void {
    if (call.isRemoteEnded) this.#fault(call, ErrorCode.STREAM_CLOSED);
    else if (!isEnd || !this.head.isTrailers) this.#fault(call, ErrorCode.PROTOCOL_ERROR);
    else this.#receiveEnd(call);
  }

  #onRequest(id: number, isEnd: boolean, dependsOnItself: boolean): void {
    if (id % 2 === 0) throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, `stream ${id} of a client`);
    this.lastStream = id;
    if (id > this.lastAllowed) {
      this.#remember(id, CUT);
      return;
    }
    const { head } = this;
    if (dependsOnItself || (!head.isTooLarge && !head.isRequest)) {
      this.#refuseStream(id, ErrorCode.PROTOCOL_ERROR);
      return;
    }
    const { maxStreams } = this.core.options.limits;
    if (this.calls.size >= maxStreams || this.running >= maxStreams * 2) {
      this.#refuseStream(id, ErrorCode.REFUSED_STREAM);
      return;
    }
    this.#open(id, isEnd);
  }

  #open(id: number, isEnd: boolean): void {
    const { head, core } = this;
    const method = head.method === "POST" ? core.options.methods.get(head.path) : undefined;
    let timeoutMs = Number.POSITIVE_INFINITY;
    let refusal: unknown;
    if (head.isTooLarge) refusal = tooManyHeaders(MAX_HEADER_LIST_BYTES);
    else if (method === undefined) refusal = unknownMethod(head.path);
    else if (head.contentType.startsWith("application/grpc")) {
      try {
        timeoutMs = parseGrpcTimeout(head.grpcTimeout);
      } catch (error) {
        refusal = error;
      }
    }
    let fault: unknown;
    if (head.metadata.timeout !== "") {
      try {
        timeoutMs = Math.min(timeoutMs, parseTimeoutMs(head.metadata.timeout));
      } catch (error) {
        fault = error;
      }
    }
    const call = new LeanCall(this, id, method ?? NOWHERE, this.nowMs + timeoutMs, fault);
    this.calls.set(id, call);
    core.deadlines.add(call, this.nowMs);
    call.isRemoteEnded = isEnd;
    if (refusal !== undefined && call.isGrpc) call.refuse(refusal);
    else {
      if (call.isGrpc) call.open();
      if (isEnd) this.#receiveEnd(call);
    }
  }

  /** @param payload bytes of the frame, padding included: what flow control counts */
  onData(id: number, bytes: Buffer, from: number, to: number, payload: number, isEnd: boolean): void {
    const call = this.calls.get(id);
    if (call === undefined) {
      if (id > this.lastStream) throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, `DATA on idle stream ${id}`);
      if (this.#fate(id) !== CUT) this.#refuseStream(id, ErrorCode.STREAM_CLOSED);
      return;
    }
    if (call.isRemoteEnded) {
      this.#fault(call, ErrorCode.STREAM_CLOSED);
      return;
    }
    call.receiveWindow -= payload;
    if (call.receiveWindow < 0) {
      this.#fault(call, ErrorCode.FLOW_CONTROL_ERROR);
      return;
    }
    if (call.contentLeft >= 0) {
      call.contentLeft -= to - from;
      if (call.contentLeft < 0) {
        this.#fault(call, ErrorCode.PROTOCOL_ERROR);
        return;
      }
    }
    if (to > from && !call.isDeaf) call.receive(bytes, from, to);
    if (isEnd) this.#receiveEnd(call);
    else if (!call.isClosed) this.#giveWindow(call, payload);
  }

  #giveWindow(call: LeanCall, payload: number): void {
    call.receivedBytes += payload;
    if (call.receivedBytes < STREAM_WINDOW_BYTES / 2) return;
    this.#output.windowUpdate(call.id, call.receivedBytes);
    call.receiveWindow += call.receivedBytes;
    call.receivedBytes = 0;
  }

  #receiveEnd(call: LeanCall): void {
    if (call.contentLeft > 0) this.#fault(call, ErrorCode.PROTOCOL_ERROR);
    else if (call.status === undefined) call.receiveEnd();
    else call.isRemoteEnded = true;
  }

  onReset(id: number): void {
    const call = this.calls.get(id);
    if (call === undefined) {
      if (id > this.lastStream) throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, `RST_STREAM on idle stream ${id}`);
      return;
    }
    if (!call.isRemoteEnded || this.nowMs - call.startMs <= SOON_MS) this.#countReset();
    this.close(call);
  }

  onStreamWindow(id: number, increment: number): void {
    const call = this.calls.get(id);
    if (call === undefined) {
      if (id > this.lastStream)
        throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, `WINDOW_UPDATE on idle stream ${id}`);
      return;
    }
    if (increment === 0) this.#fault(call, ErrorCode.PROTOCOL_ERROR);
    else this.#raise(call, increment);
  }

  /** SETTINGS_INITIAL_WINDOW_SIZE changed: so does the window of each stream (RFC 9113, section 6.9.2). */
  onInitialWindow(difference: number): void {
    for (const call of this.calls.values()) {
      if (call.sendWindow + difference > MAX_WINDOW_BYTES) {
        throw new ConnectionError(ErrorCode.FLOW_CONTROL_ERROR, `the window of stream ${call.id} is too large`);
      }
      this.#raise(call, difference);
    }
  }

  #raise(call: LeanCall, bytes: number): void {
    call.sendWindow += bytes;
    if (call.sendWindow > MAX_WINDOW_BYTES) this.#fault(call, ErrorCode.FLOW_CONTROL_ERROR);
    else if (call.currentMessage() !== undefined) this.enqueue(call);
  }

  /** The call has something to send. */
  enqueue(call: LeanCall): void {
    this.outgoing.enqueue(call);
    this.#output.requestFlush();
  }

  /** Ends a call whose both sides are through, or whose client is gone. */
  close(call: LeanCall): void {
    this.#forget(call, ENDED);
  }

  /** Ends a call from our side. */
  reset(call: LeanCall, code: number): void {
    this.#output.resetStream(call.id, code);
    this.#forget(call, CUT);
  }

  closeAll(): void {
    for (const call of [...this.calls.values()]) this.close(call);
  }

  #forget(call: LeanCall, how: number): void {
    if (call.isClosed) return;
    this.calls.delete(call.id);
    // The last one: a connection that is only waiting for that can close.
    if (this.calls.size === 0) this.#output.requestFlush();
    this.outgoing.forget(call);
    this.#remember(call.id, how);
    call.onClosed();
  }

  /** The client broke a rule on this stream. It counts as a reset: we are made to cut what it opened (CVE-2025-8671). */
  #fault(call: LeanCall, code: number): void {
    this.reset(call, code);
    this.#countReset();
  }

  #refuseStream(id: number, code: number): void {
    this.#output.resetStream(id, code);
    this.#remember(id, CUT);
    if (code !== ErrorCode.REFUSED_STREAM) this.#countReset();
  }

  #countReset(): void {
    if (!this.#resets.take(this.nowMs)) {
      throw new ConnectionError(ErrorCode.ENHANCE_YOUR_CALM, "too many streams are cut");
    }
  }

  #remember(id: number, how: number): void {
    const slot = (id >>> 1) & (REMEMBERED - 1);
    this.#endedId[slot] = id;
    this.#endedHow[slot] = how;
  }

  /** How a stream ended; 0 = too long ago, or it never was. */
  #fate(id: number): number {
    const slot = (id >>> 1) & (REMEMBERED - 1);
    return this.#endedId[slot] === id ? (this.#endedHow[slot] as number) : 0;
  }
}
