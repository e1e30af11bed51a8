/** One sentinel: a connection for questions and its messages. */
import type { RedisAddress } from "../../../model/redis-settings.ts";
import { parseSwitchMaster } from "../control/parse-sentinel.ts";
import { isList, textOf } from "../control/reply-fields.ts";
import { RespError, type RespValue } from "../lane/resp-value.ts";
import { askSentinel, type SentinelAnswer } from "./ask-sentinel.ts";
import type { NodeLink, OpenLink } from "./node-link.ts";

/** Events after which the picture may be another one (sentinel.c:sentinelEvent). */
const CHANNELS = ["+switch-master", "+sdown", "-sdown", "-odown", "+slave", "+reboot"];
const TIMEOUT_MS = 500;
const LONGEST_MESSAGE_BYTES = 1024;

export interface PeerEvents {
  /** It can be asked. */
  readonly onUp: () => void;
  /** Something happened to the primary or its replicas. */
  readonly onNews: () => void;
  readonly onProblem: (reason: string) => void;
}

export class SentinelPeer {
  readonly #master: string;
  readonly #address: RedisAddress;
  readonly #openLink: OpenLink;
  readonly #events: PeerEvents;
  readonly #link: NodeLink;
  /** With RESP2 a connection that has subscribed can ask nothing else. */
  #messages: NodeLink | undefined;
  #isClosed = false;

  constructor(address: RedisAddress, master: string, openLink: OpenLink, events: PeerEvents) {
    this.#master = master;
    this.#address = address;
    this.#openLink = openLink;
    this.#events = events;
    this.#link = openLink(address, {
      onUp: () => {
        events.onUp();
        void this.#subscribe();
      },
      onFailed: events.onProblem,
      onPush: (frame) => this.#heard(frame),
      onLoginRefused: events.onProblem,
    });
  }

  get who(): string {
    return this.#link.who;
  }

  get isUp(): boolean {
    return this.#link.isUp;
  }

  start(): void {
    this.#link.start();
  }

  /** @throws ServeError UNAVAILABLE */
  ask(): Promise<SentinelAnswer> {
    return askSentinel(this.#link, this.#master);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([this.#link.close(), this.#messages?.close()]);
  }

  /** Whatever fails here: the regular look finds out later what the message would have told. */
  async #subscribe(): Promise<void> {
    if (this.#messages !== undefined) return;
    const hello = await this.#link.ask(["HELLO"], TIMEOUT_MS).catch(() => null);
    if (this.#isClosed || hello === null || this.#messages !== undefined) return;
    if (protocolOf(hello) === "3") {
      await this.#subscribeOn(this.#link);
      return;
    }
    const nothing = (): void => {};
    const messages = this.#openLink(this.#address, {
      onUp: () => void this.#subscribeOn(messages),
      onFailed: nothing,
      onPush: (frame) => this.#heard(frame),
      onLoginRefused: nothing,
    });
    this.#messages = messages;
    messages.start();
  }

  async #subscribeOn(link: NodeLink): Promise<void> {
    const reply = await link.ask(["SUBSCRIBE", ...CHANNELS], TIMEOUT_MS).catch(() => null);
    if (reply instanceof RespError) this.#events.onProblem(`${link.who} SUBSCRIBE: ${reply.text}`);
  }

  #heard(frame: RespValue): void {
    if (this.#isClosed || !isList(frame) || textOf(frame[0]) !== "message") return;
    const switched = parseSwitchMaster(frame);
    const words = textOf(frame[2], LONGEST_MESSAGE_BYTES)?.split(" ") ?? [];
    // `master NAME ip port`, or `slave …  @ NAME ip port`; sentinels tell of each other too.
    const isOurs = switched === undefined ? words.includes(this.#master) : switched.name === this.#master;
    if (isOurs) this.#events.onNews();
  }
}

/** HELLO answers with a map; a sentinel before 6.2 with an error when it is asked without arguments (networking.c:helloCommand). */
function protocolOf(hello: RespValue): string | undefined {
  if (!isList(hello)) return undefined;
  for (let i = 0; i + 1 < hello.length; i += 2) if (textOf(hello[i]) === "proto") return textOf(hello[i + 1]);
  return undefined;
}
