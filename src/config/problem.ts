/** What is wrong with the configuration, said so that it can be mended. All problems of a run are collected, not thrown. */
import { describeType, scalarText, type YamlNode } from "./yaml-value.ts";

/** Where a value was written. */
export type Source =
  | { readonly kind: "default" }
  | { readonly kind: "file"; readonly path: string; readonly line: number | undefined }
  | { readonly kind: "environment"; readonly name: string }
  | { readonly kind: "flag"; readonly name: string };

export interface Problem {
  readonly source: Source;
  /** Key path such as `sidecar.drain.wait`; "" for the file as a whole. */
  readonly key: string;
  /** The value as it may be shown: masked when secret; undefined when there is none to show. */
  readonly value: string | undefined;
  /** What is wrong and what was expected. */
  readonly message: string;
}

/** Everything found so far; rooms push into it. */
export interface Findings {
  readonly problems: Problem[];
  /** Sentences for the log; the start goes on. */
  readonly warnings: string[];
}

const MASK = "***";

/**
 * Secret: everything under `redis`, a connection string, and any key that holds password (or a usual
 * short form), credential, token, secret, key or command.
 * @param path key path with dots
 */
export function isSecret(path: string): boolean {
  return path
    .split(".")
    .some((part) => part === "redis" || /connection_string|passw|pwd|credential|token|secret|key|command/i.test(part));
}

/** A value for a message: lists and maps only by their size, secrets masked. */
export function showValue(path: string, node: YamlNode): string {
  if (isSecret(path)) return MASK;
  const { value } = node;
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "object" && value !== null) return describeType(value);
  return node.plainText === undefined || node.plainText === "" ? scalarText(value) : node.plainText;
}

/** `feature_store.yaml line 12`, `environment variable X` or `flag --listen`. */
function describeSource(source: Source): string {
  if (source.kind === "file") return source.line === undefined ? source.path : `${source.path} line ${source.line}`;
  if (source.kind === "environment") return `environment variable ${source.name}`;
  return source.kind === "flag" ? `flag ${source.name}` : "default";
}

/** One line for a person. */
export function formatProblem(problem: Problem): string {
  const value = problem.value === undefined ? "" : ` = ${problem.value}`;
  const key = problem.key === "" ? "" : `${problem.key}${value}: `;
  return `${describeSource(problem.source)}: ${key}${problem.message}`;
}

/** Report a value that is not what was expected. `why` comes before the expectation. */
export function mismatch(source: Source, path: string, node: YamlNode, expected: string, why?: string): Problem {
  const reason = why ?? trap(node, isSecret(path)) ?? `${describeType(node.value)} does not fit`;
  return { source, key: path, value: showValue(path, node), message: `${reason}; expected ${expected}` };
}

/** Explains values that YAML 1.1 turns into something else than a person reads. */
function trap({ value, plainText }: YamlNode, secret: boolean): string | undefined {
  if (typeof value === "boolean") {
    if (secret) return "YAML reads this unquoted word as a boolean; put a word in quotes";
    const word = plainText === undefined || plainText === "" ? scalarText(value) : plainText;
    return `YAML reads the unquoted word ${word} as the boolean ${value}, like yes, no, on and off; put a word in quotes`;
  }
  if (typeof value === "bigint" && plainText !== undefined && plainText !== String(value)) {
    return `YAML 1.1 reads this as ${secret ? "a" : "the"} number${secret ? "" : ` ${value}`}; put text in quotes`;
  }
  if (typeof value === "object" && value !== null && value.kind === "timestamp") {
    return "YAML reads this as a date; put text in quotes";
  }
  if (typeof value === "string" && plainText !== undefined && /^[-+]?[0-9]*\.?[0-9]+[eE][-+]?[0-9]+$/.test(plainText)) {
    return "YAML 1.1 reads this as text: a number with an exponent needs a dot and a sign, such as 1.0e+6";
  }
  return undefined;
}
