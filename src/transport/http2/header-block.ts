/** The header blocks of answers: literals without indexing, so that no state of HPACK's is needed and most can be made beforehand. */

import type { AnswerTrailer } from "../../model/request.ts";
import { type GrpcStatus, PUSHBACK_KEY, percentEncode } from "../grpc/grpc-status.ts";
import { ACCEPTED_ENCODINGS } from "../grpc/inflate-message.ts";

const EMPTY: Buffer = Buffer.alloc(0);
/** `:status: 200` of the static table. */
const STATUS_200 = 0x88;
/** A table size update to 0 (RFC 7541, section 6.3): goes first when the client made its table smaller than ours may be. */
export const TABLE_SIZE_ZERO = 0x20;

/** `:status 200` and the content type: what comes before a message. */
export const ANSWER_HEAD = Buffer.concat([Buffer.of(STATUS_200), literal("content-type", "application/grpc")]);
/** What comes after it when all went well. */
export const OK_TRAILERS = literal("grpc-status", "0");

/**
 * {@link OK_TRAILERS} with more to tell.
 * @param trailers as `answerTrailers` gives them: short enough for one frame, nothing in them that a header may not hold
 */
export function okTrailers(trailers: readonly AnswerTrailer[]): Buffer {
  return Buffer.concat([OK_TRAILERS, ...trailers.map(([name, value]) => literal(name, value))]);
}

/** @param alone true: nothing was sent before, so the status comes in the only HEADERS frame of the answer */
export function statusBlock(status: GrpcStatus, alone: boolean): Buffer {
  const { code, details, pushbackMs } = status;
  if (latest.code !== code || latest.alone !== alone || latest.details !== details) {
    latest = { code, details, alone, block: wordsBlock(code, details, alone), withPushback: new Map() };
  }
  if (pushbackMs === undefined) return latest.block;
  let block = latest.withPushback.get(pushbackMs);
  if (block === undefined) {
    block = Buffer.concat([latest.block, literal(PUSHBACK_KEY, String(pushbackMs))]);
    latest.withPushback.set(pushbackMs, block);
  }
  return block;
}

interface Words {
  readonly code: number;
  readonly details: string;
  readonly alone: boolean;
  readonly block: Buffer;
  /** By milliseconds, of which there are as many as callers are told. */
  readonly withPushback: Map<number, Buffer>;
}

/** Under overload one refusal is like the other: its dozen small buffers are made once. */
let latest: Words = { code: -1, details: "", alone: false, block: EMPTY, withPushback: new Map() };

function wordsBlock(code: number, details: string, alone: boolean): Buffer {
  const parts: Buffer[] = alone ? [ANSWER_HEAD] : [];
  parts.push(literal("grpc-status", String(code)));
  if (details !== "") parts.push(literal("grpc-message", percentEncode(details)));
  if (code === UNIMPLEMENTED) parts.push(literal("grpc-accept-encoding", ACCEPTED_ENCODINGS));
  return Buffer.concat(parts);
}

const UNIMPLEMENTED = 12;

/** For requests that are no gRPC. */
export const NOT_GRPC_BODY = Buffer.from("This port answers gRPC (content-type application/grpc) over HTTP/2.\n");
export const NOT_GRPC_HEAD = Buffer.concat([
  literal(":status", "415"),
  literal("content-type", "text/plain; charset=utf-8"),
  literal("content-length", String(NOT_GRPC_BODY.length)),
]);

function literal(name: string, value: string): Buffer {
  return Buffer.concat([Buffer.of(0), text(name), text(value)]);
}

/** Not Huffman-coded: what clients decode fastest. Lengths up to 16 KiB. */
function text(value: string): Buffer {
  const bytes = Buffer.from(value, "latin1");
  if (bytes.length < 0x7f) return Buffer.concat([Buffer.of(bytes.length), bytes]);
  const rest = bytes.length - 0x7f;
  const head = rest < 0x80 ? Buffer.of(0x7f, rest) : Buffer.of(0x7f, (rest & 0x7f) | 0x80, rest >>> 7);
  return Buffer.concat([head, bytes]);
}
