/** Reads `sidecar:` of the file, then the environment, then flags, into one value for each option. */
import { ENVIRONMENT_PREFIX, environmentName, PATH_BY_ENVIRONMENT_NAME } from "./environment.ts";
import { nearestName } from "./nearest-name.ts";
import type { Inside, Parsed } from "./parse-values.ts";
import { type Findings, isSecret, mismatch, type Source, showValue } from "./problem.ts";
import { readYaml } from "./read-yaml.ts";
import {
  ADDRESS_FLAG,
  GROUP_PATHS,
  isOptionPath,
  OPTION_PATHS,
  type OptionPath,
  type OptionValues,
  optionAt,
} from "./schema.ts";
import type { Environment } from "./substitute.ts";
import { isMap, scalarText, textNode, type YamlEntry, type YamlNode } from "./yaml-value.ts";

/** Flags that stand for an option. */
export interface OptionFlags {
  readonly listen?: readonly string[];
  readonly admin?: string;
}

export interface CollectedOptions {
  readonly values: OptionValues;
  /** Where the value that counts was written. */
  sourceOf(path: OptionPath): Source;
}

interface Written {
  readonly value: unknown;
  readonly source: Source;
}

/**
 * @param section the value of `sidecar:`, undefined when the file has none
 * @param filePath for messages
 * @param findings gets every problem
 */
export function collectOptions(
  section: YamlEntry | undefined,
  filePath: string,
  env: Environment,
  flags: OptionFlags,
  findings: Findings,
): CollectedOptions {
  const collector = new Collector(findings);
  if (section !== undefined) {
    collector.group("", section.value, (line) => ({ kind: "file", path: filePath, line }), section.line);
  }
  collector.environment(env);
  collector.flags(flags);
  return collector.finish();
}

class Collector {
  readonly #findings: Findings;
  readonly #written = new Map<string, Written>();

  constructor(findings: Findings) {
    this.#findings = findings;
  }

  /** @param path "" for `sidecar` itself */
  group(path: string, node: YamlNode, sourceAt: (line: number | undefined) => Source, line: number | undefined): void {
    // `cache:` with nothing below it: all its keys are commented out.
    if (node.value === null) return;
    if (!isMap(node.value)) {
      const keys = childNames(path).join(", ");
      this.#findings.problems.push(mismatch(sourceAt(line), fullKey(path), node, `a map with any of the keys ${keys}`));
      return;
    }
    for (const entry of node.value.entries) {
      const child = typeof entry.key === "string" ? join(path, entry.key) : undefined;
      if (child !== undefined && isOptionPath(child)) this.option(child, entry.value, sourceAt(entry.line));
      else if (child !== undefined && GROUP_PATHS.has(child)) this.group(child, entry.value, sourceAt, entry.line);
      else this.#unknownKey(path, entry, childNames(path), sourceAt(entry.line));
    }
  }

  option(path: OptionPath, node: YamlNode, source: Source): void {
    this.#store(path, node, source, optionAt(path).kind.parse(node), optionAt(path).kind.expected);
  }

