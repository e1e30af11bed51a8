/** What was asked on a control connection and has not been answered, oldest first, with the time each has. */
import { ServeError } from "../../../model/serve-error.ts";
import type { RespValue } from "../lane/resp-value.ts";
import { isList, textOf } from "./reply-fields.ts";

/** Dead ones included, whose replies are still to come. */
const MOST_ASKS = 64;
/** Commands whose replies are push frames on RESP3, and plain lists of the same form on RESP2; one for each argument. */
const SUBSCRIBING = /^P?(?:UN)?SUBSCRIBE$/i;

interface Ask {
  readonly name: string;
  readonly isSubscribing: boolean;
  readonly timeoutMs: number;
  readonly deadlineMs: number;
  readonly resolve: (value: RespValue) => void;
  readonly reject: (error: ServeError) => void;
  repliesDue: number;
  isLate: boolean;
}

/** `answer` = belonged to the oldest ask; `push` = a message of a subscription or the like; `stray` = nobody asked for it. */
export type ReplyKind = "answer" | "push" | "stray";

export class AskQueue {
  readonly #who: string;
  readonly #now: () => number;
  readonly #asks: Ask[] = [];
  #hasSubscribed = false;
  #timer: NodeJS.Timeout | undefined;
  #armedForMs = Number.POSITIVE_INFINITY;

  /** @param who start of the errors' sentences, e.g. `redis 127.0.0.1:6379` */
  constructor(who: string, now: () => number) {
    this.#who = who;
    this.#now = now;
  }

  /** Asks whose replies are still to come. */
  get size(): number {
    return this.#asks.length;
  }

  get isFull(): boolean {
    return this.#asks.length >= MOST_ASKS;
  }

  /**
   * The words have just been sent.
   * @returns the reply, for subscriptions the last confirmation
   * @throws ServeError UNAVAILABLE after `timeoutMs`; the reply keeps its place in the order and is dropped when it comes
   */
  add(words: readonly (string | Buffer)[], timeoutMs: number): Promise<RespValue> {
    const name = String(words[0]);
    const isSubscribing = SUBSCRIBING.test(name);
    this.#hasSubscribed ||= isSubscribing;
    const deadlineMs = this.#now() + timeoutMs;
    return new Promise((resolve, reject) => {
      const repliesDue = isSubscribing ? Math.max(1, words.length - 1) : 1;
      this.#asks.push({ name, isSubscribing, timeoutMs, deadlineMs, resolve, reject, repliesDue, isLate: false });
      if (deadlineMs < this.#armedForMs) this.#arm(deadlineMs, timeoutMs);
    });
  }

  /** @param isPush it came as a push frame of RESP3 */
  take(value: RespValue, isPush: boolean): ReplyKind {
    const head = this.#asks[0];
    const kind = (isPush || this.#hasSubscribed) && isList(value) ? (textOf(value[0]) ?? "") : "";
    if (isPush ? !(head?.isSubscribing && SUBSCRIBING.test(kind)) : /^p?message$/.test(kind)) return "push";
    if (head === undefined) return "stray";
    head.repliesDue -= 1;
    // A refused subscription is one error, however many channels it names.
    if (head.repliesDue > 0 && SUBSCRIBING.test(kind)) return "answer";
    this.#asks.shift();
    head.resolve(value);
    return "answer";
  }

  /** The connection is gone. Leaves no timer. */
  failAll(error: ServeError): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#armedForMs = Number.POSITIVE_INFINITY;
    this.#hasSubscribed = false;
    for (const ask of this.#asks.splice(0)) ask.reject(error);
  }

  #arm(deadlineMs: number, delayMs: number): void {
    clearTimeout(this.#timer);
    this.#armedForMs = deadlineMs;
    this.#timer = setTimeout(
      () => {
        // After a stall of our own loop the reply may be waiting in the socket: let the loop read it before judging.
        setImmediate(() => this.#sweep());
      },
      Math.max(1, Math.ceil(delayMs)),
    );
  }

  #sweep(): void {
    if (this.#timer === undefined) return;
    this.#timer = undefined;
    this.#armedForMs = Number.POSITIVE_INFINITY;
    const nowMs = this.#now();
    let earliestMs = Number.POSITIVE_INFINITY;
    for (const ask of this.#asks) {
      if (ask.isLate) continue;
      if (ask.deadlineMs > nowMs) {
        earliestMs = Math.min(earliestMs, ask.deadlineMs);
        continue;
      }
      ask.isLate = true;
      ask.reject(
        new ServeError("UNAVAILABLE", `${this.#who} did not answer ${ask.name} within ${Math.round(ask.timeoutMs)} ms`),
      );
    }
    if (earliestMs !== Number.POSITIVE_INFINITY) this.#arm(earliestMs, earliestMs - nowMs);
  }
}
