/** The value type of a JSON value that no view declares (feast/type_map.py:python_type_to_feast_value_type). */
import type { JsonValue } from "../model/request.ts";
import { ValueType } from "../model/value-type.ts";
import { invalid, pythonClass } from "./python-number.ts";

const LIST_OF: ReadonlyMap<number, number> = new Map([
  [ValueType.INT64, ValueType.INT64_LIST],
  [ValueType.DOUBLE, ValueType.DOUBLE_LIST],
  [ValueType.STRING, ValueType.STRING_LIST],
  [ValueType.BOOL, ValueType.BOOL_LIST],
]);

const TYPE_NAMES: ReadonlyMap<number, string> = new Map(Object.entries(ValueType).map(([name, type]) => [type, name]));

/** `ValueType.Enum` name of a number, for error sentences. */
export function valueTypeName(type: number): string {
  return TYPE_NAMES.get(type) ?? String(type);
}

/** @throws ServeError INVALID_ARGUMENT for mixed, nested or null-holding arrays */
export function inferType(value: JsonValue): number {
  if (value instanceof Map) return ValueType.MAP;
  if (!Array.isArray(value)) return inferScalar(value);
  if (value[0] instanceof Map) return ValueType.MAP_LIST;
  let common: number | undefined;
  for (const item of value) {
    if (Array.isArray(item)) {
      throw invalid(
        `Value type for field  is ${pythonClass(item)} but recursion is not allowed. Nested collection types cannot be inferred automatically; use an explicit Field dtype instead (e.g., dtype=Array(Array(Int32))).`,
      );
    }
    const type = item instanceof Map ? ValueType.MAP : inferScalar(item);
    if (common !== undefined && common !== type) {
      throw invalid(
        `List value type for field  is inconsistent. ValueType.${valueTypeName(common)} different from ValueType.${valueTypeName(type)}.`,
      );
    }
    common = type;
  }
  const listType = common === undefined ? undefined : LIST_OF.get(common);
  if (listType === undefined) throw invalid("Couldn't infer value type from empty value");
  return listType;
}

function inferScalar(value: Exclude<JsonValue, JsonValue[] | Map<string, JsonValue>>): number {
  switch (typeof value) {
    case "bigint":
      return ValueType.INT64;
    case "number":
      return ValueType.DOUBLE;
    case "string":
      return ValueType.STRING;
    case "boolean":
      return ValueType.BOOL;
    default:
      throw invalid("Value with native type nonetype cannot be converted into Feast value type");
  }
}
