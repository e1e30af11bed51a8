/**
 * Bytes that are no protobuf message. Never reaches a caller: whoever reads a message turns it into a ServeError, because
 * only the reader knows what the bytes were meant to be.
 */
export class WireError extends Error {
  /** @param reason what is wrong, as a clause without subject: "ends inside a varint" */
  constructor(reason: string) {
    super(reason);
    this.name = "WireError";
  }
}
