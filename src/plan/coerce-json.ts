/**
 * Converts a column of JSON values to `feast.types.Value` messages, as Feast's HTTP server does before anything else looks at them
 * (feast/type_map.py:python_values_to_proto_values). The traps are Feast's: a JSON float in a timestamp column becomes the null
 * sentinel, containers and nulls in a scalar column become unset Values.
 */
import type { JsonValue, ValueColumn } from "../model/request.ts";
import { ValueType } from "../model/value-type.ts";
import { writeListValue, writeMapListValue, writeMapValue } from "./coerce-containers.ts";
import { ColumnWriter } from "./column-writer.ts";
import { inferType, valueTypeName } from "./infer-type.ts";
import { inRange, invalid, pythonClass, pythonFloatOf, pythonInt, pythonStr, type Scalar } from "./python-number.ts";
import { surrogateSentence } from "./python-text.ts";

/** feast/type_map.py:NULL_TIMESTAMP_INT_VALUE */
const NULL_TIMESTAMP = -(2n ** 63n);

/**
 * @param declaredType `ValueType` number of the key column, undefined = take it from the first value
 * @throws ServeError INVALID_ARGUMENT with Python's sentence for the first value that does not convert
 */
export function coerceJsonColumn(cells: readonly JsonValue[], declaredType: number | undefined): ValueColumn {
  const sample = cells.find(isSample);
  const type = declaredType || (sample === undefined ? ValueType.UNKNOWN : inferType(sample));
  const writer = new ColumnWriter(cells.length);
  if (type === ValueType.UNKNOWN) {
    if (cells.some((cell) => cell !== null)) throw invalid("Couldn't infer value type from empty value");
    for (let row = 0; row < cells.length; row += 1) writer.endRow();
    return writer.column();
  }
  const writeCell = cellWriter(type, cells);
  for (const cell of cells) {
    if (cell !== null) writeCell(writer, cell);
    writer.endRow();
  }
  return writer.column();
}

/** feast/type_map.py:_non_empty_value: empty containers say nothing about the type, the empty string does. */
function isSample(cell: JsonValue): boolean {
  if (cell === null) return false;
  if (Array.isArray(cell)) return cell.length > 0;
  return !(cell instanceof Map) || cell.size > 0;
}

type CellWriter = (writer: ColumnWriter, cell: Exclude<JsonValue, null>) => void;

function cellWriter(type: number, cells: readonly JsonValue[]): CellWriter {
  switch (type) {
    case ValueType.MAP:
      return writeMapValue;
    case ValueType.MAP_LIST:
      return writeMapListValue;
    case ValueType.INT64_LIST:
    case ValueType.DOUBLE_LIST:
    case ValueType.STRING_LIST:
    case ValueType.BOOL_LIST:
      return (writer, cell) => writeListValue(writer, type, cell);
    default:
      return scalarCellWriter(type, cells);
  }
}

function scalarCellWriter(type: number, cells: readonly JsonValue[]): CellWriter {
  const sample = cells.find(isScalar);
  if (sample === undefined) return () => {};
  refuseSampleType(type, sample);
  const write = SCALAR_WRITERS.get(type);
  if (write === undefined) throw invalid(`Unsupported data type: ValueType.${valueTypeName(type)}`);
  return (writer, cell) => {
    if (!isScalar(cell)) return;
    // NaN is null to pandas, and so to every type but timestamps, where it is the sentinel.
    if (typeof cell === "number" && Number.isNaN(cell) && type !== ValueType.UNIX_TIMESTAMP) return;
    write(writer, cell);
  };
}

function isScalar(cell: JsonValue): cell is Scalar {
  return cell !== null && !Array.isArray(cell) && !(cell instanceof Map);
}

/** Types that Feast checks on the first value only (feast/type_map.py:PYTHON_SCALAR_VALUE_TYPE_TO_PROTO_VALUE). */
const SAMPLE_TYPES: ReadonlyMap<number, readonly string[]> = new Map([
  [ValueType.DOUBLE, ["number", "bigint"]],
  [ValueType.BOOL, ["boolean", "bigint"]],
  [ValueType.BYTES, []],
  [ValueType.PDF_BYTES, []],
  [ValueType.IMAGE_BYTES, []],
  [ValueType.UUID, ["string"]],
  [ValueType.TIME_UUID, ["string"]],
  [ValueType.DECIMAL, ["string"]],
]);

function refuseSampleType(type: number, sample: Scalar): void {
  const allowed = SAMPLE_TYPES.get(type);
  if (allowed === undefined || allowed.includes(typeof sample)) return;
  // Feast lets a numeric zero through here, whatever the type.
  if ((sample === 0n || sample === 0) && type !== ValueType.BOOL) return;
  throw invalid(`Type \`${pythonClass(sample)}\` not in the types accepted for ${valueTypeName(type)}`);
}

type ScalarWriter = (writer: ColumnWriter, cell: Scalar) => void;

const text =
  (field: number): ScalarWriter =>
  (writer, cell) => {
    const value = pythonStr(cell);
    if (!value.isWellFormed()) throw invalid(surrogateSentence(value));
    writer.text(field, value);
  };

const bytes: ScalarWriter = (_writer, cell) => {
  throw invalid(`expected bytes, ${pythonClass(cell).slice(8, -2)} found`);
};

const SCALAR_WRITERS: ReadonlyMap<number, ScalarWriter> = new Map([
  [ValueType.INT32, (writer, cell) => writer.integer(ValueType.INT32, inRange(pythonInt(cell), 32))],
  [ValueType.INT64, (writer, cell) => writer.integer(ValueType.INT64, inRange(pythonInt(cell), 64))],
  [ValueType.STRING, text(ValueType.STRING)],
  [ValueType.UUID, text(ValueType.UUID)],
  [ValueType.TIME_UUID, text(ValueType.TIME_UUID)],
  [ValueType.DECIMAL, text(ValueType.DECIMAL)],
  [ValueType.FLOAT, (writer, cell) => writer.float(ValueType.FLOAT, pythonFloatOf(cell))],
  [
    ValueType.DOUBLE,
    (writer, cell) => {
      if (typeof cell === "string") throw invalid("must be real number, not str");
      writer.double(ValueType.DOUBLE, Number(cell));
    },
  ],
  [
    ValueType.BOOL,
    (writer, cell) => {
      if (typeof cell !== "boolean" && typeof cell !== "bigint") {
        throw invalid(`'${pythonClass(cell).slice(8, -2)}' object cannot be interpreted as an integer`);
      }
      writer.bool(ValueType.BOOL, Boolean(cell));
    },
  ],
  [
    ValueType.UNIX_TIMESTAMP,
    (writer, cell) => {
      const seconds = typeof cell === "number" ? NULL_TIMESTAMP : inRange(pythonInt(cell), 64);
      writer.integer(ValueType.UNIX_TIMESTAMP, seconds);
    },
  ],
  [ValueType.BYTES, bytes],
  [ValueType.PDF_BYTES, bytes],
  [ValueType.IMAGE_BYTES, bytes],
] satisfies [number, ScalarWriter][]);
