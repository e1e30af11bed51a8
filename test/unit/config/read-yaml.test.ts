/** Our reading of YAML against what real PyYAML made of the same texts (make-pyyaml-cases.py). */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { readYaml } from "../../../src/config/read-yaml.ts";
import { entryOf, isMap, type YamlNode } from "../../../src/config/yaml-value.ts";

interface PyYamlCase {
  readonly text: string;
  readonly result?: unknown;
  readonly error?: string;
  /** Of the error; Python's own exceptions (`int("x")`) have none. */
  readonly line?: number;
}

const CASES = JSON.parse(
  readFileSync(new URL("./pyyaml-cases.json", import.meta.url), "utf8"),
) as readonly PyYamlCase[];

/** Syntax that nobody writes and that the `yaml` package splits differently. One that agrees after all must leave the list. */
const KNOWN_DIFFERENCES: Readonly<Record<string, string>> = {
  "&a: a\n": "PyYAML ends the anchor's name at the colon, we take `a:` as the name",
  "%a: a\n": "a directive of unknown name; we ignore it",
  "[-]\n": "refused here; text in PyYAML",
  "[?a]\n": "text here; a map with the key `a` in PyYAML",
  "[:]\n": "a map with an empty key here; refused by PyYAML",
  "[::]\n": "a map with an empty key here; refused by PyYAML",
  "[:a]\n": "text here; refused by PyYAML",
  "[!!str]\n": "empty text here; PyYAML takes the bracket into the tag",
  "[!]\n": "null here; PyYAML takes the bracket into the tag",
  "[!a]\n": "PyYAML takes the bracket into the tag and finds the list open on the next line",
  ":": "a map with an empty key here; refused by PyYAML",
  "%a": "a directive of unknown name; we ignore it",
  "%YAML 2.0\n---\na: 1": "PyYAML refuses every version but 1.x; read as 1.1 here",
  "!!set {a, b}": "the tag is refused here",
  "!!omap [a: 1, b: 2]": "the tag is refused here",
  "!!pairs [a: 1, a: 2]": "the tag is refused here",
  "&a [*a]": "a value that contains itself is refused here",
  "a:\n  - b\n  -c\n": "the fault is at `-c` here, and where the search for its `:` ended in PyYAML",
  "a: 1\nb\n": "the fault is at `b` here, and where the search for its `:` ended in PyYAML",
};

describe("reads as PyYAML", () => {
  test.each(CASES.map((each) => [JSON.stringify(each.text), each] as const))("%s", (_, golden) => {
    const { text, result, error, line } = golden;
    const ours = readYaml(text);
    const refusedAt = ours.ok || (error !== undefined && line === undefined) ? undefined : ours.faults[0]?.line;
    const seen = ours.ok ? { result: encode(ours.root.value) } : { refusedAt };
    const theirs = error === undefined ? { result: normalise(result) } : { refusedAt: line };
    if (Object.hasOwn(KNOWN_DIFFERENCES, text)) expect(seen).not.toEqual(theirs);
    else expect(seen).toEqual(theirs);
  });
});

test("every known difference is a case", () => {
  const texts = new Set(CASES.map(({ text }) => text));
  expect(Object.keys(KNOWN_DIFFERENCES).filter((text) => !texts.has(text))).toEqual([]);
});

describe("lines and warnings", () => {
  test("a value knows the line of its key", () => {
    const result = readYaml("a: 1\nb:\n  c: |\n    x\n  d: [1,\n    2]\n");
    const root = result.ok && isMap(result.root.value) ? result.root.value : undefined;
    const b = root && entryOf(root, "b");
    const inner = b && isMap(b.value.value) ? b.value.value.entries : [];
    expect([b?.line, ...inner.map((entry) => [entry.key, entry.line])]).toEqual([2, ["c", 3], ["d", 5]]);
  });

  test("a duplicate key is a warning with its line, a merged one is not", () => {
    const result = readYaml("a: &x {p: 1}\nb:\n  <<: *x\n  p: 2\n  q: 1\n  q: 2\n");
    expect(result).toMatchObject({
      ok: true,
      warnings: [{ line: 6, message: "the key q stands here again; the last one wins" }],
    });
  });

  test("a fault gives its line and repeats no text", () => {
    const result = readYaml("a: 1\npassword: hunter2: x\n");
    expect(result).toEqual({
      ok: false,
      faults: [{ line: 2, message: "a second `: ` on this line: put the value in quotes" }],
    });
  });

  test("a key that begins on a line above is one fault, at its colon", () => {
    const message =
      "a `: ` here, but the text before it began on a line above: check the indentation, or put the text in quotes";
    expect(readYaml("a: b\n c: d\n")).toEqual({ ok: false, faults: [{ line: 2, message }] });
    expect(readYaml("- a\n b: c\n")).toEqual({ ok: false, faults: [{ line: 2, message }] });
    expect(readYaml("x: 1\na: b\n c\n  d: e\n")).toEqual({ ok: false, faults: [{ line: 4, message }] });
  });
});

function encode(value: YamlNode["value"]): unknown {
  if (typeof value === "bigint") return { int: String(value) };
  if (typeof value === "number") return { float: value };
  if (value === null || typeof value !== "object") return value;
  if (value.kind === "list") return { list: value.items.map((item) => encode(item.value)) };
  if (value.kind === "map")
    return { map: value.entries.map((entry) => [encode(entry.key), encode(entry.value.value)]) };
  return value.kind === "timestamp" ? { timestamp: value.text } : { bytes: value.bytes.toString("hex") };
}

/** Python's `repr` of a float as a number, everywhere inside a recorded result. */
function normalise(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(normalise);
  if (value === null || typeof value !== "object") return value;
  if ("float" in value) return { float: pythonFloat(String(value.float)) };
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, normalise(part)]));
}

function pythonFloat(text: string): number {
  return Number(text.replace("inf", "Infinity").replace("nan", "NaN"));
}
