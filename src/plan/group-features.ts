/** From refs to reads: which features of which view, in the order of the answer (feast/utils.py:_group_feature_refs). */
import { ServeError } from "../model/serve-error.ts";
import { type FeatureRef, featureNotFound, nameToUse } from "./parse-feature-ref.ts";
import type { Resolution, ResolvedView } from "./resolve-views.ts";

/** One view to read. Features are unique and in order of first request (Feast's own order within a view is a hash set's). */
export interface PlannedRead {
  readonly resolved: ResolvedView;
  readonly featureNames: readonly string[];
}

/**
 * @throws ServeError NOT_FOUND for a ref whose view was not resolved, INVALID_ARGUMENT for a feature that the view lacks,
 *   UNIMPLEMENTED for an on-demand view that is computed at request time
 */
export function groupFeatures(refs: readonly FeatureRef[], resolution: Resolution): PlannedRead[] {
  const stored = new Map(resolution.views.map((resolved) => [resolved.nameToUse, resolved]));
  const computed = new Map<string, ResolvedView>();
  for (const resolved of resolution.onDemandViews) {
    const byName = resolved.view.onDemand?.writeToOnlineStore === true ? stored : computed;
    byName.set(resolved.nameToUse, resolved);
  }
  const reads = new Map<string, { resolved: ResolvedView; featureNames: Set<string> }>();
  let firstComputed: ResolvedView | undefined;
  for (const ref of refs) {
    const key = nameToUse(ref.view, ref.version);
    const resolved = stored.get(key);
    if (resolved === undefined) {
      const onDemand = computed.get(key);
      if (onDemand === undefined) {
        throw new ServeError("NOT_FOUND", `Feature view ${key} does not exist`, {
          feastClass: "FeatureViewNotFoundException",
        });
      }
      requireFeature(onDemand, ref.feature);
      firstComputed ??= onDemand;
      continue;
    }
    // A stored on-demand view's feature names are not checked: an unknown one is read and comes back missing.
    if (resolved.view.onDemand === undefined) requireFeature(resolved, ref.feature);
    const read = reads.get(key);
    if (read === undefined) reads.set(key, { resolved, featureNames: new Set([ref.feature]) });
    else read.featureNames.add(ref.feature);
  }
  if (firstComputed !== undefined) throw computedAtRequestTime(firstComputed.view.name);
  return [...reads.values()].map(({ resolved, featureNames }) => ({ resolved, featureNames: [...featureNames] }));
}

function requireFeature(resolved: ResolvedView, feature: string): void {
  if (!resolved.features.some((field) => field.name === feature)) throw featureNotFound(feature, resolved.nameToUse);
}

function computedAtRequestTime(view: string): ServeError {
  return new ServeError(
    "UNIMPLEMENTED",
    `On-demand feature view '${view}' is computed at request time, which feast-sidecar does not do: it runs no Python. Store its outputs (write_to_online_store=True) or ask Feast's own feature server for it.`,
  );
}
