/** ServeError → gRPC status: the only place where codes get their numbers. */
import { type Metadata, status } from "@grpc/grpc-js";
import type { ServeCode, ServeError } from "../model/serve-error.ts";

const NUMBERS: Readonly<Record<ServeCode, status>> = {
  INVALID_ARGUMENT: status.INVALID_ARGUMENT,
  NOT_FOUND: status.NOT_FOUND,
  FAILED_PRECONDITION: status.FAILED_PRECONDITION,
  UNIMPLEMENTED: status.UNIMPLEMENTED,
  UNAVAILABLE: status.UNAVAILABLE,
  DEADLINE_EXCEEDED: status.DEADLINE_EXCEEDED,
  RESOURCE_EXHAUSTED: status.RESOURCE_EXHAUSTED,
  CANCELLED: status.CANCELLED,
  INTERNAL: status.INTERNAL,
};

/** gRPC retry policy (gRFC A6): how long the client should wait before it tries again. */
const PUSHBACK_KEY = "grpc-retry-pushback-ms";
const PUSHBACK_LEAST_MS = 50;
const PUSHBACK_MOST_MS = 200;

/** Trailers are headers to the client, whose limit may be 8 KiB; percent-encoding can triple the text. */
const MAX_MESSAGE_BYTES = 1024;

export interface GrpcStatus {
  readonly code: status;
  readonly details: string;
  /** Milliseconds for {@link PUSHBACK_KEY}; undefined where trying again cannot help. */
  readonly pushbackMs: number | undefined;
}

/** @param random uniform in [0, 1), spreads the retries of many clients */
export function toGrpcStatus(error: ServeError, random: () => number): GrpcStatus {
  return {
    code: NUMBERS[error.code],
    details: cutMessage(error.message),
    pushbackMs: mayRetry(error)
      ? PUSHBACK_LEAST_MS + Math.floor(random() * (PUSHBACK_MOST_MS - PUSHBACK_LEAST_MS + 1))
      : undefined,
  };
}

/** Adds the pushback, where there is one. */
export function addPushback(metadata: Metadata, grpcStatus: GrpcStatus): Metadata {
  if (grpcStatus.pushbackMs !== undefined) metadata.set(PUSHBACK_KEY, String(grpcStatus.pushbackMs));
  return metadata;
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
