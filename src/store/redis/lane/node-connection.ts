/**
 * One connection to a node: connects, greets, carries reads, and connects again when it is lost. Comes in: reads. Goes out: rows
 * in them, or a ServeError. A read never waits for a dead or hung server: nothing is queued for a connection that is not up.
 */
import type { Socket } from "node:net";
import { ServeError } from "../../../model/serve-error.ts";
import { backoffMs } from "../../backoff.ts";
import type { StoreDeps } from "../../store-deps.ts";
import { hungAfterMs, type RedisStoreOptions } from "../redis-settings.ts";
import { SilenceWatch } from "../silence-watch.ts";
import { CommandWriter } from "./command-writer.ts";
import { DueReplies } from "./due-replies.ts";
import { Handshake } from "./handshake.ts";
import { connectedEvent, openSocket } from "./open-socket.ts";
import type { PendingRead } from "./pending-read.ts";
import { ReplyReader } from "./reply-reader.ts";
import type { RespValue } from "./resp-value.ts";
import type { CommandCompiler } from "./row-commands.ts";

/** Bytes read in one turn of the loop after which other sockets get theirs: about 0.3 ms of small cells. */
const BYTES_PER_TURN = 256 * 1024;

export interface NodeConnectionEvents {
  readonly onUp: () => void;
  /** An attempt or the connection ended; why and where, without secrets. */
  readonly onFailed: (reason: string) => void;
  /** A push frame, e.g. `["invalidate", [key, …]]`. */
  readonly onPush: (frame: RespValue) => void;
}

/** `idle` = not started, `waiting` = between two attempts. */
type Phase = "idle" | "connecting" | "up" | "waiting" | "closed";

export class NodeConnection {
  /** `redis host:port`, the start of every sentence about this node. */
  readonly who: string;
  readonly #settings: RedisStoreOptions;
  readonly #commands: CommandCompiler;
  readonly #deps: StoreDeps;
  readonly #events: NodeConnectionEvents;
  readonly #watch: SilenceWatch;
  readonly #due: DueReplies;
  readonly #writer: CommandWriter;
  #phase: Phase = "idle";
  #socket: Socket | undefined;
  #retryTimer: NodeJS.Timeout | undefined;
  #failures = 0;
  /** Hung up on without a word after HELLO: the next attempt begins without it. */
  #withHello = true;
  #waiters: (() => void)[] = [];
  #turnBytes = 0;
  readonly #endTurn = (): void => this.#turnEnded();
  /** Why the latest finished attempt or connection ended, "" = not known. */
  #lastError = "";
  #attemptError = "";

