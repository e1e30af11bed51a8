/** `sidecar.budget` → one `BudgetSettings`, with the rules between its keys and the cache. */
import type { BudgetSettings } from "../model/budget-settings.ts";
import { type CacheSettings, hasNamedTtl } from "../model/cache-settings.ts";
import type { CollectedOptions } from "./collect-options.ts";
import type { Findings } from "./problem.ts";

/**
 * @param storeType `online_store.type`. SQLite, for trying things out, is read by a worker thread and takes as long as it takes: its slice
 *   binds only when it is written
 * @param findings gets warnings about what can have no effect
 */
export function buildBudgetSettings(
  options: CollectedOptions,
  storeType: string,
  cache: CacheSettings,
  findings: Findings,
): BudgetSettings {
  const { values } = options;
  const settings: BudgetSettings = {
    sliceMs: values["budget.slice"],
    sliceBinds: storeType !== "sqlite" || options.sourceOf("budget.slice").kind !== "default",
    reserveMs: values["budget.reserve"],
    envelopeCells: values["budget.envelope_cells"],
    onLate: values["budget.on_late"],
    views: values["budget.views"],
  };
  warnOfStale(settings, storeType, cache, findings);
  return settings;
}

function warnOfStale(
  { onLate, views }: BudgetSettings,
  storeType: string,
  cache: CacheSettings,
  { warnings }: Findings,
): void {
  if (cache.mode !== "live" || (storeType === "sqlite" && !hasNamedTtl(cache))) {
    const why =
      cache.mode === "live"
        ? "SQLite does not tell what changes, and no sidecar.cache.ttl is written, so there are no rows to show"
        : `sidecar.cache.mode is ${cache.mode}, so there are no rows to show`;
    if (onLate === "stale") warnings.push(`sidecar.budget.on_late: stale has no effect: ${why}`);
    for (const [view, own] of views) {
      if (own.onLate === "stale") warnings.push(`sidecar.budget.views.${view}.on_late: stale has no effect: ${why}`);
    }
    return;
  }
  for (const [view, own] of views) {
    const policy = cache.views.get(view)?.policy ?? cache.policy.policy;
    if ((own.onLate ?? onLate) !== "stale" || policy !== "disabled") continue;
    warnings.push(`sidecar.budget.views.${view}.on_late: stale has no effect: its cache policy is disabled`);
  }
  if (onLate === "stale" && cache.policy.policy === "disabled") {
    warnings.push(
      "sidecar.budget.on_late: stale has an effect only for views that sidecar.cache.views names: the cache policy is disabled",
    );
  }
}
