/** `sidecar.freshness` → one `FreshnessSettings`: by when values are too old. The channel is a matter of the store. */
import { type FreshnessSettings, hasObjective } from "../model/freshness-settings.ts";
import type { CollectedOptions } from "./collect-options.ts";
import type { Findings } from "./problem.ts";

/** @param findings gets a warning when nobody would see what is counted */
export function buildFreshnessSettings({ values }: CollectedOptions, { warnings }: Findings): FreshnessSettings {
  const settings: FreshnessSettings = {
    objectiveMs: values["freshness.objective"],
    views: values["freshness.views"],
  };
  if (hasObjective(settings) && !values.metrics) {
    warnings.push("sidecar.freshness: its objectives have no effect, because sidecar.metrics is false");
  }
  return settings;
}
