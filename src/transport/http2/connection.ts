/** One HTTP/2 connection, server side (RFC 9113): frames in, frames out, and everything that is not about a single stream. */
import type { Socket } from "node:net";
import { CallTable, MAX_HEADER_LIST_BYTES, STREAM_WINDOW_BYTES } from "./call-table.ts";
import { CONNECTION_WINDOW_BYTES, FrameDispatch } from "./frame-dispatch.ts";
import { FrameReader } from "./frame-reader.ts";
import { ConnectionError, DEFAULT_WINDOW_BYTES, ErrorCode, FrameType, MAX_STREAM_ID, SettingId } from "./frames.ts";
import { Outgoing } from "./outgoing.ts";
import { Output } from "./output.ts";
import type { Flushing, ServerCore } from "./server-core.ts";
import { settingsPayload } from "./settings.ts";
import { PAUSE_FROM_MS } from "./stall-watch.ts";

/** Bytes its socket may have yet to take: data stops at a quarter of it, so the rest is acknowledgements nobody reads. */
const MAX_UNREAD_BYTES = 1_048_576;
const UNREAD_PAUSE_BYTES = 262_144;
/** Bytes that one connection reads in a turn of the loop before others get theirs; libuv alone would read two megabytes. */
const READ_SHARE_BYTES = 262_144;
/** Payloads of our own PINGs: the one of a goodbye, and the one of a keepalive. */
const GOODBYE_PING = Buffer.from("farewell");
const ALIVE_PING = Buffer.from("areuhere");

export type ConnectionState = "open" | "leaving" | "left";

export class Connection implements Flushing {
  readonly socket: Socket;
  readonly calls: CallTable;
  readonly bornMs: number;
  /** `leaving` = asked to go away, new streams still taken; `left` = none are. */
  state: ConnectionState = "open";
  leavingSinceMs = 0;
  heardMs: number;
  /** When our PING went out; 0 = none is on its way. */
  pingedMs = 0;
  readonly #core: ServerCore;
  readonly #output: Output;
  readonly #outgoing: Outgoing;
  readonly #dispatch: FrameDispatch;
  readonly #reader: FrameReader;
  #isScheduled = false;
  /** Since the last flush. */
  #readBytes = 0;

  constructor(core: ServerCore, socket: Socket) {
    this.#core = core;
    this.socket = socket;
    this.#output = new Output(socket, core.pool, () => this.#schedule());
    this.#outgoing = new Outgoing(this.#output);
    this.calls = new CallTable(core, this.#outgoing, this.#output);
    this.bornMs = this.calls.nowMs;
    this.heardMs = this.bornMs;
    this.#dispatch = new FrameDispatch(this.calls, this.#output, (payload) => this.#onPong(payload));
    this.#reader = new FrameReader(this.#dispatch);
    this.#output.control(
      FrameType.SETTINGS,
      0,
      settingsPayload([
        [SettingId.MAX_CONCURRENT_STREAMS, core.options.limits.maxStreams],
        [SettingId.INITIAL_WINDOW_SIZE, STREAM_WINDOW_BYTES],
        [SettingId.MAX_HEADER_LIST_SIZE, MAX_HEADER_LIST_BYTES],
      ]),
    );
    this.#output.windowUpdate(0, CONNECTION_WINDOW_BYTES - DEFAULT_WINDOW_BYTES);
  }

  /** No frame is read any more. */
  get closing(): boolean {
    return this.#dispatch.closing;
  }

  /** Bytes came. Never throws. */
  receive(chunk: Buffer): void {
    if (this.closing) return;
    const nowMs = this.#core.nowMs();
    this.#core.options.turn.enter(nowMs);
    this.calls.nowMs = nowMs;
    this.heardMs = nowMs;
    const { tickMs } = this.#core.stalls;
    if (nowMs - tickMs > PAUSE_FROM_MS) this.calls.conduct.pardon(nowMs - tickMs, tickMs);
    this.#countRead(chunk.length);
    try {
      this.#reader.push(chunk);
    } catch (error) {
      this.#failWith(error);
    }
  }

  #countRead(bytes: number): void {
    this.#readBytes += bytes;
    if (this.#readBytes < READ_SHARE_BYTES) return;
    this.socket.pause();
    this.#schedule();
  }

