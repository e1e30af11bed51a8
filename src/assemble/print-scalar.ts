/** The payloads of a Value that hold no other Value: scalars, lists of them, zoned timestamps (feast/feature_server_utils.py:_value_to_native). */
import { type WireReader, WireType } from "../wire/wire-reader.ts";
import { type JsonWriter, refuseInvalidUtf8 } from "./json-writer.ts";
import { Kind, wireTypeOf } from "./value-kinds.ts";
import { zonedText } from "./zoned-time.ts";

const COMMA = 0x2c;
/** Tag of field 1 with a length: a packed `repeated val = 1`. */
const FIRST_SPAN = 0x0a;
const SECOND_SPAN = 0x12;
const INT64_MIN_HIGH = -0x80000000;

/** Prints the scalar whose tag was just read, or the next one of a packed list. @throws WireError */
export function printScalar(reader: WireReader, writer: JsonWriter, kind: number): void {
  switch (kind) {
    case Kind.DOUBLE:
      writer.double(reader.readDouble());
      break;
    case Kind.FLOAT:
      writer.double(reader.readFloat());
      break;
    case Kind.STRING:
      reader.readSpan();
      writer.string(reader.bytes, reader.start, reader.stop);
      break;
    case Kind.BYTES:
      reader.readSpan();
      writer.base64(reader.bytes, reader.start, reader.stop);
      break;
    default:
      reader.readVarint();
      printVarint(reader, writer, kind);
  }
}

function printVarint({ low, high }: WireReader, writer: JsonWriter, kind: number): void {
  if (kind === Kind.INT64) writer.int64(low, high);
  else if (kind === Kind.INT32) writer.ascii(String(low));
  else if (kind === Kind.BOOL) writer.ascii(low === 0 && high === 0 ? "false" : "true");
  else writer.ascii("null");
}

/** Prints the list or set of scalars that ends at `reader.end`, packed or not. @throws WireError */
export function printScalarList(reader: WireReader, writer: JsonWriter, kind: number): void {
  const unpackedTag = (1 << 3) | wireTypeOf(kind);
  const first = writer.length + 1;
  writer.byte(0x5b);
  while (reader.position < reader.end) {
    const tag = reader.readTag();
    if (tag === unpackedTag) {
      if (writer.length > first) writer.byte(COMMA);
      printScalar(reader, writer, kind);
    } else if (tag === FIRST_SPAN) {
      printPacked(reader, writer, kind, first);
    } else {
      reader.skip(tag);
    }
  }
  writer.byte(0x5d);
}

function printPacked(reader: WireReader, writer: JsonWriter, kind: number, first: number): void {
  reader.readSpan();
  const outerEnd = reader.end;
  reader.position = reader.start;
  reader.end = reader.stop;
  while (reader.position < reader.end) {
    if (writer.length > first) writer.byte(COMMA);
    printScalar(reader, writer, kind);
  }
  reader.end = outerEnd;
}

/** Prints the ZonedTimestamp that ends at `reader.end`. @throws WireError */
export function printZonedTimestamp(reader: WireReader, writer: JsonWriter): void {
  let low = 0;
  let high = 0;
  let zone = "";
  while (reader.position < reader.end) {
    const tag = reader.readTag();
    if (tag === ((1 << 3) | WireType.VARINT)) {
      reader.readVarint();
      low = reader.low;
      high = reader.high;
    } else if (tag === SECOND_SPAN) {
      reader.readSpan();
      refuseInvalidUtf8(reader.bytes, reader.start, reader.stop);
      zone = reader.bytes.toString("utf8", reader.start, reader.stop);
    } else {
      reader.skip(tag);
    }
  }
  // numpy's NaT, the null of timestamps (feast/type_map.py:NULL_TIMESTAMP_INT_VALUE).
  if (low === 0 && high === INT64_MIN_HIGH) writer.ascii("null");
  else writer.ascii(`"${zonedText(high * 4294967296 + (low >>> 0), zone)}"`);
}
