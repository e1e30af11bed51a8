/** Prints the JSON answer of POST /get-online-features as a table that a person reads: one block per row of the request. */
import type { JsonValue } from "../model/request.ts";
import { pythonFloat } from "../wire/python-float.ts";

const HEADER = ["feature", "value", "status", "event time"];
const EPOCH = "1970-01-01T00:00:00Z";

/** @param answer as parsed by the transport's own JSON parser, which keeps integers exact */
export function renderAnswer(answer: JsonValue): string {
  const names = listAt(mapAt(answer, "metadata"), "feature_names");
  const results = listAt(answer, "results");
  const rows = listAt(results[0] ?? null, "values").length;
  const blocks = Array.from({ length: rows }, (_, row) =>
    names.map((name, column) => {
      const result = results[column] ?? null;
      const time = printValue(listAt(result, "event_timestamps")[row] ?? "");
      const value = printValue(listAt(result, "values")[row] ?? null);
      return [printValue(name), value, printValue(listAt(result, "statuses")[row] ?? ""), time === EPOCH ? "" : time];
    }),
  );
  const widths = HEADER.map((title, column) =>
    Math.max(title.length, ...blocks.flat().map((cells) => cells[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  const rule = widths.map((width) => "-".repeat(width)).join("  ");
  return [line(HEADER), ...blocks.flatMap((block) => [rule, ...block.map(line)])].join("\n");
}

/** A value on one line: strings without quotes, containers as JSON, control characters escaped. */
function printValue(value: JsonValue): string {
  if (typeof value === "string") return JSON.stringify(value).slice(1, -1).replaceAll('\\"', '"');
  return printJson(value);
}

function printJson(value: JsonValue): string {
  if (typeof value === "number") return pythonFloat(value);
  if (typeof value === "bigint") return value.toString();
  if (Array.isArray(value)) return `[${value.map(printJson).join(", ")}]`;
  if (value instanceof Map) {
    return `{${[...value].map(([key, item]) => `${JSON.stringify(key)}: ${printJson(item)}`).join(", ")}}`;
  }
  return JSON.stringify(value);
}

function mapAt(value: JsonValue, key: string): JsonValue {
  return value instanceof Map ? (value.get(key) ?? null) : null;
}

function listAt(value: JsonValue, key: string): readonly JsonValue[] {
  const list = mapAt(value, key);
  return Array.isArray(list) ? list : [];
}
