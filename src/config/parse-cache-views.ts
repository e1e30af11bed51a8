/** `sidecar.cache.views`: a policy for each named feature view. */
import type { CachePolicy } from "../model/cache-settings.ts";
import { nearestName } from "./nearest-name.ts";
import { duration, type Kind, type Parsed, word } from "./parse-values.ts";
import { isMap, type YamlNode } from "./yaml-value.ts";

const anyDuration = duration("allowed");
const KINDS = {
  policy: word("ttl", "swr", "disabled"),
  ttl: anyDuration,
  stale_for: anyDuration,
  negative_ttl: anyDuration,
} as const;
const FIELDS = { policy: "policy", ttl: "ttlMs", stale_for: "staleForMs", negative_ttl: "negativeTtlMs" } as const;
type Key = keyof typeof KINDS;

/** Feature view → what differs from the default policy. Names are not checked here: the registry changes. */
export const cacheViews: Kind<ReadonlyMap<string, Partial<CachePolicy>>> = {
  expected: "a map from feature views to maps with any of the keys policy, ttl, stale_for, negative_ttl",
  fromText: "yaml",
  parse({ value }) {
    if (!isMap(value)) return { ok: false };
    const views = new Map<string, Partial<CachePolicy>>();
    for (const { key, value: node } of value.entries) {
      if (typeof key !== "string" || key === "") return { ok: false, why: "the name of a view is not text" };
      const policy = parsePolicy(node);
      if (!policy.ok) return { ok: false, why: `view ${key}: ${policy.why ?? "not a map"}` };
      views.set(key, policy.value);
    }
    return { ok: true, value: views };
  },
};

function parsePolicy(node: YamlNode): Parsed<Partial<CachePolicy>> {
  if (!isMap(node.value)) return { ok: false };
  const policy: Record<string, unknown> = {};
  for (const { key, value } of node.value.entries) {
    if (typeof key !== "string" || !isKey(key)) {
      const near = typeof key === "string" ? nearestName(key, Object.keys(KINDS)) : undefined;
      return {
        ok: false,
        why: `a key is unknown; ${near === undefined ? cacheViews.expected : `did you mean ${near}?`}`,
      };
    }
    const parsed = KINDS[key].parse(value);
    if (!parsed.ok)
      return { ok: false, why: `${key}: expected ${KINDS[key].expected}${parsed.why ? ` (${parsed.why})` : ""}` };
    policy[FIELDS[key]] = parsed.value;
    if (key === "ttl") policy["isTtlNamed"] = true;
  }
  return { ok: true, value: policy };
}

function isKey(key: string): key is Key {
  return Object.hasOwn(KINDS, key);
}
