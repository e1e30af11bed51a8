/** Messages of one call on their way out; the first is the one under way. */
import { PREFIX_BYTES } from "./outgoing.ts";

export class Outbox {
  /** Bytes of the first message that are sent, its prefix counted from -5 on. */
  sentBytes = -PREFIX_BYTES;
  /** Of all messages that are not sent to their end. */
  bytes = 0;
  /** When some of it was last sent, or it was last empty. */
  movedMs: number;
  readonly #messages: Uint8Array[] = [];

  constructor(nowMs: number) {
    this.movedMs = nowMs;
  }

  get isEmpty(): boolean {
    return this.#messages.length === 0;
  }

  push(message: Uint8Array, nowMs: number): void {
    if (this.isEmpty) this.movedMs = nowMs;
    this.#messages.push(message);
    this.bytes += message.length;
  }

  /** The message under way, or the next one; undefined when all are sent. */
  current(): Uint8Array | undefined {
    return this.#messages[0];
  }

  /** So many bytes of the first message, prefix included, are sent. @returns the message once that was all of it */
  sent(bytes: number, nowMs: number): Uint8Array | undefined {
    this.movedMs = nowMs;
    this.sentBytes += bytes;
    const [message] = this.#messages;
    if (message === undefined || this.sentBytes < message.length) return undefined;
    this.#messages.shift();
    this.bytes -= message.length;
    this.sentBytes = -PREFIX_BYTES;
    return message;
  }
}
