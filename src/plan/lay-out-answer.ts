/** Where each cell of the answer comes from: slots of the lookups, and the columns of the answer over them. */
import type { OutputFeature, PrecomputedShape } from "../model/bound-request.ts";
import type { LookupShape, LookupView } from "../model/lookup.ts";
import { PRECOMPUTED_PREFIX } from "../model/stored-view.ts";
import type { Plan } from "./compile-plan.ts";
import type { PlannedRead } from "./group-features.ts";

/** The views of one lookup. */
export interface ReadGroup {
  readonly reads: readonly PlannedRead[];
}

/** One slot per feature and one for the timestamp, view after view. */
export function lookupShape(reads: readonly PlannedRead[]): LookupShape {
  const views: LookupView[] = [];
  let slot = 0;
  for (const { resolved, featureNames } of reads) {
    const timestampSlot = slot + featureNames.length;
    views.push({ storageName: resolved.storageName, featureNames, firstSlot: slot, timestampSlot });
    slot = timestampSlot + 1;
  }
  return { views, stride: slot };
}

function outputName(plan: Plan, read: PlannedRead, feature: string): string {
  return plan.fullFeatureNames ? `${read.resolved.nameToUse}__${feature}` : feature;
}

/** Outputs in the order of the answer: view by view as first asked for, whatever lookup a view went into. */
export function storedOutputs(plan: Plan, groups: readonly ReadGroup[]): OutputFeature[] {
  const outputs: OutputFeature[] = [];
  for (const read of plan.reads) {
    const lookup = groups.findIndex((group) => group.reads.includes(read));
    const group = groups[lookup] as ReadGroup;
    const view = group.reads.indexOf(read);
    const { firstSlot, timestampSlot } = lookupShape(group.reads).views[view] as LookupView;
    read.featureNames.forEach((feature, index) => {
      outputs.push({
        name: outputName(plan, read, feature),
        lookup,
        view,
        slot: firstSlot + index,
        timestampSlot,
        ttlSeconds: read.resolved.view.ttlSeconds,
      });
    });
  }
  return outputs;
}

/** feast/utils.py:_populate_response_from_feature_data: one entry per plain name, the first one's version. */
export function viewVersions(reads: readonly PlannedRead[]): { name: string; version: number }[] {
  const versions = new Map<string, number>();
  for (const { resolved } of reads) {
    if (!versions.has(resolved.plainName)) versions.set(resolved.plainName, resolved.version);
  }
  return [...versions].map(([name, version]) => ({ name, version }));
}

/** One blob under a view made up from the service's name. */
export function precomputedLookup(service: string): LookupShape {
  const view = {
    storageName: PRECOMPUTED_PREFIX + service,
    featureNames: ["vector"],
    firstSlot: 0,
    timestampSlot: 1,
  };
  return { views: [view], stride: 2 };
}

export function precomputedOutputs(plan: Plan): OutputFeature[] {
  return plan.reads.flatMap((read) =>
    read.featureNames.map((feature) => ({
      name: outputName(plan, read, feature),
      lookup: 0,
      view: 0,
      slot: 0,
      timestampSlot: 1,
      ttlSeconds: read.resolved.view.ttlSeconds,
    })),
  );
}

export function precomputedShape(plan: Plan): PrecomputedShape | undefined {
  if (plan.precomputedService === undefined) return undefined;
  const storedNames = plan.reads.flatMap((read) =>
    read.featureNames.map((feature) => `${read.resolved.nameToUse}__${feature}`),
  );
  return { service: plan.precomputedService, storedNames };
}
