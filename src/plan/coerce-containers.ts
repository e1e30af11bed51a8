/** JSON objects and arrays as Values: only columns that no view declares can hold them (feast/type_map.py:_python_value_to_proto_value). */
import type { JsonValue } from "../model/request.ts";
import { ValueType } from "../model/value-type.ts";
import { ColumnWriter } from "./column-writer.ts";
import { inferType } from "./infer-type.ts";
import { inRange, invalid, pythonClass, pythonFloatOf, pythonInt } from "./python-number.ts";

/** Field of `val` in every list, map and repeated-value message. */
const VAL = 1;

/** `[1, 2]` as one `*_list_val`; the type came from the column's first array. @throws ServeError INVALID_ARGUMENT */
export function writeListValue(writer: ColumnWriter, type: number, cell: JsonValue): void {
  // Python iterates over a string where it wants a list of strings.
  const items = typeof cell === "string" && type === ValueType.STRING_LIST ? [...cell] : cell;
  if (!Array.isArray(items)) throw invalid(`must assign iterable, got ${pythonClass(cell)}`);
  const list = new ColumnWriter(0);
  if (type === ValueType.STRING_LIST) {
    for (const item of items) list.text(VAL, listItem(item, "string"));
    writer.message(type, list.column().bytes);
    return;
  }
  // Numeric repeated fields are packed: the elements back to back without tags.
  const packed = Buffer.concat(items.map((item) => packedElement(type, item)));
  if (packed.length > 0) list.message(VAL, packed);
  writer.message(type, list.column().bytes);
}

function packedElement(type: number, item: JsonValue): Buffer {
  const element = new ColumnWriter(0);
  if (type === ValueType.DOUBLE_LIST) {
    if (typeof item === "string" || isContainer(item)) throw wrongItem(item, "<class 'float'>");
    element.double(VAL, pythonFloatOf(item));
  } else if (type === ValueType.BOOL_LIST) {
    element.bool(VAL, Boolean(item));
  } else {
    if (typeof item === "string" || isContainer(item)) {
      throw invalid(`'${pythonClass(item).slice(8, -2)}' object cannot be interpreted as an integer`);
    }
    element.integer(VAL, inRange(pythonInt(item), 64));
  }
  return element.column().bytes.subarray(1);
}

function isContainer(item: JsonValue): item is null | JsonValue[] | Map<string, JsonValue> {
  return item === null || typeof item === "object";
}

function listItem(item: JsonValue, type: "string"): string {
  if (typeof item === type) return item as string;
  throw wrongItem(item, "<class 'str'>");
}

function wrongItem(item: JsonValue, wanted: string): Error {
  return invalid(`bad list item of type ${pythonClass(item)}, expected ${wanted}`);
}

/** An object as `map_val`. @throws ServeError INVALID_ARGUMENT */
export function writeMapValue(writer: ColumnWriter, cell: JsonValue): void {
  if (!(cell instanceof Map)) throw invalid(`Expected dict for MAP type, got ${pythonClass(cell)}`);
  writer.message(ValueType.MAP, mapBytes(cell));
}

/** An array of objects as `map_list_val`. @throws ServeError INVALID_ARGUMENT */
export function writeMapListValue(writer: ColumnWriter, cell: JsonValue): void {
  if (!Array.isArray(cell)) throw invalid(`Expected list for MAP_LIST type, got ${pythonClass(cell)}`);
  writer.message(ValueType.MAP_LIST, mapListBytes(cell));
}

function mapListBytes(items: readonly JsonValue[]): Buffer {
  const list = new ColumnWriter(0);
  for (const item of items) {
    if (!(item instanceof Map)) throw invalid(`MapList can only contain dictionaries, got ${pythonClass(item)}`);
    list.message(VAL, mapBytes(item));
  }
  return list.column().bytes;
}

function mapBytes(map: ReadonlyMap<string, JsonValue>): Buffer {
  const out = new ColumnWriter(0);
  for (const [key, value] of map) {
    const entry = new ColumnWriter(0);
    entry.text(1, key);
    entry.message(2, nestedValue(value));
    out.message(VAL, entry.column().bytes);
  }
  return out.column().bytes;
}

function nestedValue(value: JsonValue): Buffer {
  const writer = new ColumnWriter(0);
  if (value === null) return Buffer.alloc(0);
  const type = inferType(value);
  if (value instanceof Map) writeMapValue(writer, value);
  else if (Array.isArray(value)) {
    if (type === ValueType.MAP_LIST) writeMapListValue(writer, value);
    else writeListValue(writer, type, value);
  } else if (typeof value === "bigint") writer.integer(type, inRange(value, 64));
  else if (typeof value === "number") {
    if (!Number.isNaN(value)) writer.double(type, value);
  } else if (typeof value === "string") writer.text(type, value);
  else writer.bool(type, value);
  return writer.column().bytes;
}
