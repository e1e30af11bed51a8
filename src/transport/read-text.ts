/** Strings of protobuf requests. */
import { isUtf8 } from "node:buffer";
import { WireError } from "../wire/wire-error.ts";
import type { WireReader } from "../wire/wire-reader.ts";

/**
 * Reads a length-prefixed string and checks its UTF-8, as protobuf does for proto3 strings.
 * @param what the field, as in "has a feature_service that is not valid UTF-8"
 * @throws WireError with the reader at the string's length
 */
export function readText(reader: WireReader, what: string): string {
  const from = reader.position;
  reader.readSpan();
  const { bytes, start, stop } = reader;
  if (!isUtf8(bytes.subarray(start, stop))) {
    reader.position = from;
    throw new WireError(`has ${what} that is not valid UTF-8`);
  }
  return bytes.toString("utf8", start, stop);
}
