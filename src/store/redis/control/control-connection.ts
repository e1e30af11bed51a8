/**
 * A connection for questions about a node (INFO, ROLE, CLUSTER SLOTS, SENTINEL …) and for messages, apart from those that read
 * rows: connects, logs in, answers each question with a whole reply, and connects again when it is lost.
 */
import { ServeError } from "../../../model/serve-error.ts";
import { backoffMs } from "../../backoff.ts";
import type { StoreDeps } from "../../store-deps.ts";
import { Dial, type DialTarget, sentenceOf } from "../lane/dial.ts";
import { DueReplies } from "../lane/due-replies.ts";
import { ReplyReader } from "../lane/reply-reader.ts";
import { RespError, type RespValue } from "../lane/resp-value.ts";
import { SilenceWatch } from "../silence-watch.ts";
import { addressText } from "./address-map.ts";
import { AskQueue } from "./ask-queue.ts";
import { commandBytes } from "./command-bytes.ts";
import { authWords, isLoginRefusal, type Login } from "./credentials.ts";

/** CLUSTER SLOTS of the most scattered map is about 4 MiB. */
const LONGEST_REPLY_BYTES = 16 * 1024 * 1024;
/** Silence with replies due after which the connection is given up. */
const HUNG_AFTER_MS = 1000;
const AUTH_TIMEOUT_MS = 1000;

export interface ControlTarget extends Omit<DialTarget, "db"> {
  readonly kind: "redis" | "sentinel";
}

export interface ControlEvents {
  /** Questions can be asked; also while the node is LOADING, which INFO tells. Subscriptions are to be made anew. */
  readonly onUp: () => void;
  /** An attempt or the connection ended; why and where, without secrets. */
  readonly onFailed: (reason: string) => void;
  /** A message of a subscription, `["message", channel, text]`, or another push frame. */
  readonly onPush: (frame: RespValue) => void;
  /** New credentials were refused on the live connection, which stays as it was. */
  readonly onLoginRefused: (reason: string) => void;
}

/** `idle` = not started, `waiting` = between two attempts. */
type Phase = "idle" | "connecting" | "up" | "waiting" | "closed";

export class ControlConnection {
  /** `redis host:port` or `sentinel host:port`, the start of every sentence about this node. */
  readonly who: string;
  readonly #target: ControlTarget;
  readonly #deps: StoreDeps;
  readonly #events: ControlEvents;
  readonly #watch: SilenceWatch;
  readonly #asks: AskQueue;
  #phase: Phase = "idle";
  #dial: Dial | undefined;
  #retryTimer: NodeJS.Timeout | undefined;
  #failures = 0;
  /** Hung up on without a word after HELLO: the next attempt begins without it. */
  #withHello = true;
  #isResp3 = false;
  /** Of the reply that is coming in. */
  #replyBytes = 0;
  #lastError = "";
  #forgetCredentials: () => void = () => {};

