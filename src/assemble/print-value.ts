/**
 * One serialized `feast.types.Value` as JSON text, straight from its bytes (feast/feature_server_utils.py:_value_to_native).
 * The rules of reading are protobuf's: fields in any order, the last one of the oneof wins, repeated occurrences of the same
 * message merge, lists packed or not, unknown fields are passed over.
 */
import type { WireReader } from "../wire/wire-reader.ts";
import { type JsonWriter, refuseInvalidUtf8 } from "./json-writer.ts";
import { printScalar, printScalarList, printZonedTimestamp } from "./print-scalar.ts";
import { Kind, kindOfTag } from "./value-kinds.ts";

const COMMA = 0x2c;
const COLON = 0x3a;
/** Tag of field 1 with a length: every `repeated val = 1`, and the key of a map entry. */
const FIRST_SPAN = 0x0a;
const SECOND_SPAN = 0x12;
/** MapKey (feast/types/Value.proto): its string members, which must be UTF-8. */
const MAP_KEY_STRINGS: ReadonlySet<number> = new Set([(8 << 3) | 2, (9 << 3) | 2, (10 << 3) | 2]);

/** Prints the Value that ends at `reader.end`. @throws WireError when the bytes are no Value */
export function printValue(reader: WireReader, writer: JsonWriter): void {
  const mark = writer.length;
  let messageTag = 0;
  let start = 0;
  let stop = 0;
  /** Payloads of a message that was given more than once: its concatenation is their merge. */
  let parts: Buffer[] | undefined;
  while (reader.position < reader.end) {
    const tag = reader.readTag();
    const kind = kindOfTag(tag);
    if (kind === Kind.NONE) {
      reader.skip(tag);
    } else if (kind >= Kind.MESSAGE && tag === messageTag) {
      parts ??= [reader.bytes.subarray(start, stop)];
      reader.readSpan();
      parts.push(reader.bytes.subarray(reader.start, reader.stop));
    } else {
      // What is overwritten still has to be well-formed: protobuf parses it all.
      if (messageTag !== 0) printSpan(reader, writer, messageTag, start, stop, parts);
      writer.length = mark;
      parts = undefined;
      messageTag = 0;
      if (kind < Kind.MESSAGE) {
        printScalar(reader, writer, kind);
      } else {
        messageTag = tag;
        reader.readSpan();
        start = reader.start;
        stop = reader.stop;
      }
    }
  }
  if (messageTag !== 0) printSpan(reader, writer, messageTag, start, stop, parts);
  if (writer.length === mark) writer.ascii("null");
}

/** Prints a payload that the reader has already passed, then puts the reader back. */
function printSpan(
  reader: WireReader,
  writer: JsonWriter,
  tag: number,
  start: number,
  stop: number,
  parts: readonly Buffer[] | undefined,
): void {
  const { bytes, position, end, depth } = reader;
  reader.descend(1);
  reader.bytes = parts === undefined ? bytes : Buffer.concat(parts);
  reader.position = parts === undefined ? start : 0;
  reader.end = parts === undefined ? stop : reader.bytes.length;
  printMessage(reader, writer, kindOfTag(tag));
  reader.bytes = bytes;
  reader.position = position;
  reader.end = end;
  reader.depth = depth;
}

function printMessage(reader: WireReader, writer: JsonWriter, kind: number): void {
  if (kind >= Kind.LIST) printScalarList(reader, writer, kind - Kind.LIST);
  else if (kind === Kind.MAP) printMap(reader, writer);
  else if (kind === Kind.MAP_LIST) printMessageList(reader, writer, printMap);
  else if (kind === Kind.VALUE_LIST) printMessageList(reader, writer, printValue);
  else if (kind === Kind.SCALAR_MAP) printScalarMap(reader, writer);
  else printZonedTimestamp(reader, writer);
}

function printMessageList(
  reader: WireReader,
  writer: JsonWriter,
  print: (reader: WireReader, writer: JsonWriter) => void,
): void {
  const first = writer.length + 1;
  writer.byte(0x5b);
  while (reader.position < reader.end) {
    const tag = reader.readTag();
    if (tag !== FIRST_SPAN) {
      reader.skip(tag);
      continue;
    }
    if (writer.length > first) writer.byte(COMMA);
    const outerEnd = reader.enter();
    print(reader, writer);
    reader.leave(outerEnd);
  }
  writer.byte(0x5d);
}

