/** A cell of the `event_ts` column → the bytes of a google.protobuf.Timestamp. */
import { MAX_VARINT_BYTES, writeVarint, writeVarint64 } from "../../wire/write-varint.ts";
import type { WriterTimeZone } from "./writer-time-zone.ts";

/** Text as Feast before 0.42 wrote it: naive UTC, `YYYY-MM-DD HH:MM:SS[.ffffff]`. */
const TEXT_FORM = /^(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?$/;

/**
 * @param cell as the driver returns it: whole seconds (Feast 0.42 and later) or text
 * @returns serialized Timestamp, empty for the Unix epoch; undefined when the cell is neither form
 */
export function eventTimeBytes(cell: unknown, zone: WriterTimeZone): Uint8Array | undefined {
  if (typeof cell === "number") {
    const seconds = zone.toUnixSeconds(cell);
    return seconds === undefined ? undefined : timestampBytes(BigInt(seconds), 0);
  }
  if (typeof cell !== "string") return undefined;
  const match = TEXT_FORM.exec(cell);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second, fraction = ""] = match;
  const wall = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (Number.isNaN(wall.getTime())) return undefined;
  return timestampBytes(BigInt(wall.getTime() / 1000), Number(fraction.padEnd(9, "0")));
}

/** Two tags, two varints. */
const bytes = Buffer.alloc(2 * (1 + MAX_VARINT_BYTES));

/** google.protobuf.Timestamp: seconds = 1 (int64), nanos = 2 (int32, 0 to 999,999,999); proto3 leaves zeros out. */
function timestampBytes(seconds: bigint, nanos: number): Uint8Array {
  let length = 0;
  if (seconds !== 0n) {
    bytes[length++] = 0x08;
    length = writeVarint64(bytes, length, seconds);
  }
  if (nanos !== 0) {
    bytes[length++] = 0x10;
    length = writeVarint(bytes, length, nanos);
  }
  return new Uint8Array(bytes.subarray(0, length));
}