  constructor(target: ControlTarget, deps: StoreDeps, events: ControlEvents) {
    this.#target = target;
    this.#deps = deps;
    this.#events = events;
    this.who = `${target.kind} ${addressText(target.address)}`;
    this.#asks = new AskQueue(this.who, deps.now);
    this.#watch = new SilenceWatch(HUNG_AFTER_MS, deps.now, () =>
      this.#dial?.destroy(`no reply for ${HUNG_AFTER_MS} ms, the connection was dropped`),
    );
  }

  get isUp(): boolean {
    return this.#phase === "up";
  }

  /** While it is up: questions can be asked also once it has subscribed. */
  get isResp3(): boolean {
    return this.#isResp3;
  }

  /** Begins to connect and keeps at it; never throws. A second call does nothing. */
  start(): void {
    if (this.#phase !== "idle") return;
    this.#forgetCredentials = this.#target.credentials.onChange(() => this.#credentialsChanged());
    this.#attempt();
  }

  /**
   * Sends a command. SUBSCRIBE and its kind are answered with the last confirmation.
   * @param words name and arguments
   * @returns the reply; the server's refusal is a `RespError`
   * @throws ServeError UNAVAILABLE when there is no connection or it is lost, when 64 replies are due, and after `timeoutMs`
   */
  ask(words: readonly (string | Buffer)[], timeoutMs: number): Promise<RespValue> {
    if (this.#phase !== "up") return Promise.reject(this.#unavailable());
    if (this.#asks.isFull) {
      return Promise.reject(new ServeError("UNAVAILABLE", `${this.who} has not answered ${this.#asks.size} commands`));
    }
    this.#watch.expect();
    this.#dial!.socket.write(commandBytes(words));
    return this.#asks.add(words, timeoutMs);
  }

  /** Ends the connection and its timers, fails what was asked; resolves when the socket is closed. */
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
    const nothing = (): void => {};
    const reader = new ReplyReader(new DueReplies(nothing, nothing), {
      onValue: (value) => {
        this.#replyBytes = 0;
        if (this.#phase === "connecting") dial.reply(value);
        else this.#take(value, false);
      },
      onPush: (frame) => {
        this.#replyBytes = 0;
        this.#take(frame, true);
      },
      onError: nothing,
      onMap: nothing,
      onOther: nothing,
    });
    const options = {
      withHello: this.#withHello,
      isReadyWhileLoading: true,
      room: () => reader.room(),
      received: (bytes: number) => this.#received(dial, reader, bytes),
    };
    let dial: Dial;
    try {
      dial = new Dial({ ...this.#target, db: 0 }, options, {
        onConnected: () => this.#watch.expect(),
        onReady: (_, isResp3) => this.#ready(dial.login, isResp3),
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

  #ready(login: Login, isResp3: boolean): void {
    this.#watch.settled();
    this.#failures = 0;
    this.#withHello = true;
    this.#phase = "up";
    this.#isResp3 = isResp3;
    // They may have changed since the handshake began.
    if (this.#target.credentials.current() !== login) void this.#logInAgain();
    this.#events.onUp();
  }

  #received(dial: Dial, reader: ReplyReader, bytes: number): void {
    this.#watch.heard();
    this.#replyBytes += bytes;
    try {
      reader.received(bytes);
      if (this.#replyBytes > LONGEST_REPLY_BYTES) throw new Error(`a reply longer than ${LONGEST_REPLY_BYTES} bytes`);
    } catch (error) {
      dial.destroy(error);
    }
  }

  #take(value: RespValue, isPush: boolean): void {
    if (this.#phase !== "up") return;
    const { size } = this.#asks;
    const kind = this.#asks.take(value, isPush);
    if (this.#asks.size < size) this.#watch.settled();
    if (kind === "push") this.#events.onPush(value);
    else if (kind === "stray") throw new Error("a reply that nobody waits for");
  }

  /** An attempt or a connection is over: fail what hangs on it, try again after a pause. */
  #ended(reason: string): void {
    const { credentials } = this.#target;
    this.#phase = "waiting";
    this.#lastError = credentials.redact(reason);
    this.#dropWork();
    this.#failures += 1;
    this.#retryTimer = setTimeout(() => this.#attempt(), backoffMs(this.#failures, this.#deps.random));
    if (isLoginRefusal(reason)) credentials.refresh();
    this.#events.onFailed(`${this.who}: ${this.#lastError}`);
  }

  #dropWork(): void {
    this.#replyBytes = 0;
    this.#watch.reset();
    this.#asks.failAll(this.#unavailable());
  }

  #unavailable(): ServeError {
    if (this.#phase === "closed") return new ServeError("UNAVAILABLE", `${this.who} is closed`);
    if (this.#phase === "idle") return new ServeError("UNAVAILABLE", `${this.who} is not connected yet`);
    return new ServeError("UNAVAILABLE", `${this.who} cannot be reached: ${this.#lastError || "connecting"}`);
  }

  #credentialsChanged(): void {
    if (this.#phase === "up") void this.#logInAgain();
    if (this.#phase !== "waiting") return;
    clearTimeout(this.#retryTimer);
    this.#attempt();
  }

  /** A refused AUTH leaves a connection logged in as it was. */
  async #logInAgain(): Promise<void> {
    const { credentials } = this.#target;
    const words = authWords(credentials.current());
    if (words === undefined) return;
    // Lost or late: the next handshake does it.
    const reply = await this.ask(words, AUTH_TIMEOUT_MS).catch(() => undefined);
    if (!(reply instanceof RespError)) return;
    if (isLoginRefusal(reply.text)) credentials.refresh();
    this.#events.onLoginRefused(`${this.who}: ${credentials.redact(reply.text)}`);
  }
}