  #failWith(error: unknown): void {
    if (error instanceof ConnectionError) this.fail(error.code, error.message);
    else {
      this.#core.options.onUnexpectedError(error);
      this.fail(ErrorCode.INTERNAL_ERROR, "internal error");
    }
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#core.schedule(this);
  }

  /** End of a turn: everything that is ready goes out. */
  flush(): void {
    this.#isScheduled = false;
    if (this.#readBytes >= READ_SHARE_BYTES) this.socket.resume();
    this.#readBytes = 0;
    const outgoing = this.#outgoing;
    const isShareUsed = outgoing.hasQueue && this.#pump();
    if (this.#output.pending > 0) {
      const unread = this.#output.flush();
      if (unread > MAX_UNREAD_BYTES) this.socket.destroy();
      else if (unread >= UNREAD_PAUSE_BYTES) outgoing.isBlocked = true;
      else if (isShareUsed) this.#schedule();
    }
    if (this.calls.written.length > 0) this.#tellWritten();
    if (this.state === "left" && this.calls.calls.size === 0 && !this.closing) this.#finish();
  }

  #tellWritten(): void {
    const nowMs = this.#core.nowMs();
    for (const call of this.calls.written) call.onWritten(nowMs);
    this.calls.written.length = 0;
  }

  /** What waits in the queue. @returns true when only this turn's share is used up */
  #pump(): boolean {
    const outgoing = this.#outgoing;
    const nowMs = this.#core.nowMs();
    let isShareUsed = false;
    try {
      isShareUsed = outgoing.pump(nowMs);
    } catch (error) {
      this.#failWith(error);
    }
    this.calls.moved(outgoing.queueSentBytes, nowMs);
    outgoing.queueSentBytes = 0;
    return isShareUsed;
  }

  abort(): void {
    this.socket.destroy();
  }

  /** The socket has taken all it was given. */
  onDrain(): void {
    this.#outgoing.isBlocked = false;
    if (this.#outgoing.hasQueue) this.#schedule();
  }

  #onPong(payload: Buffer): void {
    this.pingedMs = 0;
    if (this.state === "leaving" && GOODBYE_PING.equals(payload)) this.leave();
  }

  /** Asks the client whether it is still there. */
  ping(): void {
    this.pingedMs = this.#core.nowMs();
    this.#output.control(FrameType.PING, 0, ALIVE_PING);
  }

  /**
   * Asks the client to go away, in two steps (RFC 9113, section 6.8): first so that it opens no new streams, and when its answer
   * to a PING shows that it knows, with the last stream that was taken.
   */
  goAway(): void {
    if (this.state !== "open" || this.closing) return;
    this.state = "leaving";
    this.leavingSinceMs = this.#core.nowMs();
    this.#goAwayFrame(MAX_STREAM_ID, ErrorCode.NO_ERROR, "");
    this.#output.control(FrameType.PING, 0, GOODBYE_PING);
  }

  /** The second step; also taken when the PING stays without an answer. */
  leave(): void {
    if (this.state !== "leaving" || this.closing) return;
    this.state = "left";
    this.calls.lastAllowed = this.calls.lastStream;
    this.#goAwayFrame(this.calls.lastStream, ErrorCode.NO_ERROR, "");
  }

  /** GOAWAY with an error, and the end. What the client still sends is thrown away, so that it can read why. */
  fail(code: number, reason: string): void {
    if (this.closing) return;
    this.#goAwayFrame(this.calls.lastStream, code, reason);
    this.#finish();
  }

  /** The socket is gone. */
  onClosed(): void {
    this.#dispatch.closing = true;
    this.calls.closeAll();
  }

  #finish(): void {
    this.#dispatch.closing = true;
    this.calls.closeAll();
    this.#output.flush();
    this.socket.end();
    this.leavingSinceMs = this.#core.nowMs();
  }

  #goAwayFrame(lastStream: number, code: number, reason: string): void {
    const payload = Buffer.alloc(8 + reason.length);
    payload.writeUInt32BE(lastStream, 0);
    payload.writeUInt32BE(code, 4);
    payload.write(reason, 8, "latin1");
    this.#output.control(FrameType.GOAWAY, 0, payload);
  }
}
