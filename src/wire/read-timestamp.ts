/** `google.protobuf.Timestamp` without an object per message. */
import { WireError } from "./wire-error.ts";
import { WireReader } from "./wire-reader.ts";

const SECONDS_TAG = 0x08;
const NANOS_TAG = 0x10;
const MAX_NANOS = 999_999_999;

export class TimestampReader {
  /** Seconds since the Unix epoch; exact within ±2^53. */
  seconds = 0;
  nanos = 0;
  readonly #reader = new WireReader();

  /** Reads `bytes[start, end)`; empty is the epoch. @throws WireError, also for nanoseconds that no second has */
  read(bytes: Buffer, start: number, end: number): void {
    this.seconds = 0;
    this.nanos = 0;
    const reader = this.#reader.reset(bytes, start, end);
    while (reader.position < reader.end) {
      const tag = reader.readTag();
      if (tag === SECONDS_TAG) {
        reader.readVarint();
        this.seconds = reader.varintNumber();
      } else if (tag === NANOS_TAG) {
        reader.readVarint();
        this.nanos = reader.low;
      } else reader.skip(tag);
    }
    if (this.nanos < 0 || this.nanos > MAX_NANOS) throw new WireError(`has ${this.nanos} nanoseconds`);
  }

  /** As `read`, for whoever only looks. @returns false = there is no time to be read */
  tryRead(bytes: Buffer, start: number, end: number): boolean {
    try {
      this.read(bytes, start, end);
      return true;
    } catch (error) {
      if (error instanceof WireError) return false;
      throw error;
    }
  }
}