  #store(path: OptionPath, node: YamlNode, source: Source, parsed: Parsed<unknown>, expected: string): void {
    if (parsed.ok) this.#written.set(path, { value: parsed.value, source });
    else if (parsed.inside === undefined) {
      this.#findings.problems.push(mismatch(source, fullKey(path), node, expected, parsed.why));
    } else this.#inside(path, parsed.inside, source);
  }

  /** @param path of the option; its own line in `source` gives way to that of each problem */
  #inside(path: OptionPath, inside: Inside, source: Source): void {
    const at = (line: number | undefined): Source => (source.kind === "file" ? { ...source, line } : source);
    for (const each of inside) {
      const below = each.path === "" ? path : join(path, each.path);
      if ("known" in each) this.#unknownKey(below, each.entry, each.known, at(each.entry.line));
      else {
        const { node, line, expected, why } = each;
        this.#findings.problems.push(mismatch(at(line), fullKey(below), node, expected, why));
      }
    }
  }

  #unknownKey(path: string, entry: YamlEntry, known: readonly string[], source: Source): void {
    const typed = scalarText(entry.key);
    const near = nearestName(typed, known);
    const key = fullKey(join(path, typed));
    const isTrap = typeof entry.key === "boolean" && entry.keyText !== undefined;
    const trap = isTrap ? `YAML reads the unquoted key ${entry.keyText} as a boolean; ` : "";
    const hint = near === undefined ? `expected one of ${known.join(", ")}` : `did you mean ${near}?`;
    // A mistyped secret is a secret.
    const secret = isSecret(key) || (near !== undefined && isSecret(near));
    const value = secret ? showValue("password", entry.value) : showValue(key, entry.value);
    this.#findings.problems.push({ source, key, value, message: `${trap}unknown key; ${hint}` });
  }

  environment(env: Environment): void {
    const names = Object.keys(env).filter((name) => name.startsWith(ENVIRONMENT_PREFIX) && env[name] !== undefined);
    // Shorter names first: the variable of a map gives way to that of one of its keys.
    for (const name of names.sort((a, b) => a.length - b.length || (a < b ? -1 : 1))) {
      const source: Source = { kind: "environment", name };
      const path = PATH_BY_ENVIRONMENT_NAME.get(name);
      if (path === undefined) this.#unknownVariable(name, source);
      else this.#variable(path, env[name] ?? "", source);
    }
  }

  #unknownVariable(name: string, source: Source): void {
    // Without the prefix that all names share, or every name would be near.
    const tails = [...PATH_BY_ENVIRONMENT_NAME.keys()].map((known) => known.slice(ENVIRONMENT_PREFIX.length));
    const near = nearestName(name.slice(ENVIRONMENT_PREFIX.length), tails);
    const hint =
      near === undefined
        ? `expected the path of an option below sidecar in capitals, such as ${environmentName("drain.timeout")}`
        : `did you mean ${ENVIRONMENT_PREFIX}${near}?`;
    this.#findings.problems.push({ source, key: "", value: undefined, message: `no option has this name; ${hint}` });
  }

  #variable(path: string, text: string, source: Source): void {
    if (isOptionPath(path) && optionAt(path).kind.fromText === "text") {
      this.option(path, textNode(text), source);
      return;
    }
    const yaml = readYaml(text);
    if (!yaml.ok) {
      const why = yaml.faults[0]?.message ?? "not valid YAML";
      const expected = isOptionPath(path)
        ? optionAt(path).kind.expected
        : "a map in YAML's flow form, such as {key: value}";
      this.#findings.problems.push(mismatch(source, fullKey(path), textNode(text), expected, why));
    } else if (isOptionPath(path)) this.option(path, yaml.root, source);
    else this.group(path, yaml.root, () => source, undefined);
  }

  flags(flags: OptionFlags): void {
    const { listen, admin } = flags;
    if (listen !== undefined && listen.length > 0) {
      const source: Source = { kind: "flag", name: "--listen" };
      const found: unknown[] = [];
      for (const text of listen) {
        const node = textNode(text);
        const parsed = ADDRESS_FLAG.listen.parse(node);
        if (parsed.ok) found.push(parsed.value);
        else
          this.#findings.problems.push(
            mismatch(source, fullKey("listen"), node, ADDRESS_FLAG.listen.expected, parsed.why),
          );
      }
      this.#written.set("listen", { value: found, source });
    }
    if (admin !== undefined) this.option("admin", textNode(admin), { kind: "flag", name: "--admin" });
  }

  finish(): CollectedOptions {
    const values = new Map<string, unknown>();
    for (const path of OPTION_PATHS) {
      const written = this.#written.get(path);
      values.set(path, written === undefined ? defaultOf(path) : written.value);
    }
    return {
      // Each value was parsed by the kind of its own row.
      values: Object.freeze(Object.fromEntries(values)) as unknown as OptionValues,
      sourceOf: (path) => this.#written.get(path)?.source ?? { kind: "default" },
    };
  }
}

/** @throws Error when a row of the table is wrong: a bug, found by the tests */
function defaultOf(path: OptionPath): unknown {
  const { kind, defaultText } = optionAt(path);
  const yaml = readYaml(defaultText);
  const parsed = yaml.ok ? kind.parse(yaml.root) : undefined;
  if (parsed?.ok !== true) throw new Error(`the default of sidecar.${path} does not fit its kind`);
  return parsed.value;
}

function join(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}

function fullKey(path: string): string {
  return path === "" ? "sidecar" : `sidecar.${path}`;
}

/** Keys directly below a group. */
function childNames(path: string): readonly string[] {
  const prefix = path === "" ? "" : `${path}.`;
  const below = OPTION_PATHS.filter((each) => each.startsWith(prefix)).map(
    (each) => each.slice(prefix.length).split(".")[0] ?? "",
  );
  return [...new Set(below)];
}
