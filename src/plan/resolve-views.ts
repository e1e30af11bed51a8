/** From refs or a feature service to the views that a request touches (feast/utils.py:_get_feature_views_to_use). */
import { ServeError } from "../model/serve-error.ts";
import type { FeatureService, FeatureView, Field, Projection, RegistrySnapshot } from "../model/snapshot.ts";
import { type FeatureRef, nameToUse } from "./parse-feature-ref.ts";

/** A view as one request sees it: with its projection's name, features and key names. */
export interface ResolvedView {
  readonly view: FeatureView;
  /** Prefix of full feature names and the key that refs are matched with: alias or name, plus `@vN` when pinned. */
  readonly nameToUse: string;
  /** Alias or name without version: the name in the version metadata. */
  readonly plainName: string;
  readonly features: readonly Field[];
  /** View join key → request column. */
  readonly joinKeyMap: ReadonlyMap<string, string>;
  /** Name in the store. */
  readonly storageName: string;
  /** Version printed in the metadata, 0 = none. */
  readonly version: number;
}

export interface ResolveOptions {
  /** registry.enable_online_feature_view_versioning */
  readonly versioning: boolean;
  /** registry.serve_features_while_materializing */
  readonly serveWhileMaterializing: boolean;
  /** This surface's rule, see model/surface.ts. */
  readonly stateGate: boolean;
  /**
   * Feast forgets a view's current version when it applies a service's projection and so reads version 0
   * (feast/base_feature_view.py:with_projection). `fix` reads the current version, `copy` does as Feast does.
   */
  readonly serviceVersionBug: "fix" | "copy";
}

export interface Resolution {
  /** Ordinary views, and the source views of on-demand ones; unique by `nameToUse`, in order of first mention. */
  readonly views: readonly ResolvedView[];
  readonly onDemandViews: readonly ResolvedView[];
}

/** @throws ServeError for the first view that cannot be served, in Feast's order and words */
export function resolveViews(
  snapshot: RegistrySnapshot,
  wanted: FeatureService | readonly FeatureRef[],
  options: ResolveOptions,
): Resolution {
  const mentions = "projections" in wanted ? wanted.projections.map(fromProjection) : distinctViews(wanted);
  const views = new Map<string, ResolvedView>();
  const onDemandViews: ResolvedView[] = [];
  for (const { viewName, version, projection } of mentions) {
    const view = findView(snapshot, viewName, version, options.versioning);
    refuseUnservable(view, viewName, options);
    const resolved = applyProjection(view, projection, version, options);
    if (view.onDemand === undefined) {
      addOrMerge(views, resolved);
      continue;
    }
    onDemandViews.push(resolved);
    // Source views are not gated and always at their current version; they matter for key names and types.
    for (const source of view.onDemand.sourceProjections) {
      const sourceView = findView(snapshot, source.viewName, undefined, options.versioning);
      addOrMerge(views, applyProjection(sourceView, source, tagOf(source), options));
    }
  }
  return { views: [...views.values()], onDemandViews };
}

interface Mention {
  readonly viewName: string;
  readonly version: bigint | undefined;
  readonly projection: Projection | undefined;
}

function fromProjection(projection: Projection): Mention {
  return { viewName: projection.viewName, version: tagOf(projection), projection };
}

function tagOf({ versionTag }: Projection): bigint | undefined {
  return versionTag === undefined ? undefined : BigInt(versionTag);
}

function distinctViews(refs: readonly FeatureRef[]): Mention[] {
  const seen = new Map<string, Mention>();
  for (const ref of refs) {
    const key = nameToUse(ref.view, ref.version);
    if (!seen.has(key)) seen.set(key, { viewName: ref.view, version: ref.version, projection: undefined });
  }
  return [...seen.values()];
}

function findView(
  snapshot: RegistrySnapshot,
  name: string,
  version: bigint | undefined,
  versioning: boolean,
): FeatureView {
  if (version === undefined) {
    const view = snapshot.views.get(name);
    if (view !== undefined) return view;
    throw new ServeError("NOT_FOUND", `Feature view ${name} does not exist in project ${snapshot.project}`, {
      feastClass: "FeatureViewNotFoundException",
    });
  }
  if (!versioning) {
    throw new ServeError(
      "INVALID_ARGUMENT",
      `Version-qualified ref '${name}@v${version}' not supported: online versioning is disabled. Set 'enable_online_feature_view_versioning: true' under 'registry' in feature_store.yaml.`,
    );
  }
  const view = snapshot.versions.get(name)?.get(Number(version));
  if (view !== undefined) return view;
  throw new ServeError(
    "NOT_FOUND",
    `Version v${version} of feature view ${name} does not exist in project ${snapshot.project}`,
    { feastClass: "FeatureViewVersionNotFound" },
  );
}

function refuseUnservable(view: FeatureView, name: string, options: ResolveOptions): void {
  if (view.disabled) {
    throw new ServeError(
      "FAILED_PRECONDITION",
      `Feature view '${name}' is disabled and cannot serve features. Enable it with \`feast feature-views enable ${name}\` or set enabled=True.`,
    );
  }
  if (!options.stateGate || view.state === undefined) return;
  if (view.state === "STATE_UNSPECIFIED" || view.state === "AVAILABLE_ONLINE") return;
  if (view.state === "MATERIALIZING" && options.serveWhileMaterializing) return;
  throw new ServeError(
    "FAILED_PRECONDITION",
    `Feature view '${name}' is in state '${view.state}' and cannot serve features. Only AVAILABLE_ONLINE feature views can serve.`,
  );
}

/** Feast also compares descriptions and tags here; a difference in those cannot make an answer wrong, so only name and type count. */
function applyProjection(
  view: FeatureView,
  projection: Projection | undefined,
  version: bigint | undefined,
  options: ResolveOptions,
): ResolvedView {
  for (const field of projection?.features ?? []) {
    if (view.features.some((own) => own.name === field.name && own.valueType === field.valueType)) continue;
    throw new ServeError(
      "FAILED_PRECONDITION",
      `The projection for ${view.name} cannot be applied because it contains ${field.name} which the FeatureView doesn't have.`,
    );
  }
  const forgetsVersion = projection !== undefined && options.serviceVersionBug === "copy";
  const current = forgetsVersion ? undefined : view.currentVersion;
  const stored = options.versioning ? Number(version ?? current ?? 0) : 0;
  const plainName = projection?.alias || view.name;
  return {
    view,
    nameToUse: nameToUse(plainName, version),
    plainName,
    features: projection?.features ?? view.features,
    joinKeyMap: projection?.joinKeyMap ?? new Map(),
    storageName: stored > 0 ? `${view.name}_v${stored}` : view.name,
    version: current ?? 0,
  };
}

/** Two projections under one name become one view; the first one's key names stay. */
function addOrMerge(views: Map<string, ResolvedView>, added: ResolvedView): void {
  const existing = views.get(added.nameToUse);
  if (existing === undefined) {
    views.set(added.nameToUse, added);
    return;
  }
  const known = new Set(existing.features.map((field) => field.name));
  const features = [...existing.features, ...added.features.filter((field) => !known.has(field.name))];
  views.set(added.nameToUse, { ...existing, features });
}
