/** What the gRPC layer itself refuses, in the words of grpc-js: a caller cannot tell the two transports apart. */
import { ServeError } from "../../model/serve-error.ts";

export function unknownMethod(path: string): ServeError {
  return new ServeError("UNIMPLEMENTED", `The server does not implement the method ${path}`);
}

export function secondMessage(path: string): ServeError {
  return new ServeError("UNIMPLEMENTED", `Received a second request message for server streaming method ${path}`);
}

export function noMessage(path: string): ServeError {
  return new ServeError("UNIMPLEMENTED", `Received no request message for server streaming method ${path}`);
}

/** @param length as the message's prefix says */
export function tooLarge(length: number, maxBytes: number): ServeError {
  return new ServeError("RESOURCE_EXHAUSTED", `Received message larger than max (${length} vs ${maxBytes})`, {
    reason: "request_bytes",
  });
}

export function inflatesTooLarge(maxBytes: number): ServeError {
  const text = `Received message that decompresses to a size larger than ${maxBytes}`;
  return new ServeError("RESOURCE_EXHAUSTED", text, { reason: "request_bytes" });
}

export function unknownEncoding(encoding: string): ServeError {
  return new ServeError("UNIMPLEMENTED", `Received message compressed with unsupported encoding "${encoding}"`);
}

export function badCompression(): ServeError {
  return new ServeError("INTERNAL", "Failed to decompress message");
}

export function badPrefix(flag: number): ServeError {
  return new ServeError("INTERNAL", `Received a message whose compressed flag is ${flag}`);
}

export function deadlineExceeded(): ServeError {
  return new ServeError("DEADLINE_EXCEEDED", "Deadline exceeded");
}

/** Memory for unfinished requests and unread answers has run out. */
export function outOfRoom(what: string): ServeError {
  return new ServeError("RESOURCE_EXHAUSTED", `Too many bytes are held for ${what}`, { reason: "shed" });
}

export function tooManyHeaders(maxBytes: number): ServeError {
  return new ServeError("RESOURCE_EXHAUSTED", `Received metadata larger than max (${maxBytes})`, {
    reason: "request_bytes",
  });
}
