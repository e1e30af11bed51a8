/** ServeError → gRPC status: the only place where their text becomes `grpc-message`. */
import { GRPC_CODES } from "../../model/grpc-codes.ts";
import { ServeError } from "../../model/serve-error.ts";

/** gRPC retry policy (gRFC A6): how long the client should wait before it tries again. */
export const PUSHBACK_KEY = "grpc-retry-pushback-ms";
const PUSHBACK_LEAST_MS = 50;
const PUSHBACK_MOST_MS = 200;

/** Trailers are headers to the client, whose limit may be 8 KiB; percent-encoding can triple the text. */
const MAX_MESSAGE_BYTES = 1024;

const INTERNAL_MESSAGE = "Internal error of feast-sidecar; its log has the details";

export interface GrpcStatus {
  readonly code: number;
  readonly details: string;
  /** Milliseconds for {@link PUSHBACK_KEY}; undefined where trying again cannot help. */
  readonly pushbackMs: number | undefined;
}

/** @param random uniform in [0, 1), spreads the retries of many clients */
export function toGrpcStatus(error: ServeError, random: () => number): GrpcStatus {
  return {
    code: GRPC_CODES[error.code],
    details: detailsOf(error.message),
    pushbackMs: mayRetry(error)
      ? PUSHBACK_LEAST_MS + Math.floor(random() * (PUSHBACK_MOST_MS - PUSHBACK_LEAST_MS + 1))
      : undefined,
  };
}

/** The latest words that were told whole: under overload one refusal is like the other. */
let told = "";

/** @returns text of its own: a part of a request's text would keep all of that in memory */
function detailsOf(message: string): string {
  if (message === told) return told;
  const details = Buffer.from(cutMessage(message)).toString();
  if (details === message) told = details;
  return details;
}

/** What a handler threw, as a ServeError; what is none goes to the log and is told as INTERNAL. */
export function asServeError(error: unknown, onUnexpectedError: (error: unknown) => void): ServeError {
  if (error instanceof ServeError) return error;
  onUnexpectedError(error);
  return new ServeError("INTERNAL", INTERNAL_MESSAGE, { cause: error });
}

function mayRetry(error: ServeError): boolean {
  if (error.code === "UNAVAILABLE" || error.code === "DEADLINE_EXCEEDED") return true;
  return error.code === "RESOURCE_EXHAUSTED" && error.reason === "shed";
}

/** At most 1 KiB of UTF-8, whole characters, and no lone surrogates, on which percent-encoding would throw. */
export function cutMessage(message: string): string {
  const text = message.toWellFormed();
  if (Buffer.byteLength(text) <= MAX_MESSAGE_BYTES) return text;
  const bytes = Buffer.from(text);
  let end = MAX_MESSAGE_BYTES - 3;
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return `${bytes.toString("utf8", 0, end)}…`;
}

/** `grpc-message` as gRPC's PROTOCOL-HTTP2.md spells it: printable ASCII but `%` as it is, every other byte of UTF-8 as %XX. */
export function percentEncode(text: string): string {
  if (/^[ -$&-~]*$/.test(text)) return text;
  let encoded = "";
  for (const byte of Buffer.from(text)) {
    const plain = byte >= 0x20 && byte <= 0x7e && byte !== 0x25;
    encoded += plain ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return encoded;
}
