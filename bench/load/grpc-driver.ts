/**
 * Unary gRPC over one cleartext HTTP/2 connection, by hand: frames on a socket, no decoding of answers, one write per turn. It costs a
 * tenth of what `node:http2` does, so that the client is not what a run measures. Header blocks are as of grpc-go's client: the first
 * request adds its headers to the peer's table, the others are indices only.
 */
import { connect, type Socket } from "node:net";
import type { DriverOptions, LoadDriver, OnDone } from "./driver.ts";
import { type Header, HpackReader } from "./hpack-reader.ts";
import {
  FrameFlag,
  FrameType,
  frame,
  type HeaderPair,
  PREFACE,
  requestBlock,
  SETTING,
  settings,
} from "./http2-frames.ts";

const MAX_WINDOW = 2 ** 31 - 1;
const DEFAULT_WINDOW = 65_535;
/** Given back when this much was read. */
const WINDOW_STEP = 2 ** 29;
/** Messages must leave in one DATA frame. */
const MAX_MESSAGE_BYTES = 16_384;
const CONNECT_TIMEOUT_MS = 5_000;
/** The error code of a caller that gives up. */
const CANCEL = Buffer.from([0, 0, 0, 8]);

interface Queued {
  readonly slot: number;
  readonly message: number;
  readonly keep: boolean;
}

export interface GrpcDriverOptions extends DriverOptions {
  /** `/package.Service/Method` */
  readonly path: string;
  /** Of every call, beside those that gRPC needs. */
  readonly headers?: readonly HeaderPair[] | undefined;
  /** Told of the headers that end a call, right before `onDone`. */
  readonly onTrailers?: (slot: number, trailers: readonly Header[]) => void;
}

/** Connects and waits for the server's settings. @throws Error when that does not happen in 5 s */
export async function openGrpcDriver(options: GrpcDriverOptions): Promise<GrpcDriver> {
  const tooLong = options.messages.find(({ length }) => length > MAX_MESSAGE_BYTES);
  if (tooLong !== undefined) throw new Error(`a request of ${tooLong.length} bytes is more than one DATA frame holds`);
  const socket = connect(options.port, options.host);
  socket.setNoDelay(true);
  const driver = new GrpcDriver(socket, options);
  const late = setTimeout(() => driver.fail("no settings in time"), CONNECT_TIMEOUT_MS);
  await driver.ready.finally(() => clearTimeout(late));
  return driver;
}

export class GrpcDriver implements LoadDriver {
  readonly ready: Promise<void>;
  readonly #socket: Socket;
  readonly #messages: readonly Buffer[];
  readonly #onDone: OnDone;
  readonly #onTrailers: GrpcDriverOptions["onTrailers"];
  readonly #hpack = new HpackReader();
  readonly #slotOfStream = new Map<number, number>();
  readonly #kept = new Map<number, Buffer[]>();
  readonly #waiting: Queued[] = [];
  readonly #firstBlock: Buffer;
  readonly #block: Buffer;
  #out: Buffer[] = [];
  #started = false;
  #nextStream = 1;
  #sendWindow = DEFAULT_WINDOW;
  #maxStreams = MAX_WINDOW;
  #unreturned = 0;
  #rest: Buffer | undefined;
  #problem = "";
  #settle: { resolve: () => void; reject: (error: Error) => void } | undefined;

