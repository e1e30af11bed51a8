/** `sidecar.cache.views`: a policy for each named feature view. */
import type { CachePolicy } from "../model/cache-settings.ts";
import { duration, type InnerFault, type InnerUnknownKey, type Kind, word } from "./parse-values.ts";
import { isMap, scalarText, type YamlEntry } from "./yaml-value.ts";

const anyDuration = duration("allowed");
const KINDS = {
  policy: word("ttl", "swr", "disabled"),
  ttl: anyDuration,
  stale_for: anyDuration,
  negative_ttl: anyDuration,
} as const;
const FIELDS = { policy: "policy", ttl: "ttlMs", stale_for: "staleForMs", negative_ttl: "negativeTtlMs" } as const;
type Key = keyof typeof KINDS;
const KEYS = Object.keys(KINDS);
const POLICY_MAP = `a map with any of the keys ${KEYS.join(", ")}`;

/** Feature view → what differs from the default policy. Names are not checked here: the registry changes. */
export const cacheViews: Kind<ReadonlyMap<string, Partial<CachePolicy>>> = {
  expected: "a map from feature views to maps with any of the keys policy, ttl, stale_for, negative_ttl",
  fromText: "yaml",
  parse({ value }) {
    if (!isMap(value)) return { ok: false };
    const views = new Map<string, Partial<CachePolicy>>();
    const inside: (InnerFault | InnerUnknownKey)[] = [];
    for (const entry of value.entries) {
      const fault = nameFault(entry);
      if (fault !== undefined) inside.push(fault);
      views.set(viewPath(entry), parsePolicy(entry, inside));
    }
    return inside.length === 0 ? { ok: true, value: views } : { ok: false, inside };
  },
};

/** The view's name; what stands there when it is not one. */
function viewPath({ key, keyText }: YamlEntry): string {
  if (typeof key === "string") return key === "" ? '""' : key;
  return keyText === undefined || keyText === "" ? scalarText(key) : keyText;
}

function nameFault(entry: YamlEntry): InnerFault | undefined {
  const { key, value: node, line } = entry;
  if (typeof key === "string" && key !== "") return undefined;
  const path = viewPath(entry);
  let why = key === "" ? "the name of a view is empty" : "the name of a view is not text";
  if (typeof key === "boolean") why = `YAML reads the unquoted key ${path} as a boolean`;
  return { path, node, line, expected: "the name of a feature view, in quotes unless YAML reads it as text", why };
}

/** @param inside gets every problem */
function parsePolicy(view: YamlEntry, inside: (InnerFault | InnerUnknownKey)[]): Partial<CachePolicy> {
  const policy: Record<string, unknown> = {};
  const path = viewPath(view);
  if (!isMap(view.value.value)) {
    inside.push({ path, node: view.value, line: view.line, expected: POLICY_MAP });
    return policy;
  }
  for (const entry of view.value.value.entries) {
    const { key, value: node, line } = entry;
    if (typeof key !== "string" || !isKey(key)) {
      inside.push({ path, entry, known: KEYS });
      continue;
    }
    const parsed = KINDS[key].parse(node);
    if (parsed.ok) policy[FIELDS[key]] = parsed.value;
    else inside.push({ path: `${path}.${key}`, node, line, expected: KINDS[key].expected, why: parsed.why });
    if (key === "ttl") policy["isTtlNamed"] = true;
  }
  return policy;
}

function isKey(key: string): key is Key {
  return Object.hasOwn(KINDS, key);
}
