/**
 * One connection to a node that carries reads: connects, carries them, and connects again when it is lost. Comes in: reads. Goes
 * out: rows or errors to their owners. A read never waits for a dead or hung server: nothing is queued for a connection that is
 * not up.
 */
import { ServeError } from "../../../model/serve-error.ts";
import { backoffMs } from "../../backoff.ts";
import type { StoreDeps } from "../../store-deps.ts";
import { addressText } from "../control/address-map.ts";
import { commandBytes } from "../control/command-bytes.ts";
import { isLoginRefusal } from "../control/credentials.ts";
import { hungAfterMs, SilenceWatch } from "../silence-watch.ts";
import { CommandWriter } from "./command-writer.ts";
import { Dial, type DialTarget, sentenceOf } from "./dial.ts";
import { DueReplies, type ReplyOwner } from "./due-replies.ts";
import { logInAgain } from "./log-in-again.ts";
import type { PendingRead } from "./pending-read.ts";
import { ReplyReader } from "./reply-reader.ts";
import type { RespValue } from "./resp-value.ts";
import type { CommandCompiler } from "./row-commands.ts";
import type { InvalidationTaker } from "./take-invalidation.ts";
import { TurnShare } from "./turn-share.ts";

/** While nothing else is due, a PING this often tells a dead peer. */
const PING_EVERY_MS = 250;
/** A connection that was up for so long is made anew at once when it ends; one that was not, after a pause. */
const STABLE_AFTER_MS = 1000;

const PING = commandBytes(["PING"]);
const READONLY = commandBytes(["READONLY"]);

export interface NodeConnectionOptions {
  readonly target: DialTarget;
  readonly commands: CommandCompiler;
  readonly nodeTimeoutMs: number;
  /** Says READONLY first, without which a replica of a cluster sends every read to its primary. */
  readonly isCluster: boolean;
}

export interface NodeConnectionEvents {
  /** Before any read. @param isResp3 pushes may come */
  readonly onUp: (isResp3: boolean) => void;
  /** An attempt or the connection ended; why and where, without secrets. */
  readonly onFailed: (reason: string) => void;
  /** A push frame; without `invalidations` those, too: `["invalidate", [key, …]]`. */
  readonly onPush: (frame: RespValue) => void;
  readonly invalidations?: InvalidationTaker | undefined;
  /** A PING that was sent then was answered. */
  readonly onPong: (sentMs: number) => void;
  /** All replies of a read, of a chunk of one, or of another command came. */
  readonly onReplied: (owner: ReplyOwner, sentMs: number) => void;
  /** They will never come. */
  readonly onLost: (owner: ReplyOwner) => void;
}

/** `idle` = not started, `waiting` = between two attempts. */
type Phase = "idle" | "connecting" | "up" | "waiting" | "closed";

export class NodeConnection {
  /** `redis host:port`, the start of every sentence about this node. */
  readonly who: string;
  readonly #options: NodeConnectionOptions;
  readonly #deps: StoreDeps;
  readonly #events: NodeConnectionEvents;
  readonly #watch: SilenceWatch;
  readonly #due: DueReplies;
  readonly #writer: CommandWriter;
  #phase: Phase = "idle";
  #dial: Dial | undefined;
  #retryTimer: NodeJS.Timeout | undefined;
  #pingTimer: NodeJS.Timeout | undefined;
  #failures = 0;
  #upSinceMs = 0;
  /** Hung up on without a word after HELLO: the next attempt begins without it. */
  #withHello = true;
  readonly #turn = new TurnShare();
  /** Why the latest finished attempt or connection ended, "" = not known. */
  #lastError = "";
  #forgetCredentials: () => void = () => {};

