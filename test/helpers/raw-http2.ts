/** An HTTP/2 client that sends exactly what it is told to and shows exactly what comes back. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { FrameType, http2Frame, http2Opening } from "./wire-requests.ts";

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

/** What a unary answer consists of. */
export interface RawAnswer {
  /** `grpc-status`, `grpc-message` and the like, as far as they are literals; "" = not given. */
  readonly header: (name: string) => string;
  /** DATA together. */
  readonly body: Buffer;
  readonly frames: readonly Frame[];
  /** The code of RST_STREAM, where there was one before the end. */
  readonly reset: number | undefined;
}

const END_STREAM = 0x1;
const ACK = 0x1;

export class RawHttp2 {
  readonly socket: Socket;
  /** All frames so far; the acknowledgement of SETTINGS is sent and not kept. */
  readonly frames: Frame[] = [];
  isClosed = false;
  /** Chunks in which the frames came. */
  chunks = 0;
  #rest: Buffer = Buffer.alloc(0);
  #wake: () => void = () => {};

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on("error", () => {});
    socket.on("close", () => {
      this.isClosed = true;
      this.#wake();
    });
    socket.on("data", (chunk: Buffer) => this.#receive(chunk));
  }

  /** @param opening the preface and settings unless given */
  static async connect(port: number, opening: Buffer = http2Opening()): Promise<RawHttp2> {
    const socket = connect(port, "127.0.0.1");
    const client = new RawHttp2(socket);
    await once(socket, "connect");
    socket.setNoDelay(true);
    socket.write(opening);
    return client;
  }

  send(...parts: Buffer[]): void {
    if (!this.isClosed) this.socket.write(Buffer.concat(parts));
  }

  /** Waits for a frame that fits, those of the past included. @throws Error after `timeoutMs`, or when the connection closes */
  async frame(fits: (frame: Frame) => boolean, what: string, timeoutMs = 5_000): Promise<Frame> {
    await this.until(() => this.frames.some(fits) || this.isClosed, what, timeoutMs);
    const found = this.frames.find(fits);
    if (found === undefined) throw new Error(`closed before ${what}; came: ${this.summary()}`);
    return found;
  }

  async until(condition: () => boolean, what: string, timeoutMs = 5_000): Promise<void> {
    const endMs = performance.now() + timeoutMs;
    while (!condition()) {
      const leftMs = endMs - performance.now();
      if (leftMs <= 0) throw new Error(`waited ${timeoutMs} ms in vain for ${what}; came: ${this.summary()}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  /** The answer on a stream, when it is whole or cut. */
  async answer(stream: number, timeoutMs = 5_000): Promise<RawAnswer> {
    const isLast = (frame: Frame): boolean =>
      frame.stream === stream &&
      (frame.type === FrameType.RST_STREAM ||
        ((frame.type === FrameType.HEADERS || frame.type === FrameType.DATA) && (frame.flags & END_STREAM) !== 0));
    const last = await this.frame(isLast, `the answer on stream ${stream}`, timeoutMs);
    const frames = this.frames.filter((frame) => frame.stream === stream);
    const blocks = Buffer.concat(frames.filter(({ type }) => type === FrameType.HEADERS).map(({ payload }) => payload));
    return {
      header: (name) => literal(blocks, name),
      body: Buffer.concat(frames.filter(({ type }) => type === FrameType.DATA).map(({ payload }) => payload)),
      frames,
      reset: last.type === FrameType.RST_STREAM ? last.payload.readUInt32BE(0) : undefined,
    };
  }

  /** The GOAWAY and what it says; waits for the end of the connection too unless told otherwise. */
  async goAway(timeoutMs = 5_000, isEnd = true): Promise<{ last: number; code: number; reason: string }> {
    const { payload } = await this.frame(({ type }) => type === 7, "GOAWAY", timeoutMs);
    if (isEnd) {
      this.socket.end();
      await this.until(() => this.isClosed, "the end of the connection", timeoutMs);
    }
    return { last: payload.readUInt32BE(0), code: payload.readUInt32BE(4), reason: payload.toString("latin1", 8) };
  }

  summary(): string {
    return this.frames
      .slice(-10)
      .map(
        ({ type, flags, stream, payload }) =>
          `${type}/${flags}@${stream}:${payload.subarray(0, 60).toString("latin1")}`,
      )
      .join(" | ");
  }

  close(): void {
    this.socket.destroy();
  }

  #receive(chunk: Buffer): void {
    this.chunks++;
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    const bytes = this.#rest;
    while (bytes.length - at >= 9) {
      const end = at + 9 + bytes.readUIntBE(at, 3);
      if (end > bytes.length) break;
      const frame: Frame = {
        type: bytes[at + 3] as number,
        flags: bytes[at + 4] as number,
        stream: bytes.readUInt32BE(at + 5) & 0x7fff_ffff,
        payload: bytes.subarray(at + 9, end),
      };
      at = end;
      if (frame.type === FrameType.SETTINGS && (frame.flags & ACK) === 0) {
        this.send(http2Frame(FrameType.SETTINGS, ACK, 0, Buffer.alloc(0)));
      }
      this.frames.push(frame);
    }
    this.#rest = bytes.subarray(at);
    this.#wake();
  }
}

/** A SETTINGS payload. */
export function settings(...values: readonly (readonly [id: number, value: number])[]): Buffer {
  const payload = Buffer.alloc(values.length * 6);
  values.forEach(([id, value], index) => {
    payload.writeUInt16BE(id, index * 6);
    payload.writeUInt32BE(value, index * 6 + 2);
  });
  return payload;
}

/** Four bytes: the payload of WINDOW_UPDATE and RST_STREAM. */
export function uint32(value: number): Buffer {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(value);
  return payload;
}

/** The value of a literal field without Huffman coding, which is how our server writes all of them. */
function literal(blocks: Buffer, name: string): string {
  const key = Buffer.concat([Buffer.of(0, name.length), Buffer.from(name)]);
  const at = blocks.indexOf(key);
  if (at < 0) return "";
  let from = at + key.length;
  let length = blocks[from++] as number;
  if (length === 0x7f) {
    let scale = 1;
    for (let more = true; more; scale *= 128) {
      const byte = blocks[from++] as number;
      length += (byte & 0x7f) * scale;
      more = byte >= 0x80;
    }
  }
  return blocks.toString("latin1", from, from + length);
}