  constructor(socket: Socket, options: GrpcDriverOptions) {
    this.#socket = socket;
    this.#messages = options.messages;
    this.#onDone = options.onDone;
    this.#onTrailers = options.onTrailers;
    const block = requestBlock(options.path, `${options.host}:${options.port}`, options.headers);
    this.#firstBlock = block.first;
    this.#block = block.later;
    this.ready = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    socket.on("data", (chunk: Buffer) => this.#onData(chunk));
    socket.on("error", (error) => this.fail(error.message));
    socket.on("close", () => this.fail("connection closed"));
    const window = Buffer.alloc(4);
    window.writeUInt32BE(MAX_WINDOW - DEFAULT_WINDOW);
    socket.write(
      Buffer.concat([
        PREFACE,
        settings([SETTING.INITIAL_WINDOW_SIZE, MAX_WINDOW, SETTING.ENABLE_PUSH, 0]),
        frame(FrameType.WINDOW_UPDATE, 0, 0, window),
      ]),
    );
  }

  /** Of this end of the connection. */
  get localPort(): number {
    return this.#socket.localPort ?? 0;
  }

  /** Gives up a call that was sent, with the next {@link flush}; it is not told of its end any more. */
  cancel(slot: number): void {
    for (const [stream, ofStream] of this.#slotOfStream) {
      if (ofStream !== slot) continue;
      this.#slotOfStream.delete(stream);
      this.#kept.delete(stream);
      this.#out.push(frame(FrameType.RST_STREAM, 0, stream, CANCEL));
    }
  }

  send(slot: number, message: number, keep: boolean): void {
    if (this.#problem !== "") {
      setImmediate(() => this.#onDone(slot, this.#problem, undefined));
      return;
    }
    const bytes = this.#messages[message] as Buffer;
    if (this.#waiting.length > 0 || bytes.length > this.#sendWindow || this.#slotOfStream.size >= this.#maxStreams) {
      this.#waiting.push({ slot, message, keep });
      return;
    }
    const stream = this.#nextStream;
    this.#nextStream += 2;
    this.#sendWindow -= bytes.length;
    this.#slotOfStream.set(stream, slot);
    if (keep) this.#kept.set(stream, []);
    const block = this.#started ? this.#block : this.#firstBlock;
    this.#started = true;
    const call = Buffer.allocUnsafe(18 + block.length + bytes.length);
    let at = writeFrameHead(call, 0, block.length, FrameType.HEADERS, FrameFlag.END_HEADERS, stream);
    at += block.copy(call, at);
    at = writeFrameHead(call, at, bytes.length, FrameType.DATA, FrameFlag.END_STREAM, stream);
    bytes.copy(call, at);
    this.#out.push(call);
  }

  flush(): void {
    const out = this.#out;
    if (out.length === 0) return;
    this.#out = [];
    this.#socket.write(out.length === 1 ? (out[0] as Buffer) : Buffer.concat(out));
  }

  close(): void {
    this.#problem = "closed";
    this.#socket.destroy();
  }

  /** Ends every call in flight and every one to come. */
  fail(problem: string): void {
    if (this.#problem !== "") return;
    this.#problem = problem;
    this.#settle?.reject(new Error(problem));
    this.#socket.destroy();
    const slots = [...this.#slotOfStream.values(), ...this.#waiting.map(({ slot }) => slot)];
    this.#slotOfStream.clear();
    this.#waiting.length = 0;
    for (const slot of slots) this.#onDone(slot, problem, undefined);
  }

  #onData(chunk: Buffer): void {
    const bytes = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    try {
      while (bytes.length - at >= 9) {
        const length = bytes.readUIntBE(at, 3);
        const end = at + 9 + length;
        if (end > bytes.length) break;
        this.#onFrame(bytes, at, end);
        at = end;
      }
    } catch (error) {
      this.fail((error as Error).message);
      return;
    }
    this.#rest = at === bytes.length ? undefined : bytes.subarray(at);
    this.#sendWaiting();
    this.flush();
  }

  #onFrame(bytes: Buffer, at: number, end: number): void {
    const type = bytes[at + 3] as number;
    const flags = bytes[at + 4] as number;
    const stream = bytes.readUInt32BE(at + 5) & MAX_WINDOW;
    const start = at + 9;
    switch (type) {
      case FrameType.DATA:
        this.#returnWindow(end - start);
        this.#kept.get(stream)?.push(Buffer.from(bytes.subarray(start, end)));
        if ((flags & FrameFlag.END_STREAM) !== 0) this.#end(stream, "no trailers");
        return;
      case FrameType.HEADERS:
        this.#onHeaders(bytes.subarray(start, end), flags, stream);
        return;
      case FrameType.RST_STREAM:
        this.#end(stream, `RST_STREAM ${bytes.readUInt32BE(start)}`);
        return;
      case FrameType.SETTINGS:
        if ((flags & FrameFlag.ACK) === 0) this.#onSettings(bytes, start, end);
        return;
      case FrameType.PING:
        if ((flags & FrameFlag.ACK) === 0) {
          this.#out.push(frame(FrameType.PING, FrameFlag.ACK, 0, bytes.subarray(start, end)));
        }
        return;
      case FrameType.GOAWAY:
        throw new Error(`GOAWAY ${bytes.readUInt32BE(start + 4)} ${bytes.toString("latin1", start + 8, end)}`);
      case FrameType.WINDOW_UPDATE:
        if (stream === 0) this.#sendWindow += bytes.readUInt32BE(start);
        return;
      default:
    }
  }

  #onHeaders(block: Buffer, flags: number, stream: number): void {
    if ((flags & ~(FrameFlag.END_STREAM | FrameFlag.END_HEADERS)) !== 0 || (flags & FrameFlag.END_HEADERS) === 0) {
      throw new Error(`a HEADERS frame with flags ${flags}, which this client does not read`);
    }
    let status = "";
    let message = "";
    const headers = this.#hpack.read(block);
    for (const { name, value } of headers) {
      if (name === "grpc-status") status = value;
      else if (name === "grpc-message") message = value;
      else if (name === ":status" && value !== "200") message = `HTTP status ${value}`;
    }
    if ((flags & FrameFlag.END_STREAM) === 0) return;
    const slot = this.#slotOfStream.get(stream);
    if (slot !== undefined) this.#onTrailers?.(slot, headers);
    this.#end(stream, status === "0" ? "" : `grpc-status ${status} ${message}`);
  }

  #onSettings(bytes: Buffer, start: number, end: number): void {
    for (let at = start; at < end; at += 6) {
      if (bytes.readUInt16BE(at) === SETTING.MAX_CONCURRENT_STREAMS) this.#maxStreams = bytes.readUInt32BE(at + 2);
    }
    this.#out.push(frame(FrameType.SETTINGS, FrameFlag.ACK, 0, Buffer.alloc(0)));
    this.#settle?.resolve();
  }

