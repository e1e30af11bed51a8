/** The registry: read or not, how old, and whether it has what the configuration names. */
import type { UnfitDefault } from "../budget/late-views.ts";
import type { Settings } from "../config/settings.ts";
import type { RegistrySnapshot } from "../model/snapshot.ts";
import { type Finding, ok, trouble } from "./finding.ts";

/** Clocks of writers that are so far ahead are no rounding. */
const FUTURE_MS = 5000;

export interface RegistryFacts {
  /** undefined = it could not be read. */
  readonly snapshot: RegistrySnapshot | undefined;
  readonly error: Error | undefined;
  /** Epoch milliseconds; undefined = there is no file. */
  readonly fileTimeMs: number | undefined;
  readonly knowsView: (name: string) => boolean;
  readonly unfit: readonly UnfitDefault[];
}

/** @param epochMs now */
export function checkRegistry(settings: Settings, facts: RegistryFacts, epochMs: number): Finding[] {
  const { path } = settings.registry;
  const { snapshot, error } = facts;
  if (snapshot === undefined) {
    const advice = "run `feast apply`, mount the file where `registry.path` says, check `project`";
    return [trouble("registry", "fail", path, error?.message ?? "it could not be read", advice)];
  }
  const { project, views, services, lastUpdatedMs } = snapshot;
  const age = lastUpdatedMs === 0 ? "" : `, applied ${ageText(epochMs - lastUpdatedMs)} ago`;
  const found = [
    views.size === 0
      ? trouble("registry", "warn", path, `project ${project} has no views`, "run `feast apply`; is `project` right?")
      : ok("registry", path, `project ${project}: ${views.size} views, ${services.size} services${age}`),
  ];
  for (const [option, names] of [
    ["sidecar.cache.views", settings.cache.views.keys()],
    ["sidecar.budget.views", settings.budget.views.keys()],
    ["sidecar.freshness.views", settings.freshness.views.keys()],
  ] as const) {
    for (const name of names) {
      if (facts.knowsView(name)) continue;
      const what = `${option} names ${name}, which the registry does not have`;
      found.push(trouble("registry", "warn", name, what, "correct the name, or `feast apply` the view"));
    }
  }
  for (const { view, feature, reason } of facts.unfit) {
    const why = reason === "type" ? "is not of the feature's type" : "belongs to no feature of the view";
    const what = `sidecar.budget.views.${view}.defaults.${feature} ${why}; it counts as undeclared`;
    found.push(trouble("registry", "warn", view, what, "correct the value or the name (docs/budget.md)"));
  }
  if (facts.fileTimeMs !== undefined && facts.fileTimeMs - epochMs > FUTURE_MS) {
    const what = `the file was written ${ageText(facts.fileTimeMs - epochMs)} in the future by this machine's clock`;
    found.push(trouble("clock", "warn", path, what, "synchronize the clocks (NTP) of this machine and of the writer"));
  }
  return found;
}

/** Roughly, for a person. */
export function ageText(durationMs: number): string {
  const seconds = Math.max(0, Math.round(durationMs / 1000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} days`;
}