  constructor(settings: RedisStoreOptions, commands: CommandCompiler, deps: StoreDeps, events: NodeConnectionEvents) {
    this.#settings = settings;
    this.#commands = commands;
    this.#deps = deps;
    this.#events = events;
    this.who = `redis ${settings.host}:${settings.port}`;
    const hungMs = hungAfterMs(settings.nodeTimeoutMs);
    this.#watch = new SilenceWatch(hungMs, deps.now, () =>
      this.#socket?.destroy(new Error(`no reply for ${hungMs} ms, the connection was dropped`)),
    );
    this.#due = new DueReplies((read) => {
      this.#watch.settled();
      this.#writer.entryDone(read);
    });
    this.#writer = new CommandWriter(commands, this.#due, this.#watch);
  }

  get isUp(): boolean {
    return this.#phase === "up";
  }

  get isConnecting(): boolean {
    return this.#phase === "connecting";
  }

  /** Begins to connect and keeps at it; never throws. A second call does nothing. */
  start(): void {
    if (this.#phase === "idle") this.#attempt();
  }

  /** Sends a read; its outcome shows in the read. */
  send(read: PendingRead): void {
    if (this.#phase !== "up") read.fail(this.unavailable());
    else if (!this.#writer.send(read)) {
      read.fail(
        new ServeError("UNAVAILABLE", `${this.who} is behind: ${this.#due.cells} cells have not been answered yet`),
      );
    }
  }

  /** The error of a read that found no connection or lost it. */
  unavailable(): ServeError {
    if (this.#phase === "closed") return new ServeError("UNAVAILABLE", `${this.who} is closed`);
    if (this.#phase === "idle") return new ServeError("UNAVAILABLE", `${this.who} is not connected yet`);
    const why = this.#attemptError || this.#lastError || "connecting";
    return new ServeError("UNAVAILABLE", `${this.who} cannot be reached: ${why}`);
  }

  /** Resolves when the attempt in progress ends either way, or after `waitMs`. */
  attemptEnds(waitMs: number): Promise<void> {
    if (waitMs <= 0 || !this.isConnecting) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        const at = this.#waiters.indexOf(done);
        if (at >= 0) this.#waiters.splice(at, 1);
        resolve();
      };
      const timer = setTimeout(done, Math.ceil(waitMs));
      this.#waiters.push(done);
    });
  }

  /** Ends the connection and its timers, fails the reads on it; resolves when the socket is closed. */
  async close(): Promise<void> {
    if (this.#phase === "closed") return;
    this.#phase = "closed";
    clearTimeout(this.#retryTimer);
    this.#dropWork();
    const socket = this.#socket;
    if (socket === undefined || socket.closed) return;
    await new Promise<void>((resolve) => {
      socket.once("close", () => resolve());
      socket.destroy();
    });
  }

  #attempt(): void {
    this.#phase = "connecting";
    this.#attemptError = "";
    const reader = new ReplyReader(this.#due, {
      onValue: (value) => handshake.reply(value),
      onPush: this.#events.onPush,
      onError: (read, text) => {
        // The user lost the right to HGETALL while it was in use; HMGET is what Feast needs.
        if (text.startsWith("NOPERM")) this.#commands.of(read.shape).useHmget();
        read.fail(new ServeError("UNAVAILABLE", `${this.who} answered: ${this.#redact(text)}`));
      },
      onMap: (read, fields, bytes) => this.#commands.of(read.shape).sawReply(fields, bytes),
      onOther: (read) =>
        read.fail(new ServeError("UNAVAILABLE", `${this.who} sent something else than ${read.stride} hash fields`)),
    });
    let socket: Socket;
    try {
      socket = openSocket(this.#settings, {
        buffer: () => reader.room(),
        callback: (bytes) => this.#received(socket, reader, bytes),
      });
    } catch (error) {
      this.#attemptError = error instanceof Error ? error.message : String(error);
      this.#ended();
      return;
    }
    this.#socket = socket;
    const handshake = new Handshake(this.#settings, {
      write: (bytes) => socket.write(bytes),
      onReady: (isResp3) => this.#ready(socket, reader, isResp3),
      onRefused: (text) => socket.destroy(new Error(text)),
    });
    const connectTimer = setTimeout(
      () => socket.destroy(new Error("connect ETIMEDOUT")),
      this.#settings.connectTimeoutMs,
    );
    socket.on(connectedEvent(this.#settings), () => {
      clearTimeout(connectTimer);
      // The handshake's replies are due too.
      this.#watch.expect();
      handshake.begin(this.#withHello);
    });
    socket.on("error", (error) => {
      this.#attemptError ||= this.#redact(sentenceOf(error));
    });
    socket.on("close", () => {
      clearTimeout(connectTimer);
      handshake.end();
      if (this.#phase === "closed") return;
      if (this.#phase === "connecting") {
        this.#attemptError ||= this.#redact(handshake.refusedHello);
        this.#withHello = !this.#withHello || this.#attemptError !== "";
      }
      this.#ended();
    });
  }

  #ready(socket: Socket, reader: ReplyReader, isResp3: boolean): void {
    reader.awaitValues = false;
    this.#watch.settled();
    this.#lastError = "";
    this.#failures = 0;
    this.#withHello = true;
    this.#writer.open(socket, isResp3);
    this.#phase = "up";
    this.#events.onUp();
    this.#wake();
  }

  #received(socket: Socket, reader: ReplyReader, bytes: number): boolean {
    // A socket that was given up may have had a read under way.
    if (socket !== this.#socket || socket.destroyed) return true;
    this.#watch.heard();
    try {
      reader.received(bytes);
    } catch (error) {
      socket.destroy(error instanceof Error ? error : new Error(String(error)));
      return true;
    }
    this.#writer.pump();
    // libuv reads a socket up to 32 times in a row while it fills the memory it is given.
    if (this.#turnBytes === 0) {
      if (bytes < BYTES_PER_TURN / 4) return true;
      setImmediate(this.#endTurn);
    }
    this.#turnBytes += bytes;
    if (this.#turnBytes >= BYTES_PER_TURN) socket.pause();
    return true;
  }

  #turnEnded(): void {
    const socket = this.#socket;
    if (this.#turnBytes >= BYTES_PER_TURN && socket !== undefined && !socket.destroyed) socket.resume();
    this.#turnBytes = 0;
  }

  /** An attempt or a connection is over: fail what hangs on it, try again after a pause. */
  #ended(): void {
    this.#phase = "waiting";
    this.#lastError = this.#attemptError || "the server closed the connection";
    this.#attemptError = "";
    this.#dropWork();
    this.#failures += 1;
    this.#retryTimer = setTimeout(() => this.#attempt(), backoffMs(this.#failures, this.#deps.random));
    this.#events.onFailed(`${this.who}: ${this.#lastError}`);
  }

  #dropWork(): void {
    this.#watch.reset();
    const error = this.unavailable();
    this.#writer.drop(error);
    this.#due.failAll(error);
    this.#wake();
  }

  #wake(): void {
    for (const done of [...this.#waiters]) done();
  }

  /** Text that may leave the process: a server may echo the arguments of AUTH in its error. */
  #redact(text: string): string {
    const { password } = this.#settings;
    return password ? text.replaceAll(password, "***") : text;
  }
}

/** A host with several addresses fails with one error per address and no text of its own. */
function sentenceOf(error: Error): string {
  if (error instanceof AggregateError && error.errors[0] instanceof Error) return error.errors[0].message;
  return error.message;
}