  #end(stream: number, problem: string): void {
    const slot = this.#slotOfStream.get(stream);
    if (slot === undefined) return;
    this.#slotOfStream.delete(stream);
    const parts = this.#kept.get(stream);
    if (parts === undefined) {
      this.#onDone(slot, problem, undefined);
      return;
    }
    this.#kept.delete(stream);
    const framed = Buffer.concat(parts);
    const whole = problem === "" && framed.length >= 5 && framed.readUInt32BE(1) === framed.length - 5;
    this.#onDone(slot, problem === "" && !whole ? "a broken gRPC message" : problem, framed.subarray(5));
  }

  #sendWaiting(): void {
    const waiting = this.#waiting.splice(0);
    for (const { slot, message, keep } of waiting) this.send(slot, message, keep);
  }

  #returnWindow(bytes: number): void {
    this.#unreturned += bytes;
    if (this.#unreturned < WINDOW_STEP) return;
    const window = Buffer.alloc(4);
    window.writeUInt32BE(this.#unreturned);
    this.#unreturned = 0;
    this.#out.push(frame(FrameType.WINDOW_UPDATE, 0, 0, window));
  }
}

function writeFrameHead(
  target: Buffer,
  at: number,
  length: number,
  type: number,
  flags: number,
  stream: number,
): number {
  target[at] = length >> 16;
  target[at + 1] = length >> 8;
  target[at + 2] = length;
  target[at + 3] = type;
  target[at + 4] = flags;
  return target.writeUInt32BE(stream, at + 5);
}
