/** A node's subscription to the freshness channel. */
import type { ControlConnection, ControlEvents } from "../control/control-connection.ts";
import { isList, textOf } from "../control/reply-fields.ts";
import { RespError, type RespValue } from "../lane/resp-value.ts";

const TIMEOUT_MS = 500;

export interface FreshnessEvents {
  readonly onMessage: (message: Buffer) => void;
  /** The node does not let us listen. */
  readonly onRefused: (words: string) => void;
}

type Link = Pick<ControlConnection, "isUp" | "isResp3" | "start" | "ask" | "close">;

export class FreshnessLink {
  readonly #channel: string;
  readonly #events: FreshnessEvents;
  /** With RESP2 a connection that has subscribed can ask nothing else. */
  #own: Link | undefined;

  constructor(channel: string, events: FreshnessEvents) {
    this.#channel = channel;
    this.#events = events;
  }

  /**
   * A connection to the node is up.
   * @param open makes another one to the same node
   */
  up(link: Link, open: (events: Pick<ControlEvents, "onUp" | "onPush">) => Link): void {
    if (link.isResp3) {
      void this.reset();
      void this.#subscribe(link);
      return;
    }
    if (this.#own !== undefined) return;
    const own = open({ onUp: () => void this.#subscribe(own), onPush: (frame) => this.heard(frame) });
    this.#own = own;
    own.start();
  }

  /** A push frame of the connection that `up` told of. */
  heard(frame: RespValue): void {
    if (!isList(frame) || textOf(frame[0]) !== "message") return;
    const message = frame[2];
    if (Buffer.isBuffer(message)) this.#events.onMessage(message);
  }

  /** From time to time: a connection that only listens would not notice that the other end is gone. */
  ping(): void {
    if (this.#own?.isUp) void this.#own.ask(["PING"], TIMEOUT_MS).catch(() => {});
  }

  /** Ends the connection of its own, if it has one. */
  async reset(): Promise<void> {
    const own = this.#own;
    this.#own = undefined;
    await own?.close();
  }

  /** Whatever is lost here is made anew with the connection. */
  async #subscribe(link: Link): Promise<void> {
    const reply = await link.ask(["SUBSCRIBE", this.#channel], TIMEOUT_MS).catch(() => null);
    if (reply instanceof RespError) this.#events.onRefused(reply.text.slice(0, 200));
  }
}