  constructor(options: NodeConnectionOptions, deps: StoreDeps, events: NodeConnectionEvents) {
    this.#options = options;
    this.#deps = deps;
    this.#events = events;
    this.who = `redis ${addressText(options.target.address)}`;
    const hungMs = hungAfterMs(options.nodeTimeoutMs);
    this.#watch = new SilenceWatch(hungMs, deps.now, () =>
      this.#dial?.destroy(`no reply for ${hungMs} ms, the connection was dropped`),
    );
    this.#due = new DueReplies((owner, sentMs, cells) => {
      this.#watch.settled();
      this.#writer.entryDone(owner, sentMs, cells, this.#watch.heardMs);
      events.onReplied(owner, sentMs);
    }, events.onLost);
    this.#writer = new CommandWriter(options.commands, this.#due, this.#watch, deps.now, this.who);
  }

  get isUp(): boolean {
    return this.#phase === "up";
  }

  /** The first attempt after it held, or ever: it may be up in a moment. Once one has failed the node is known to be down. */
  get isComing(): boolean {
    return this.#phase === "connecting" && this.#failures === 0;
  }

  /** When the oldest unanswered command was sent, Infinity = all are answered. */
  get oldestSentMs(): number {
    return this.#due.oldestSentMs;
  }

  /** When the oldest read came that is not answered, sent or not; Infinity = none. */
  get oldestWaitingMs(): number {
    return Math.min(this.#due.oldestSentMs, this.#writer.oldestQueuedMs);
  }

  /** When the node was last heard. */
  get heardMs(): number {
    return this.#watch.heardMs;
  }

  /** Where the connection leads, undefined while there is none. */
  get peer(): { readonly host: string; readonly port: number } | undefined {
    const { remoteAddress: host, remotePort: port } = this.#dial?.socket ?? {};
    return host === undefined || port === undefined ? undefined : { host, port };
  }

  /** Begins to connect and keeps at it; never throws. A second call does nothing. */
  start(): void {
    if (this.#phase !== "idle") return;
    this.#forgetCredentials = this.#options.target.credentials.onChange(() => this.#credentialsChanged());
    this.#attempt();
  }

  /** Sends a read; its outcome shows in the read. @returns false when it was not sent, and failed */
  send(read: PendingRead): boolean {
    if (this.#phase === "up" && this.#writer.send(read)) return true;
    read.fail(this.#phase === "up" ? this.#behind() : this.unavailable());
    return false;
  }

  /** Sends a command whose reply is wanted as a value; nobody is told when it is lost. */
  ask(command: Buffer, take: (value: RespValue) => void): void {
    if (this.#phase === "up") this.#writer.ask(command, take);
  }

  /** A command whose answer only shows that the node is there. */
  ping(): void {
    const sentMs = this.#deps.now();
    this.ask(PING, () => this.#events.onPong(sentMs));
  }

  /** The error of a read that found no connection or lost it. */
  unavailable(): ServeError {
    if (this.#phase === "closed") return new ServeError("UNAVAILABLE", `${this.who} is closed`);
    if (this.#phase === "idle") return new ServeError("UNAVAILABLE", `${this.who} is not connected yet`);
    return new ServeError("UNAVAILABLE", `${this.who} cannot be reached: ${this.#lastError || "connecting"}`);
  }

  /** Gives the connection up and makes a new one. */
  reconnect(reason: string): void {
    this.#dial?.destroy(reason);
  }

  /** Ends the connection and its timers, fails the reads on it; resolves when the socket is closed. */
  async close(): Promise<void> {
    if (this.#phase === "closed") return;
    this.#phase = "closed";
    this.#forgetCredentials();
    clearTimeout(this.#retryTimer);
    this.#dropWork();
    await this.#dial?.end();
  }

  #attempt(): void {
    this.#phase = "connecting";
    const { target, commands } = this.#options;
    const reader = new ReplyReader(this.#due, {
      onValue: (value) => dial.reply(value),
      onPush: this.#events.onPush,
      invalidations: this.#events.invalidations,
      onError: (read, text) => this.#refused(read, text),
      onMap: (read, fields, bytes) => commands.of(read.shape).sawReply(fields, bytes),
      onOther: (read, isStatus) => {
        // The OK of ASKING, which has no row.
        if (read.isAsking && isStatus) return;
        read.fail(new ServeError("UNAVAILABLE", `${this.who} sent something else than ${read.stride} hash fields`));
      },
    });
    const options = {
      withHello: this.#withHello,
      isReadyWhileLoading: false,
      room: () => reader.room(),
      received: (bytes: number) => this.#received(dial, reader, bytes),
    };
    let dial: Dial;
    try {
      dial = new Dial(target, options, {
        onConnected: () => this.#watch.expect(),
        onReady: (_, isResp3) => this.#ready(dial, reader, isResp3),
        onClosed: (reason) => {
          if (this.#phase === "closed") return;
          if (this.#phase === "connecting") this.#withHello = !this.#withHello || reason !== "";
          this.#ended(reason || "the server closed the connection");
        },
      });
    } catch (error) {
      this.#ended(sentenceOf(error));
      return;
    }
    this.#dial = dial;
  }

  #ready(dial: Dial, reader: ReplyReader, isResp3: boolean): void {
    reader.awaitValues = false;
    this.#watch.settled();
    this.#upSinceMs = this.#deps.now();
    this.#withHello = true;
    this.#writer.open(dial.socket, isResp3);
    this.#phase = "up";
    if (this.#options.isCluster) this.ask(READONLY, () => {});
    const { credentials } = this.#options.target;
    // They may have changed since the handshake began.
    if (credentials.current() !== dial.login) logInAgain(credentials, this);
    this.#pingTimer = setInterval(() => {
      if (this.#due.length === 0) this.ping();
    }, PING_EVERY_MS);
    this.#pingTimer.unref();
    this.#events.onUp(isResp3);
  }

  #received(dial: Dial, reader: ReplyReader, bytes: number): void {
    this.#watch.heard();
    this.#deps.turn?.enter(this.#watch.heardMs);
    try {
      reader.received(bytes);
    } catch (error) {
      dial.destroy(error);
      return;
    }
    this.#writer.pump();
    this.#turn.took(dial.socket, bytes);
  }

  /** A command of a read was answered with an error. */
  #refused(read: PendingRead, text: string): void {
    const word = /^[A-Z]+/.exec(text)?.[0] ?? "";
    // Elsewhere nobody would follow it, and the row would look like one that is not there.
    if (this.#options.isCluster && (word === "MOVED" || word === "ASK")) {
      // Without a host it means: the one you asked, at another port.
      read.redirected(text.replace(/^(\w+ \d+) :/, `$1 ${this.#options.target.address.host}:`));
      return;
    }
    // The user lost the right to HGETALL while it was in use; HMGET is what Feast needs.
    if (word === "NOPERM") this.#options.commands.of(read.shape).useHmget();
    read.fail(new ServeError("UNAVAILABLE", `${this.who} answered: ${this.#redact(text)}`), word);
  }

  /** An attempt or a connection is over: fail what hangs on it, try again, at once after one that had held. */
  #ended(reason: string): void {
    const wasStable = this.#phase === "up" && this.#deps.now() - this.#upSinceMs >= STABLE_AFTER_MS;
    this.#phase = "waiting";
    this.#lastError = this.#redact(reason);
    if (isLoginRefusal(reason)) this.#options.target.credentials.refresh();
    // First, so that reads which are sent again at once do not come back here.
    this.#events.onFailed(`${this.who}: ${this.#lastError}`);
    this.#dropWork();
    if (wasStable) {
      this.#failures = 0;
      this.#attempt();
    } else {
      this.#failures += 1;
      this.#retryTimer = setTimeout(() => this.#attempt(), backoffMs(this.#failures, this.#deps.random));
    }
  }

  #dropWork(): void {
    clearInterval(this.#pingTimer);
    this.#watch.reset();
    const error = this.unavailable();
    this.#writer.drop(error);
    this.#due.failAll(error);
  }

  #credentialsChanged(): void {
    if (this.#phase === "up") logInAgain(this.#options.target.credentials, this);
    if (this.#phase !== "waiting") return;
    clearTimeout(this.#retryTimer);
    this.#attempt();
  }

  #behind(): ServeError {
    return new ServeError("UNAVAILABLE", `${this.who} is behind: ${this.#due.cells} cells have not been answered yet`);
  }

  /** Text that may leave the process: a server may echo the arguments of AUTH in its error. */
  #redact(text: string): string {
    return this.#options.target.credentials.redact(text);
  }
}
