/** Compressed request messages (`grpc-encoding`). Off the main thread, because 4 MiB take 10 ms of it. */
import { createGunzip, createInflate } from "node:zlib";
import type { ServeError } from "../../model/serve-error.ts";
import { badCompression, inflatesTooLarge } from "./call-refusals.ts";

/** What `grpc-accept-encoding` tells a client that used something else. */
export const ACCEPTED_ENCODINGS = "identity,deflate,gzip";

const PIECE_BYTES = 65_536;

/** Called once, never from within the call that began it; exactly one of the two is given. */
export type OnInflated = (error: ServeError | undefined, message: Buffer | undefined) => void;

/** Whether {@link inflateMessage} knows it. */
export function canInflate(encoding: string): boolean {
  return encoding === "gzip" || encoding === "deflate";
}

/**
 * @param encoding one that {@link canInflate}
 * @param maxBytes largest message after decompression; no more than that is ever inflated
 * @param onInflated gets the message in memory of its own, INTERNAL for broken data, RESOURCE_EXHAUSTED for too much of it
 * @returns gives up: nothing is inflated any more, and `onInflated` is not called
 */
export function inflateMessage(
  message: Buffer,
  encoding: string,
  maxBytes: number,
  onInflated: OnInflated,
): () => void {
  const options = { chunkSize: PIECE_BYTES };
  const engine = encoding === "gzip" ? createGunzip(options) : createInflate(options);
  const pieces: Buffer[] = [];
  let bytes = 0;
  let isOver = false;
  const finish = (error: ServeError | undefined): void => {
    if (isOver) return;
    isOver = true;
    engine.destroy();
    if (error !== undefined) onInflated(error, undefined);
    else onInflated(undefined, joined(pieces, bytes));
  };
  engine.on("data", (piece: Buffer) => {
    bytes += piece.length;
    if (bytes > maxBytes) finish(inflatesTooLarge(maxBytes));
    else pieces.push(piece);
  });
  engine.on("end", () => finish(undefined));
  engine.on("error", () => finish(badCompression()));
  engine.end(message);
  return () => {
    isOver = true;
    pieces.length = 0;
    engine.destroy();
  };
}

function joined(pieces: readonly Buffer[], bytes: number): Buffer {
  const whole = Buffer.allocUnsafeSlow(bytes);
  let at = 0;
  for (const piece of pieces) at += piece.copy(whole, at);
  return whole;
}