interface MapEntry {
  keyStart: number;
  keyStop: number;
  /** The value's bytes; an entry without one has an unset value. */
  value: Buffer;
}

const NO_VALUE = Buffer.alloc(0);

function printMap(reader: WireReader, writer: JsonWriter): void {
  const entries = new Map<string, MapEntry>();
  while (reader.position < reader.end) {
    const tag = reader.readTag();
    if (tag !== FIRST_SPAN) {
      reader.skip(tag);
      continue;
    }
    const outerEnd = reader.enter();
    const entry = readMapEntry(reader);
    reader.leave(outerEnd);
    // Latin-1 maps bytes to characters one to one. The last of equal keys wins.
    const id = reader.bytes.toString("latin1", entry.keyStart, entry.keyStop);
    const overwritten = entries.get(id);
    if (overwritten !== undefined) {
      const mark = writer.length;
      printEntryValue(reader, writer, overwritten);
      writer.length = mark;
    }
    entries.set(id, entry);
  }
  const first = writer.length + 1;
  writer.byte(0x7b);
  for (const entry of entries.values()) {
    if (writer.length > first) writer.byte(COMMA);
    writer.string(reader.bytes, entry.keyStart, entry.keyStop);
    writer.byte(COLON);
    printEntryValue(reader, writer, entry);
  }
  writer.byte(0x7d);
}

function readMapEntry(reader: WireReader): MapEntry {
  const entry: MapEntry = { keyStart: reader.position, keyStop: reader.position, value: NO_VALUE };
  while (reader.position < reader.end) {
    const tag = reader.readTag();
    if (tag === FIRST_SPAN) {
      reader.readSpan();
      refuseInvalidUtf8(reader.bytes, reader.start, reader.stop);
      entry.keyStart = reader.start;
      entry.keyStop = reader.stop;
    } else if (tag === SECOND_SPAN) {
      reader.readSpan();
      const value = reader.bytes.subarray(reader.start, reader.stop);
      entry.value = entry.value === NO_VALUE ? value : Buffer.concat([entry.value, value]);
    } else {
      reader.skip(tag);
    }
  }
  return entry;
}

/** The reader stands in the Map; the value is two messages further down, behind its entry. */
function printEntryValue(reader: WireReader, writer: JsonWriter, entry: MapEntry): void {
  const { bytes, position, end, depth } = reader;
  reader.descend(2);
  reader.bytes = entry.value;
  reader.position = 0;
  reader.end = entry.value.length;
  printValue(reader, writer);
  reader.bytes = bytes;
  reader.position = position;
  reader.end = end;
  reader.depth = depth;
}

/** Feast prints null for maps whose keys are no strings; what is inside must still be well-formed. */
function printScalarMap(reader: WireReader, writer: JsonWriter): void {
  const mark = writer.length;
  while (reader.position < reader.end) {
    const tag = reader.readTag();
    if (tag !== FIRST_SPAN) {
      reader.skip(tag);
      continue;
    }
    const outerEnd = reader.enter();
    while (reader.position < reader.end) readScalarEntryField(reader, writer);
    reader.leave(outerEnd);
    writer.length = mark;
  }
  writer.ascii("null");
}

function readScalarEntryField(reader: WireReader, writer: JsonWriter): void {
  const tag = reader.readTag();
  if (tag === FIRST_SPAN) {
    const outerEnd = reader.enter();
    while (reader.position < reader.end) {
      const keyTag = reader.readTag();
      reader.skip(keyTag);
      if (MAP_KEY_STRINGS.has(keyTag)) refuseInvalidUtf8(reader.bytes, reader.start, reader.stop);
    }
    reader.leave(outerEnd);
  } else if (tag === SECOND_SPAN) {
    const outerEnd = reader.enter();
    printValue(reader, writer);
    reader.leave(outerEnd);
  } else {
    reader.skip(tag);
  }
}
