/** The floor under every server: the reads of a request straight at Redis, over one connection, replies counted and not looked at. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { DriverOptions, LoadDriver, OnDone } from "./driver.ts";

const CR = 0x0d;
const DOLLAR = 0x24;
const STAR = 0x2a;
const MINUS = 0x2d;

export interface RedisDriverOptions extends DriverOptions {
  /** HMGETs of each message: its rows. */
  readonly repliesPerMessage: number;
}

/** @throws Error when Redis refuses the connection */
export async function openRedisDriver(options: RedisDriverOptions): Promise<LoadDriver> {
  const socket = connect(options.port, options.host);
  await once(socket, "connect");
  socket.setNoDelay(true);
  return new RedisDriver(socket, options);
}

class RedisDriver implements LoadDriver {
  readonly #socket: Socket;
  readonly #messages: readonly Buffer[];
  readonly #onDone: OnDone;
  readonly #repliesPerMessage: number;
  /** Slots in the order of their commands. */
  #slots: number[] = [];
  #nextSlot = 0;
  #replies = 0;
  /** Strings left in the array that is being read; 0 = between replies. */
  #strings = 0;
  /** Bytes of a string and its line end left to step over. */
  #skip = 0;
  #rest: Buffer | undefined;
  #out: Buffer[] = [];
  #problem = "";

  constructor(socket: Socket, options: RedisDriverOptions) {
    this.#socket = socket;
    this.#messages = options.messages;
    this.#onDone = options.onDone;
    this.#repliesPerMessage = options.repliesPerMessage;
    socket.on("data", (chunk: Buffer) => this.#onData(chunk));
    socket.on("error", (error) => this.#fail(error.message));
    socket.on("close", () => this.#fail("connection closed"));
  }

  send(slot: number, message: number): void {
    if (this.#problem !== "") {
      setImmediate(() => this.#onDone(slot, this.#problem, undefined));
      return;
    }
    this.#slots.push(slot);
    this.#out.push(this.#messages[message] as Buffer);
  }

  flush(): void {
    if (this.#out.length === 0) return;
    this.#socket.write(this.#out.length === 1 ? (this.#out[0] as Buffer) : Buffer.concat(this.#out));
    this.#out = [];
  }

  close(): void {
    this.#problem = "closed";
    this.#socket.destroy();
  }

  #onData(chunk: Buffer): void {
    const bytes = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk]);
    this.#rest = undefined;
    let at = 0;
    while (at < bytes.length) {
      if (this.#skip > 0) {
        const step = Math.min(this.#skip, bytes.length - at);
        this.#skip -= step;
        at += step;
        if (this.#skip === 0) this.#stringEnded();
        continue;
      }
      const lineEnd = bytes.indexOf(CR, at);
      if (lineEnd < 0 || lineEnd + 1 >= bytes.length) {
        this.#rest = bytes.subarray(at);
        break;
      }
      this.#onLine(bytes, at, lineEnd);
      at = lineEnd + 2;
    }
    this.flush();
  }

  #onLine(bytes: Buffer, at: number, end: number): void {
    const type = bytes[at];
    if (type === MINUS) this.#fail(bytes.toString("latin1", at, end));
    const size = Number(bytes.toString("latin1", at + 1, end));
    if (type === STAR) this.#strings = size;
    else if (type === DOLLAR && size >= 0) this.#skip = size + 2;
    else this.#fail(`a field is missing, or something else came: ${bytes.toString("latin1", at, end)}`);
  }

  #stringEnded(): void {
    this.#strings -= 1;
    if (this.#strings > 0) return;
    this.#replies += 1;
    if (this.#replies < this.#repliesPerMessage) return;
    this.#replies = 0;
    const slot = this.#slots[this.#nextSlot++] as number;
    if (this.#nextSlot > 10_000) {
      this.#slots = this.#slots.slice(this.#nextSlot);
      this.#nextSlot = 0;
    }
    this.#onDone(slot, "", undefined);
  }

  #fail(problem: string): void {
    if (this.#problem !== "") return;
    this.#problem = problem;
    this.#socket.destroy();
    for (const slot of this.#slots.splice(0).slice(this.#nextSlot)) this.#onDone(slot, problem, undefined);
  }
}
