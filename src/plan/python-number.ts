/** Python's `int()`, `float()` and `str()` on JSON values, with Python's own error sentences. */
import type { JsonValue } from "../model/request.ts";
import { ServeError } from "../model/serve-error.ts";
import { pythonFloat } from "../wire/python-float.ts";
import { pythonRepr } from "./python-text.ts";

/** A JSON value that is neither null nor a container. */
export type Scalar = bigint | number | string | boolean;

const MIN_INT64 = -(2n ** 63n);
const MAX_INT64 = 2n ** 63n - 1n;

/** Type name as Python's `type(value)` prints it. */
export function pythonClass(value: JsonValue): string {
  if (value === null) return "<class 'NoneType'>";
  if (Array.isArray(value)) return "<class 'list'>";
  if (value instanceof Map) return "<class 'dict'>";
  const names = { bigint: "int", number: "float", string: "str", boolean: "bool" } as const;
  return `<class '${names[typeof value as keyof typeof names]}'>`;
}

/** `int(value)`: floats are cut toward zero, strings may have spaces and single underscores. @throws ServeError INVALID_ARGUMENT */
export function pythonInt(value: Scalar): bigint {
  if (typeof value === "bigint") return value;
  if (typeof value === "boolean") return value ? 1n : 0n;
  if (typeof value === "number") {
    if (Number.isFinite(value)) return BigInt(Math.trunc(value));
    throw invalid(
      Number.isNaN(value) ? "cannot convert float NaN to integer" : "cannot convert float infinity to integer",
    );
  }
  const text = value.trim();
  if (!/^[+-]?\p{Nd}+(_\p{Nd}+)*$/u.test(text)) {
    throw invalid(`invalid literal for int() with base 10: ${pythonRepr(value)}`);
  }
  const digits = text
    .replaceAll("_", "")
    .replace(/^\+/, "")
    .replace(/\p{Nd}/gu, decimalDigit);
  const magnitude = BigInt(digits.replace(/^-/, ""));
  return digits.startsWith("-") ? -magnitude : magnitude;
}

/** Unicode has its decimal digits in runs of ten that begin with zero. */
function decimalDigit(char: string): string {
  let code = char.codePointAt(0) ?? 0;
  if (code < 0x80) return char;
  let digit = 0;
  while (digit < 9 && /\p{Nd}/u.test(String.fromCodePoint(code - 1))) {
    code -= 1;
    digit += 1;
  }
  return String(digit);
}

/** An int that fits a 64 or 32 bit protobuf field. @throws ServeError INVALID_ARGUMENT with protobuf's sentence */
export function inRange(value: bigint, bits: 32 | 64): bigint {
  const fits = bits === 64 ? value >= MIN_INT64 && value <= MAX_INT64 : BigInt.asIntN(32, value) === value;
  if (fits) return value;
  throw invalid(`Value out of range: ${value}`);
}

/** `float(value)`. @throws ServeError INVALID_ARGUMENT */
export function pythonFloatOf(value: Scalar): number {
  if (typeof value !== "string") return Number(value);
  const text = value.trim();
  if (/^[+-]?(inf|infinity)$/i.test(text)) return text.startsWith("-") ? -Infinity : Infinity;
  if (/^[+-]?nan$/i.test(text)) return Number.NaN;
  if (/^[+-]?(\d+(_\d+)*\.?(\d+(_\d+)*)?|\.\d+(_\d+)*)(e[+-]?\d+(_\d+)*)?$/i.test(text)) {
    return Number(text.replaceAll("_", ""));
  }
  throw invalid(`could not convert string to float: ${pythonRepr(value)}`);
}

/** `str(value)`. */
export function pythonStr(value: Scalar): string {
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return value ? "True" : "False";
  return typeof value === "bigint" ? value.toString() : pythonFloat(value);
}

export function invalid(sentence: string): ServeError {
  return new ServeError("INVALID_ARGUMENT", sentence);
}
