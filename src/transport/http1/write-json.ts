/** JsonValue → JSON text as Python's `json.dumps(ensure_ascii=False, separators=(",", ":"))`, for input quoted in error bodies. */
import type { JsonValue } from "../../model/request.ts";

/** Numbers that JSON has no literal for become null (Feast's server fails on them). */
export function writeJson(value: JsonValue): string {
  if (value === null) return "null";
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "number") return pythonFloat(value);
  if (typeof value === "string" || typeof value === "boolean") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(writeJson).join(",")}]`;
  return `{${[...value].map(([key, member]) => `${JSON.stringify(key)}:${writeJson(member)}`).join(",")}}`;
}

/** Python's `repr(float)`: shortest digits, exponent from 1e16 up and below 1e-4, always a point or an exponent. */
function pythonFloat(value: number): string {
  if (!Number.isFinite(value)) return "null";
  if (Object.is(value, -0)) return "-0.0";
  const magnitude = Math.abs(value);
  if (magnitude !== 0 && (magnitude < 1e-4 || magnitude >= 1e16)) {
    const [digits, exponent] = value.toExponential().split("e") as [string, string];
    const sign = exponent.startsWith("-") ? "-" : "+";
    return `${digits}e${sign}${exponent.slice(1).padStart(2, "0")}`;
  }
  const text = value.toString();
  return text.includes(".") ? text : `${text}.0`;
}
