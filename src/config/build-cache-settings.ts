/** `sidecar.cache` → one `CacheSettings`, with the rules between its keys and the online store. */
import type { CacheSettings } from "../model/cache-settings.ts";
import type { CollectedOptions } from "./collect-options.ts";
import type { Findings } from "./problem.ts";

/**
 * @param storeType `online_store.type`: only Redis tells of changes
 * @param findings gets warnings about what can have no effect
 */
export function buildCacheSettings(options: CollectedOptions, storeType: string, findings: Findings): CacheSettings {
  const { values } = options;
  const mode = values["cache.mode"];
  const settings: CacheSettings = {
    mode,
    maxBytes: values["cache.max_bytes"],
    policy: {
      policy: values["cache.policy"],
      ttlMs: values["cache.ttl"],
      isTtlNamed: options.sourceOf("cache.ttl").kind !== "default",
      staleForMs: values["cache.stale_for"],
      negativeTtlMs: values["cache.negative_ttl"],
    },
    jitter: values["cache.jitter"],
    tenantKey: values["cache.tenant_key"],
    tenantMaxShare: values["cache.tenant_max_share"],
    views: values["cache.views"],
  };
  if (values["freshness.channel"] !== "") {
    const unused = "sidecar.freshness.channel: unused, because";
    if (storeType === "sqlite") findings.warnings.push(`${unused} online_store.type is sqlite, which has no channels`);
    else if (mode === "disabled") findings.warnings.push(`${unused} sidecar.cache.mode is disabled`);
  }
  return settings;
}
