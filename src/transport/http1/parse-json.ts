/**
 * JSON text → JsonValue as Python's `json` module reads it, because Feast's server does (fastapi/routing.py:get_request_handler,
 * CPython Modules/_json.c): exact integers, NaN and Infinity literals, lone surrogates kept, the last of duplicate keys, and the
 * same message and position for what is not JSON.
 */
import type { JsonValue } from "../../model/request.ts";

/** json.JSONDecodeError: `message` is Python's, `position` counts code points. */
export class JsonSyntaxError extends Error {
  readonly position: number;

  constructor(message: string, position: number) {
    super(message);
    this.name = "JsonSyntaxError";
    this.position = position;
  }
}

/** Text that Python gives up on without a position: nested too deeply, or an integer with too many digits. */
export class JsonLimitError extends Error {
  override name = "JsonLimitError";
}

/** Python's recursion limit is 1000 frames, less what FastAPI has used up by then. */
const MAX_DEPTH = 900;
/** CPython's `int_max_str_digits`. */
const MAX_INTEGER_DIGITS = 4300;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const MINUS = 0x2d;

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  "\\": "\\",
  "/": "/",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
};

/** @throws JsonSyntaxError, JsonLimitError */
export function parseJson(text: string): JsonValue {
  const parser = new Parser(text);
  return parser.document();
}

class Parser {
  readonly #text: string;
  readonly #number = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?/y;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): JsonValue {
    this.#space();
    const value = this.#value();
    this.#space();
    if (this.#at !== this.#text.length) throw this.#error("Extra data", this.#at);
    return value;
  }

  #value(): JsonValue {
    const code = this.#code();
    if (code === QUOTE) return this.#string();
    if (code === OPEN_OBJECT) return this.#nested(() => this.#object());
    if (code === OPEN_ARRAY) return this.#nested(() => this.#array());
    if (code === MINUS || (code >= 0x30 && code <= 0x39)) return this.#numberOrInfinity();
    if (this.#word("null")) return null;
    if (this.#word("true")) return true;
    if (this.#word("false")) return false;
    if (this.#word("NaN")) return Number.NaN;
    if (this.#word("Infinity")) return Number.POSITIVE_INFINITY;
    throw this.#error("Expecting value", this.#at);
  }

  #nested<T>(read: () => T): T {
    if (++this.#depth > MAX_DEPTH) throw new JsonLimitError(`nested deeper than ${MAX_DEPTH}`);
    this.#at++;
    const value = read();
    this.#depth--;
    return value;
  }

  #array(): JsonValue[] {
    const values: JsonValue[] = [];
    this.#space();
    if (this.#code() === CLOSE_ARRAY) {
      this.#at++;
      return values;
    }
    for (;;) {
      values.push(this.#value());
      this.#space();
      const code = this.#code();
      if (code === CLOSE_ARRAY) break;
      if (code !== COMMA) throw this.#error("Expecting ',' delimiter", this.#at);
      this.#at++;
      this.#space();
    }
    this.#at++;
    return values;
  }

  #object(): Map<string, JsonValue> {
    const members = new Map<string, JsonValue>();
    this.#space();
    if (this.#code() === CLOSE_OBJECT) {
      this.#at++;
      return members;
    }
    for (;;) {
      if (this.#code() !== QUOTE) throw this.#error("Expecting property name enclosed in double quotes", this.#at);
      const key = this.#string();
      this.#space();
      if (this.#code() !== COLON) throw this.#error("Expecting ':' delimiter", this.#at);
      this.#at++;
      this.#space();
      members.set(key, this.#value());
      this.#space();
      const code = this.#code();
      if (code === CLOSE_OBJECT) break;
      if (code !== COMMA) throw this.#error("Expecting ',' delimiter", this.#at);
      this.#at++;
      this.#space();
    }
    this.#at++;
    return members;
  }

  #string(): string {
    const text = this.#text;
    const begin = this.#at++;
    let from = this.#at;
    let value = "";
    for (;;) {
      if (this.#at >= text.length) throw this.#error("Unterminated string starting at", begin);
      const code = text.charCodeAt(this.#at);
      if (code === QUOTE) {
        const last = text.slice(from, this.#at++);
        return value === "" ? last : value + last;
      }
      if (code === BACKSLASH) {
        value += text.slice(from, this.#at);
        value += this.#escape(begin);
        from = this.#at;
      } else if (code < 0x20) throw this.#error("Invalid control character at", this.#at);
      else this.#at++;
    }
  }

  #escape(begin: number): string {
    const text = this.#text;
    const letterAt = this.#at + 1;
    const letter = text[letterAt];
    if (letter === undefined) throw this.#error("Unterminated string starting at", begin);
    if (letter !== "u") {
      const char = ESCAPES[letter];
      if (char === undefined) throw this.#error("Invalid \\escape", this.#at);
      this.#at += 2;
      return char;
    }
    const digits = text.slice(letterAt + 1, letterAt + 5);
    // _json.c wants one more character after the digits.
    if (!/^[0-9a-fA-F]{4}$/.test(digits) || letterAt + 5 >= text.length) {
      throw this.#error("Invalid \\uXXXX escape", letterAt);
    }
    this.#at = letterAt + 5;
    return String.fromCharCode(Number.parseInt(digits, 16));
  }

  #numberOrInfinity(): JsonValue {
    this.#number.lastIndex = this.#at;
    const match = this.#number.exec(this.#text);
    if (match === null) {
      if (this.#word("-Infinity")) return Number.NEGATIVE_INFINITY;
      throw this.#error("Expecting value", this.#at);
    }
    const literal = match[0];
    this.#at += literal.length;
    if (match[1] !== undefined || match[2] !== undefined) return Number(literal);
    if (literal.length > MAX_INTEGER_DIGITS && literal.replace("-", "").length > MAX_INTEGER_DIGITS) {
      throw new JsonLimitError(`an integer of more than ${MAX_INTEGER_DIGITS} digits`);
    }
    return BigInt(literal);
  }

  #word(word: string): boolean {
    if (!this.#text.startsWith(word, this.#at)) return false;
    this.#at += word.length;
    return true;
  }

  /** Code unit at the cursor, NaN at the end, which equals nothing. */
  #code(): number {
    return this.#text.charCodeAt(this.#at);
  }

  #space(): void {
    for (;;) {
      const code = this.#code();
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.#at++;
    }
  }

  #error(message: string, index: number): JsonSyntaxError {
    let position = index;
    for (let at = 1; at < index; at++) {
      const low = this.#text.charCodeAt(at);
      if (low < 0xdc00 || low > 0xdfff) continue;
      const high = this.#text.charCodeAt(at - 1);
      if (high >= 0xd800 && high <= 0xdbff) position--;
    }
    return new JsonSyntaxError(message, position);
  }
}
