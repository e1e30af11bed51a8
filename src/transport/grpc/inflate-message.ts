/** Compressed request messages (`grpc-encoding`). Off the main thread, because 4 MiB take 10 ms of it. */
import { gunzip, inflate } from "node:zlib";
import { badCompression, inflatesTooLarge, unknownEncoding } from "./call-refusals.ts";

/** What `grpc-accept-encoding` tells a client that used something else. */
export const ACCEPTED_ENCODINGS = "identity,deflate,gzip";

/**
 * @param maxBytes largest message after decompression; no more than that is ever inflated
 * @throws ServeError UNIMPLEMENTED for another encoding, INTERNAL for broken data, RESOURCE_EXHAUSTED for too much of it
 */
export function inflateMessage(message: Buffer, encoding: string, maxBytes: number): Promise<Buffer> {
  const decompress = encoding === "gzip" ? gunzip : encoding === "deflate" ? inflate : undefined;
  if (decompress === undefined) return Promise.reject(unknownEncoding(encoding));
  return new Promise((resolve, reject) => {
    decompress(message, { maxOutputLength: maxBytes }, (error, inflated) => {
      if (error === null) resolve(inflated);
      else
        reject(
          (error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE"
            ? inflatesTooLarge(maxBytes)
            : badCompression(),
        );
    });
  });
}
