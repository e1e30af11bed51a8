/** A cell of the `event_ts` column → the bytes of a google.protobuf.Timestamp. */
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

/** google.protobuf.Timestamp: seconds = 1 (int64), nanos = 2 (int32, 0 to 999,999,999); proto3 leaves zeros out. */
function timestampBytes(seconds: bigint, nanos: number): Uint8Array {
  const bytes: number[] = [];
  if (seconds !== 0n) {
    bytes.push(0x08);
    pushVarint(bytes, BigInt.asUintN(64, seconds));
  }
  if (nanos !== 0) {
    bytes.push(0x10);
    pushVarint(bytes, BigInt(nanos));
  }
  return Uint8Array.from(bytes);
}

function pushVarint(bytes: number[], value: bigint): void {
  let rest = value;
  while (rest > 0x7fn) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
}
