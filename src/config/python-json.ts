/** A value as Python's `json.loads` reads it, for the options of Feast's Redis connection string. */

/** An integer literal is a `bigint` (exact), any other number a `number`. Lists and maps are told apart only. */
export type PythonJson =
  | null
  | boolean
  | bigint
  | number
  | string
  | { readonly kind: "container"; readonly isEmpty: boolean };

/** @returns the text itself when it is not JSON, as feast/infra/online_stores/redis.py:_parse_connection_string does */
export function parsePythonJson(text: string): PythonJson {
  const trimmed = text.replace(/^[ \t\n\r]+|[ \t\n\r]+$/g, "");
  if (/^-?(?:0|[1-9]\d*)$/.test(trimmed)) return BigInt(trimmed);
  if (trimmed === "NaN") return Number.NaN;
  if (trimmed === "Infinity" || trimmed === "-Infinity") return Number(trimmed);
  let value: unknown;
  try {
    value = JSON.parse(trimmed);
  } catch {
    return text;
  }
  if (value === null || typeof value === "boolean" || typeof value === "number" || typeof value === "string")
    return value;
  return { kind: "container", isEmpty: Object.keys(value as object).length === 0 };
}

/** Python's truth: empty, zero and None are false, any other text (`"False"` too) is true. */
export function isTruthy(value: PythonJson): boolean {
  if (value === null || value === "" || value === false) return false;
  if (typeof value === "object") return !value.isEmpty;
  return typeof value === "bigint" ? value !== 0n : value !== 0;
}

/** `repr()` of a Python float: what redis-py sends for one. */
export function pythonFloatText(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  if (Object.is(value, -0)) return "-0.0";
  const [digits = "0", power = "0"] = value.toExponential().split("e");
  const exponent = Number(power);
  if (value !== 0 && (exponent < -4 || exponent >= 16)) {
    return `${digits}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
  }
  const plain = value.toString();
  if (plain.includes("e")) return value.toFixed(Math.max(1, digits.replace(/^-?\d\.?/, "").length - exponent));
  return plain.includes(".") ? plain : `${plain}.0`;
}
