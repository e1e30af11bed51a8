/** Reads keys of one map of feature_store.yaml as Feast's models do: strict types, every problem reported. */
import { nearestName } from "./nearest-name.ts";
import { type Findings, mismatch, type Problem, type Source, showValue } from "./problem.ts";
import { entryOf, scalarText, type YamlMap, type YamlNode } from "./yaml-value.ts";

export class SectionReader {
  readonly #map: YamlMap;
  readonly #path: string;
  readonly #filePath: string;
  readonly #findings: Findings;

  /** @param path key path of the map, "" for the whole file */
  constructor(map: YamlMap, path: string, filePath: string, findings: Findings) {
    this.#map = map;
    this.#path = path;
    this.#filePath = filePath;
    this.#findings = findings;
  }

  node(key: string): YamlNode | undefined {
    return entryOf(this.#map, key)?.value;
  }

  keyPath(key: string): string {
    return this.#path === "" ? key : `${this.#path}.${key}`;
  }

  source(key: string): Source {
    return { kind: "file", path: this.#filePath, line: entryOf(this.#map, key)?.line };
  }

  /** pydantic's StrictStr. An absent key gives the default. */
  text(key: string, fallback: string): string {
    return this.#typed(key, "text", fallback, (value) => (typeof value === "string" ? value : undefined));
  }

  /** pydantic's StrictBool. */
  flag(key: string, fallback: boolean): boolean {
    return this.#typed(key, "true or false", fallback, (value) => (typeof value === "boolean" ? value : undefined));
  }

  /** pydantic's StrictInt, of any size that fits a double exactly. */
  int(key: string, fallback: number): number {
    return this.#typed(key, "a whole number without quotes", fallback, (value) => {
      const number = typeof value === "bigint" ? Number(value) : undefined;
      return number !== undefined && Number.isSafeInteger(number) ? number : undefined;
    });
  }

  #typed<T>(key: string, expected: string, fallback: T, read: (value: YamlNode["value"]) => T | undefined): T {
    const node = this.node(key);
    if (node === undefined) return fallback;
    const value = read(node.value);
    if (value !== undefined) return value;
    this.#findings.problems.push(mismatch(this.source(key), this.keyPath(key), node, expected));
    return fallback;
  }

  /** Feast's store sections forbid other keys (feast/repo_config.py:FeastConfigBaseModel). */
  refuseUnknownKeys(known: readonly string[]): void {
    for (const entry of this.#map.entries) {
      const key = scalarText(entry.key);
      if (typeof entry.key === "string" && known.includes(entry.key)) continue;
      const near = nearestName(key, known);
      const hint = near === undefined ? `expected one of ${known.join(", ")}` : `did you mean ${near}?`;
      const source: Source = { kind: "file", path: this.#filePath, line: entry.line };
      // Its value is not shown: a mistyped password is a password.
      this.#findings.problems.push({
        source,
        key: this.keyPath(key),
        value: undefined,
        message: `unknown key; ${hint}`,
      });
    }
  }

  /** @param isShown false keeps the value out of the message */
  problem(key: string, message: string, isShown = true): void {
    const node = this.node(key);
    const value = node === undefined || !isShown ? undefined : showValue(this.keyPath(key), node);
    const problem: Problem = { source: this.source(key), key: this.keyPath(key), value, message };
    this.#findings.problems.push(problem);
  }

  warn(key: string, message: string): void {
    this.#findings.warnings.push(`${this.keyPath(key)}: ${message}`);
  }
}
