/**
 * YAML against PyYAML's safe loader: values with their types, faults with their lines. Many more texts, without lines, are in
 * test/unit/config/read-yaml.test.ts.
 */
import { expect, test } from "vitest";
import { readYaml } from "../../../src/config/read-yaml.ts";
import type { YamlNode } from "../../../src/config/yaml-value.ts";
import { pythonFloat } from "../../../src/wire/python-float.ts";
import { type PythonError, readGolden } from "./golden-files.ts";

interface YamlCase {
  readonly text: string;
  /** Tagged with Python's type, `{"int": "8"}`, or the error. */
  readonly value?: unknown;
  readonly error?: PythonError & { readonly line?: number };
}

/** One that agrees after all must leave the list. */
const KNOWN_DIFFERENCES: Readonly<Record<string, string>> = {
  "!!set {a, b}": "the tag is refused here",
  "!!omap [a: 1, b: 2]": "the tag is refused here",
  "!!pairs [a: 1, a: 2]": "the tag is refused here",
  "&a [*a]": "a value that contains itself is refused here",
  "%YAML 2.0\n---\na: 1": "PyYAML refuses every version but 1.x; read as 1.1 here",
  "a: b\n c: d": "the fault is at the line where the text begins here, at the second `:` in PyYAML",
  "key: value\n  bad: indent": "the same",
};

const CASES = readGolden<readonly YamlCase[]>("yaml-cases.json");

function tagged(value: YamlNode["value"]): unknown {
  if (value === null) return { null: true };
  if (typeof value === "boolean") return { bool: value };
  if (typeof value === "bigint") return { int: String(value) };
  if (typeof value === "number") return { float: pythonFloat(value) };
  if (typeof value === "string") return { str: value };
  if (value.kind === "binary") return { binary: value.bytes.toString("base64") };
  if (value.kind === "timestamp") return { [value.text.includes("T") ? "datetime" : "date"]: value.text };
  if (value.kind === "list") return { seq: value.items.map((item) => tagged(item.value)) };
  return { map: value.entries.map(({ key, value: item }) => [tagged(key), tagged(item.value)]) };
}

type Outcome = { readonly value: unknown } | { readonly refusedAtLine: number | undefined };

function theirs({ value, error }: YamlCase): Outcome {
  return error === undefined ? { value } : { refusedAtLine: error.line };
}

/** @param isLineKnown Python's own exceptions (`int("x")`) have no line */
function ours(text: string, isLineKnown: boolean): Outcome {
  const read = readYaml(text);
  if (read.ok) return { value: tagged(read.root.value) };
  return { refusedAtLine: isLineKnown ? read.faults[0]?.line : undefined };
}

test.each(CASES.map((golden) => ({ name: JSON.stringify(golden.text), golden })))("$name", ({ golden }) => {
  const seen = ours(golden.text, golden.error === undefined || golden.error.line !== undefined);
  if (Object.hasOwn(KNOWN_DIFFERENCES, golden.text)) expect(seen).not.toEqual(theirs(golden));
  else expect(seen).toEqual(theirs(golden));
});

test("every known difference is a golden case", () => {
  const texts = new Set(CASES.map(({ text }) => text));
  expect(Object.keys(KNOWN_DIFFERENCES).filter((text) => !texts.has(text))).toEqual([]);
});
