/** Whole RESP replies as values: for the few that are not rows (handshake, pushes). */

/** An error reply; `text` is the server's sentence, untrusted. */
export class RespError {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** Bulk strings are Buffers of their own, lines are text, maps are flat lists of key, value, …; attributes are left out. */
export type RespValue = string | Buffer | null | RespError | readonly RespValue[];

/** The reply's bytes are not RESP; the connection cannot be used any more. */
export class MalformedReply extends Error {
  constructor(what: string) {
    super(`malformed reply: ${what}`);
    this.name = "MalformedReply";
  }
}

/** Redis itself nests three deep at most (CLUSTER SLOTS); recursion ends here. */
const MAX_DEPTH = 16;

/**
 * Decodes one reply that is known to be whole.
 * @param start its first byte @param end the byte after its last
 * @throws MalformedReply when it nests too deep or does not fill the bytes exactly
 */
export function decodeRespValue(bytes: Buffer, start: number, end: number): RespValue {
  const decoder = new RespDecoder(bytes, start);
  const value = decoder.value(0);
  if (decoder.at !== end) throw new MalformedReply("a value does not end where it should");
  return value;
}

class RespDecoder {
  at: number;
  readonly #bytes: Buffer;

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  value(depth: number): RespValue {
    if (depth > MAX_DEPTH) throw new MalformedReply(`nested more than ${MAX_DEPTH} deep`);
    const type = String.fromCharCode(this.#bytes[this.at]!);
    const line = this.#line();
    switch (type) {
      case "$":
        return Number(line) < 0 ? null : this.#blob(Number(line));
      case "=":
        return this.#blob(Number(line)).subarray(4);
      case "!":
        return new RespError(this.#blob(Number(line)).toString("utf8"));
      case "-":
        return new RespError(line);
      case "_":
        return null;
      case "*":
      case "~":
      case ">":
        return Number(line) < 0 ? null : this.#list(Number(line), depth);
      case "%":
        return this.#list(2 * Number(line), depth);
      case "|":
        this.#list(2 * Number(line), depth);
        return this.value(depth + 1);
      default:
        return line;
    }
  }

  #list(length: number, depth: number): RespValue[] {
    const values: RespValue[] = [];
    for (let i = 0; i < length; i += 1) values.push(this.value(depth + 1));
    return values;
  }

  #line(): string {
    const end = this.#bytes.indexOf("\r\n", this.at, "latin1");
    const text = this.#bytes.toString("utf8", this.at + 1, end);
    this.at = end + 2;
    return text;
  }

  #blob(length: number): Buffer {
    const blob = Buffer.from(this.#bytes.subarray(this.at, this.at + length));
    this.at += length + 2;
    return blob;
  }
}
