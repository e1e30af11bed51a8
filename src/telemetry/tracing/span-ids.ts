/** Ids of traces and spans: random, in hex, never all zeros. */

const TRACE_BYTES = 16;
const SPAN_BYTES = 8;

export class SpanIds {
  readonly #random: () => number;
  readonly #bytes = Buffer.alloc(TRACE_BYTES);

  /** @param random in [0, 1) */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** 32 digits. */
  trace(): string {
    return this.#hex(TRACE_BYTES);
  }

  /** 16 digits. */
  span(): string {
    return this.#hex(SPAN_BYTES);
  }

  /** By way of bytes: `Number.toString(16)` was a quarter of the time that a trace takes. */
  #hex(bytes: number): string {
    // An id of zeros is none: words are at least 1.
    for (let at = 0; at < bytes; at += 4) this.#bytes.writeUInt32BE(Math.floor(this.#random() * 2 ** 32) || 1, at);
    return this.#bytes.toString("hex", 0, bytes);
  }
}
