/** Bytes of RESP that both kinds of rows are read from. */
import { MalformedReply } from "./resp-value.ts";

export const CR = 13;
export const LF = 10;
export const DOLLAR = 0x24;
export const ZERO = 0x30;
export const NINE = 0x39;
/** `$536870912` and its CRLF. */
export const LONGEST_HEADER_BYTES = 12;
/** redis.conf: proto-max-bulk-len. */
export const MAX_CELL_BYTES = 512 * 1024 * 1024;

/**
 * How far a row has got: all its cells are in place; bytes are missing; the element at `at` is of a type that a row does not have,
 * and `left` elements are to be skipped from there.
 */
export type RowProgress = "done" | "more" | "other";

export function badLength(): MalformedReply {
  return new MalformedReply("a length that is no number");
}

export function badValue(): MalformedReply {
  return new MalformedReply("a value longer than its length");
}
