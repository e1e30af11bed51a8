/**
 * Push frames of client tracking (tracking.c:sendTrackingMessage): `["invalidate", [key, …]]`, or `["invalidate", null]` when
 * everything went (FLUSHALL, a replica that begins anew). A materialization brings one for every key: no text, no lists.
 */
import { decodeRespValue, MalformedReply, type RespValue } from "./resp-value.ts";
import { CR, DOLLAR, NINE, ZERO } from "./row-bytes.ts";

/** Told at once, in the order in which pushes and replies came. */
export interface InvalidationTaker {
  /** A frame came; its keys follow. */
  pushed(): void;
  /** @param storeKey lent for the call */
  keyChanged(storeKey: Buffer): void;
  allChanged(): void;
}

/** As every Redis writes it. */
const HEAD = Buffer.from(">2\r\n$10\r\ninvalidate\r\n*");

/**
 * @param start first byte of a whole, well-formed push frame @param end the byte after its last
 * @returns false when it is another push, of which nothing was told
 * @throws MalformedReply when it is an invalidation that cannot be understood: a change would go unnoticed
 */
export function takeInvalidation(bytes: Buffer, start: number, end: number, taker: InvalidationTaker): boolean {
  const listAt = start + HEAD.length;
  if (listAt >= end || HEAD.compare(bytes, start, listAt) !== 0) {
    return takeValue(decodeRespValue(bytes, start, end), taker);
  }
  // Its length is told by the end; −1 is a null of RESP2.
  let at = bytes.indexOf("\r\n", listAt, "latin1") + 2;
  taker.pushed();
  if (bytes[listAt] === 0x2d) taker.allChanged();
  while (at < end) {
    if (bytes[at] !== DOLLAR) throw unknownForm();
    let length = 0;
    let byte = bytes[++at]!;
    while (byte >= ZERO && byte <= NINE) {
      length = length * 10 + byte - ZERO;
      byte = bytes[++at]!;
    }
    // A null among the keys.
    if (byte !== CR) throw unknownForm();
    taker.keyChanged(bytes.subarray(at + 2, at + 2 + length));
    at += length + 4;
  }
  return true;
}

/** Written in another way: a null of RESP3, or what a proxy makes of it. */
function takeValue(frame: RespValue, taker: InvalidationTaker): boolean {
  if (!Array.isArray(frame) || !isWord(frame[0])) return false;
  const keys: RespValue | undefined = frame[1];
  if (frame.length !== 2) throw unknownForm();
  taker.pushed();
  if (keys === null) {
    taker.allChanged();
    return true;
  }
  if (!Array.isArray(keys)) throw unknownForm();
  for (const key of keys) {
    if (!Buffer.isBuffer(key)) throw unknownForm();
    taker.keyChanged(key);
  }
  return true;
}

function isWord(kind: RespValue | undefined): boolean {
  return kind === "invalidate" || (Buffer.isBuffer(kind) && kind.equals(INVALIDATE));
}

const INVALIDATE = Buffer.from("invalidate");

function unknownForm(): MalformedReply {
  return new MalformedReply("an invalidation of an unknown form");
}
