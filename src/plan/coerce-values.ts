/** `compat.coerce_grpc_keys`: converts key Values sent over gRPC to the declared type, as HTTP's JSON values are converted. */
import type { JsonValue, ValueColumn } from "../model/request.ts";
import { ValueType } from "../model/value-type.ts";
import { coerceJsonColumn } from "./coerce-json.ts";
import { valueTypeName } from "./infer-type.ts";
import { invalid } from "./python-number.ts";
import { KeyValueReader } from "./read-key-value.ts";

/**
 * @returns the column itself when every value already has the declared type
 * @throws ServeError INVALID_ARGUMENT for a value that does not convert
 */
export function coerceValueColumn(column: ValueColumn, name: string, declaredType: number): ValueColumn {
  const { bytes, spans } = column;
  const reader = new KeyValueReader();
  const cells: JsonValue[] = [];
  let differs = false;
  let hasBytes = false;
  for (let row = 0; row * 2 < spans.length; row += 1) {
    reader.read(bytes, spans[row * 2] as number, spans[row * 2 + 1] as number, name);
    if (reader.type !== 0 && reader.type !== declaredType) differs = true;
    if (reader.type === ValueType.BYTES) hasBytes = true;
    cells.push(scalarOf(reader, bytes));
  }
  if (!differs) return column;
  // Bytes have no JSON form: nothing is converted to them or from them.
  if (declaredType === ValueType.BYTES || hasBytes) {
    throw invalid(`Column '${name}' cannot be converted to ${valueTypeName(declaredType)}: bytes have no other form`);
  }
  return coerceJsonColumn(cells, declaredType);
}

function scalarOf(reader: KeyValueReader, bytes: Buffer): JsonValue {
  switch (reader.type) {
    case ValueType.STRING:
    case ValueType.JSON:
    case ValueType.UUID:
    case ValueType.TIME_UUID:
    case ValueType.DECIMAL:
      return bytes.toString("utf8", reader.start, reader.end);
    case ValueType.INT32:
      return BigInt(reader.low | 0);
    case ValueType.INT64:
    case ValueType.UNIX_TIMESTAMP:
      return BigInt.asIntN(64, (BigInt(reader.high) << 32n) | BigInt(reader.low));
    case ValueType.BOOL:
      return reader.low !== 0 || reader.high !== 0;
    case ValueType.DOUBLE:
      return bytes.readDoubleLE(reader.start);
    case ValueType.FLOAT:
      return bytes.readFloatLE(reader.start);
    default:
      // Lists and maps are null in a scalar column over HTTP, too.
      return null;
  }
}
