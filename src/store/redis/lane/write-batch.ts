/** Gathers the commands of a turn into one buffer, so that they leave in one write. */
import type { CommandBytes } from "./row-commands.ts";

const KEPT_BYTES = 64 * 1024;

/**
 * The buffer is used again once the socket says that it has been written; while it is not, the next batch gets a new one.
 * One that had to grow is not kept.
 */
export class WriteBatch {
  #bytes: Buffer = Buffer.allocUnsafeSlow(KEPT_BYTES);
  #spare: Buffer | undefined;
  #taken: Buffer | undefined;
  #writes = 0;
  #used = 0;
  /** Hand this to each write as its callback. */
  readonly written = (): void => {
    this.#writes -= 1;
    if (this.#writes === 0 && this.#taken?.length === KEPT_BYTES) this.#spare = this.#taken;
  };

  /** Bytes gathered. */
  get size(): number {
    return this.#used;
  }

  /** Appends one command. */
  append(command: CommandBytes, key: Buffer): void {
    const { tail } = command;
    const head = command.head(key.length);
    let at = this.#used;
    const used = at + head.length + key.length + tail.length;
    if (used > this.#bytes.length) this.#grow(used);
    const bytes = this.#bytes;
    bytes.set(head, at);
    at += head.length;
    bytes.set(key, at);
    bytes.set(tail, at + key.length);
    this.#used = used;
  }

  /** Appends a command that is bytes already. */
  appendBytes(command: Buffer): void {
    const used = this.#used + command.length;
    if (used > this.#bytes.length) this.#grow(used);
    this.#bytes.set(command, this.#used);
    this.#used = used;
  }

  /** What was gathered; the batch is empty again. To be written with `written` as the callback. */
  take(): Buffer {
    const bytes = this.#bytes;
    const gathered = bytes.subarray(0, this.#used);
    this.#used = 0;
    this.#bytes = this.#spare ?? Buffer.allocUnsafeSlow(KEPT_BYTES);
    this.#spare = undefined;
    this.#taken = bytes;
    this.#writes += 1;
    return gathered;
  }

  #grow(needed: number): void {
    const bytes = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#bytes.length));
    bytes.set(this.#bytes.subarray(0, this.#used));
    this.#bytes = bytes;
  }
}
