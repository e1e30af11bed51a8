/** What PyYAML's safe loader would build, with Python's kinds kept apart and the line of each value. */

/** A calendar date or a date with time; `text` is what Python's `isoformat()` gives. */
interface YamlTimestamp {
  readonly kind: "timestamp";
  readonly text: string;
}

interface YamlBinary {
  readonly kind: "binary";
  readonly bytes: Buffer;
}

/** An int is a `bigint`, a float a `number`. */
export type YamlScalar = null | boolean | bigint | number | string | YamlTimestamp | YamlBinary;

export interface YamlList {
  readonly kind: "list";
  readonly items: readonly YamlNode[];
}

/** Keys are unique as Python's dict sees them (`1`, `1.0` and `true` are one key). */
export interface YamlMap {
  readonly kind: "map";
  readonly entries: readonly YamlEntry[];
}

export interface YamlEntry {
  readonly key: YamlScalar;
  /** Line of the key. */
  readonly line: number;
  /** The key as it stands in the file, when it is a plain scalar. */
  readonly keyText: string | undefined;
  readonly value: YamlNode;
}

export interface YamlNode {
  readonly value: YamlScalar | YamlList | YamlMap;
  /** 1-based; undefined for values that do not come from a file. */
  readonly line: number | undefined;
  /** The unquoted word as it stands in the file: tells `off` from `false`. */
  readonly plainText: string | undefined;
}

/** A node for text that is not YAML: a flag, or an environment variable of a word. */
export function textNode(text: string): YamlNode {
  return { value: text, line: undefined, plainText: undefined };
}

export function isMap(value: YamlNode["value"]): value is YamlMap {
  return typeof value === "object" && value !== null && value.kind === "map";
}

export function isList(value: YamlNode["value"]): value is YamlList {
  return typeof value === "object" && value !== null && value.kind === "list";
}

/** Value of a string key, undefined when the map does not have it. */
export function entryOf(map: YamlMap, key: string): YamlEntry | undefined {
  return map.entries.find((entry) => entry.key === key);
}

/** What a person calls this value: `a boolean`, `a list of 3`, … */
export function describeType(value: YamlNode["value"]): string {
  if (value === null) return "empty";
  if (typeof value === "string") return "text";
  if (typeof value === "boolean") return "a boolean";
  if (typeof value === "bigint") return "a whole number";
  if (typeof value === "number") return "a number";
  if (value.kind === "list") return `a list of ${value.items.length}`;
  if (value.kind === "map") return `a map with ${value.entries.length} ${value.entries.length === 1 ? "key" : "keys"}`;
  return value.kind === "timestamp" ? "a date" : "binary data";
}

/** A scalar as Python prints it (`True`, `None`, `8`); text stays as it is. */
export function scalarText(value: YamlScalar): string {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "object") return value.kind === "timestamp" ? value.text : "binary data";
  return String(value);
}
