/** The calls of one connection, and the frames that are about one of them: HEADERS, DATA, RST_STREAM, WINDOW_UPDATE. */

import { CallTerms } from "./call-terms.ts";
import { Conduct } from "./conduct.ts";
import { EndedStreams, Fate } from "./ended-streams.ts";
import { ConnectionError, ErrorCode, MAX_STREAM_ID, MAX_WINDOW_BYTES } from "./frames.ts";
import { Holder } from "./held-memory.ts";
import { LeanCall } from "./lean-call.ts";
import type { Outgoing } from "./outgoing.ts";
import type { Output } from "./output.ts";
import { RequestHead } from "./request-head.ts";
import type { ServerCore } from "./server-core.ts";

/** SETTINGS_MAX_HEADER_LIST_SIZE, as gRPC servers have it. */
export const MAX_HEADER_LIST_BYTES = 16_384;
/** SETTINGS_INITIAL_WINDOW_SIZE of ours: four of these in flight fill a 4 MiB message in few round trips. */
export const STREAM_WINDOW_BYTES = 262_144;
/** A stream that its client cuts so soon was opened to be cut. */
const SOON_MS = 1;
export class CallTable extends Holder {
  readonly core: ServerCore;
  readonly outgoing: Outgoing;
  readonly head = new RequestHead(MAX_HEADER_LIST_BYTES);
  /** What the headers in `head` ask for. */
  readonly terms = new CallTerms();
  readonly conduct: Conduct;
  readonly calls = new Map<number, LeanCall>();
  /** When the bytes that are being read came. */
  nowMs: number;
  /** Calls whose last bytes the next write takes. */
  readonly written: LeanCall[] = [];
  /** Handlers at work and messages being inflated, those of cut streams included: they count, or opening and cutting would have no limit. */
  running = 0;
  lastStream = 0;
  /** Streams above this are not taken any more. */
  lastAllowed = MAX_STREAM_ID;
  readonly receiveWindow = STREAM_WINDOW_BYTES;
  readonly #output: Output;
  readonly #ended = new EndedStreams();

  constructor(core: ServerCore, outgoing: Outgoing, output: Output) {
    super();
    this.core = core;
    this.outgoing = outgoing;
    this.#output = output;
    this.nowMs = core.nowMs();
    this.conduct = new Conduct(this.nowMs);
  }

  /** A header block was decoded into `head`. @throws ConnectionError */
  onHeaders(id: number, isEnd: boolean, dependsOnItself: boolean): void {
    const call = this.calls.get(id);
    if (call !== undefined) this.#onTrailers(call, isEnd);
    else if (id > this.lastStream) this.#onRequest(id, isEnd, dependsOnItself);
    else if (this.#ended.fate(id) === Fate.CUT) this.conduct.countRefusal(this.nowMs);
    else {
      const known = this.#ended.fate(id) === Fate.ENDED;
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
      this.#ended.add(id, Fate.CUT);
      this.conduct.countRefusal(this.nowMs);
      return;
    }
    const { head } = this;
    if (dependsOnItself || (!head.isTooLarge && !head.isRequest)) {
      this.onFault(id, ErrorCode.PROTOCOL_ERROR);
      return;
    }
    const { maxStreams } = this.core.options.limits;
    const isOverLimit = this.calls.size >= maxStreams;
    if (isOverLimit || this.running >= maxStreams * 2) {
      this.#output.resetStream(id, ErrorCode.REFUSED_STREAM);
      this.#ended.add(id, Fate.CUT);
      // That our handlers are slow is not the client's doing.
      if (isOverLimit) this.conduct.countRefusal(this.nowMs);
      return;
    }
    this.#open(id, isEnd);
  }

  #open(id: number, isEnd: boolean): void {
    const { core, conduct, terms } = this;
    terms.read(this.head, core.options.methods, MAX_HEADER_LIST_BYTES);
    if (terms.isRefused) conduct.countRefusal(this.nowMs);
    else conduct.useful();
    const call = new LeanCall(this, id);
    this.calls.set(id, call);
    core.deadlines.add(call, this.nowMs);
    call.isRemoteEnded = isEnd;
    if (terms.refusal !== undefined && call.isGrpc) call.refuse(terms.refusal);
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
      if (this.#ended.fate(id) !== Fate.CUT) this.onFault(id, ErrorCode.STREAM_CLOSED);
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
    if (to > from && !call.isDeaf) call.receive(bytes, from, to, isEnd);
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

  /** @returns false when there is nothing to cut */
  onReset(id: number): boolean {
    const call = this.calls.get(id);
    if (call === undefined) {
      if (id > this.lastStream) throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, `RST_STREAM on idle stream ${id}`);
      return false;
    }
    if (!call.isRemoteEnded || this.nowMs - call.openedMs <= SOON_MS) this.conduct.countReset(this.nowMs);
    this.close(call);
    return true;
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
    else if (call.hasMessage) this.enqueue(call);
  }

  /** The call has something to send. */
  enqueue(call: LeanCall): void {
    this.outgoing.enqueue(call);
    this.#output.requestFlush();
  }

  /** Ends a call whose both sides are through, or whose client is gone. */
  close(call: LeanCall): void {
    this.#forget(call, Fate.ENDED);
  }

  /** Ends a call from our side. */
  reset(call: LeanCall, code: number): void {
    this.#output.resetStream(call.id, code);
    this.#forget(call, Fate.CUT);
  }

  /** Ends a call that is answered before its client has said all, which is no error of HTTP/2's (RFC 9113, section 8.1). */
  stop(call: LeanCall): void {
    this.reset(call, ErrorCode.NO_ERROR);
    this.conduct.countReset(this.nowMs);
  }

  closeAll(): void {
    for (const call of [...this.calls.values()]) this.close(call);
  }

  override shed(bytes: number): void {
    const wanted = this.heldBytes - bytes;
    const calls = [...this.calls.values()].filter((call) => call.freeableBytes > 0);
    calls.sort((a, b) => b.freeableBytes - a.freeableBytes);
    for (const call of calls) {
      if (this.heldBytes <= wanted) return;
      this.reset(call, ErrorCode.ENHANCE_YOUR_CALM);
    }
  }

  #forget(call: LeanCall, fate: number): void {
    if (call.isClosed) return;
    this.calls.delete(call.id);
    // The last one: a connection that is only waiting for that can close.
    if (this.calls.size === 0) this.#output.requestFlush();
    this.outgoing.forget(call);
    this.#ended.add(call.id, fate);
    call.onClosed();
  }

  /** The client broke a rule on this stream. It counts as a reset: we are made to cut what it opened (CVE-2025-8671). */
  #fault(call: LeanCall, code: number): void {
    this.reset(call, code);
    this.conduct.countReset(this.nowMs);
  }

  /** The same, where the stream may be none. */
  onFault(id: number, code: number): void {
    const call = this.calls.get(id);
    if (call !== undefined) {
      this.#fault(call, code);
      return;
    }
    this.#output.resetStream(id, code);
    this.#ended.add(id, Fate.CUT);
    this.conduct.countReset(this.nowMs);
  }
}
