/** Merge keys and dictionary keys as PyYAML has them (yaml/constructor.py:SafeConstructor.flatten_mapping). */
import type { YamlScalar } from "./yaml-value.ts";

/** Equal for keys that are one key of a Python dict: `1`, `1.0` and `True` are. */
export function dictKey(key: YamlScalar): string {
  if (key === null) return "None";
  if (typeof key === "string") return `s:${key}`;
  if (typeof key === "boolean") return key ? "n:1" : "n:0";
  if (typeof key === "bigint") return `n:${key}`;
  if (typeof key === "number") return Number.isInteger(key) ? `n:${BigInt(key)}` : `n:${key}`;
  return key.kind === "timestamp" ? `t:${key.text}` : `b:${key.bytes.toString("hex")}`;
}

/**
 * Which of several merged pairs is kept. PyYAML drops a pair whose key *object* it has merged before: the same key node
 * (through an alias), and, because Python shares them, any key of at most one Latin-1 character. Of the others the last wins.
 */
export class MergedKeys {
  readonly #seen = new Set<unknown>();

  /** @param keyNode identity of the key's node */
  isRepeated(keyNode: object, key: YamlScalar, keyText: string | undefined): boolean {
    const text = typeof key === "string" ? key : keyText;
    const shared = text !== undefined && text.length <= 1 && (text === "" || text.charCodeAt(0) < 256);
    const identity = shared ? text : keyNode;
    if (this.#seen.has(identity)) return true;
    this.#seen.add(identity);
    return false;
  }
}
