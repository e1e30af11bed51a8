/**
 * Tells a message that was published anew from one that another node has passed on already: every node passes on every message, each
 * in its own time, and equal ones may be published in a row.
 */
import { hash } from "node:crypto";

/** Where more are published in the time, the oldest are forgotten, and what a slow node passes on of them is taken for new. */
const MOST_PUBLICATIONS = 16_384;

/** Of equal bytes; each publication has a number, counted from 0. */
interface Message {
  readonly id: string;
  /** Those before it are forgotten: a node that has not passed them on by now has missed them. */
  first: number;
  end: number;
  /** Node → the publication that it passes on next; absent = the first. */
  readonly next: Map<string, number>;
}

interface Publication {
  readonly message: Message;
  readonly atMs: number;
  later: Publication | undefined;
}

export class RepeatedMessages {
  readonly #forMs: number;
  readonly #messages = new Map<string, Message>();
  #oldest: Publication | undefined;
  #latest: Publication | undefined;
  #publications = 0;

  /** @param forMs how much later than the first of them a node may pass a message on */
  constructor(forMs: number) {
    this.#forMs = forMs;
  }

  /** A node passes a message on. @returns some other node did so before */
  isRepeat(bytes: Buffer, node: string, nowMs: number): boolean {
    while (this.#oldest !== undefined && nowMs - this.#oldest.atMs > this.#forMs) this.#forget(this.#oldest);
    const message = this.#messageOf(bytes);
    const passed = Math.max(message.next.get(node) ?? 0, message.first);
    message.next.set(node, passed + 1);
    if (passed < message.end) return true;
    message.end += 1;
    this.#add({ message, atMs: nowMs, later: undefined });
    if (this.#publications > MOST_PUBLICATIONS && this.#oldest !== undefined) this.#forget(this.#oldest);
    return false;
  }

  #messageOf(bytes: Buffer): Message {
    const id = hash("sha1", bytes, "base64");
    let message = this.#messages.get(id);
    if (message === undefined) {
      message = { id, first: 0, end: 0, next: new Map() };
      this.#messages.set(id, message);
    }
    return message;
  }

  #add(publication: Publication): void {
    if (this.#latest === undefined) this.#oldest = publication;
    else this.#latest.later = publication;
    this.#latest = publication;
    this.#publications += 1;
  }

  #forget({ message, later }: Publication): void {
    this.#oldest = later;
    if (later === undefined) this.#latest = undefined;
    this.#publications -= 1;
    message.first += 1;
    if (message.first === message.end) this.#messages.delete(message.id);
    // Nodes come and go while the same message is published again and again.
    else for (const [node, next] of message.next) if (next <= message.first) message.next.delete(node);
  }
}
