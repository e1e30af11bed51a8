/** Finds the view whose rows a store has under a name. */
import type { FeatureView, RegistrySnapshot } from "./snapshot.ts";

/** feast/infra/online_stores/helpers.py:compute_versioned_name */
const VERSIONED = /^(.+)_v(\d+)$/s;
/** feast/feature_store.py:precompute_feature_service: a service's vectors lie under this and its name. */
export const PRECOMPUTED_PREFIX = "__precomputed__";

/** The view's name without a version, as operators write it; a view whose own name ends like that loses its end too. */
export function nameWithoutVersion(storageName: string): string {
  return VERSIONED.exec(storageName)?.[1] ?? storageName;
}

/** What operators wrote for a view: all versions have the same, unless one is named itself. @returns undefined = nothing */
export function writtenFor<T>(views: ReadonlyMap<string, T>, storageName: string): T | undefined {
  return views.get(storageName) ?? views.get(nameWithoutVersion(storageName));
}

/** @returns the version that the name says, the view as it is now when that version is not known; undefined = no such view */
export function storedView(snapshot: RegistrySnapshot, storageName: string): FeatureView | undefined {
  const named = snapshot.views.get(storageName);
  if (named !== undefined) return named;
  const [, name = "", version = ""] = VERSIONED.exec(storageName) ?? [];
  return snapshot.versions.get(name)?.get(Number(version)) ?? snapshot.views.get(name);
}

/** Rows can lie under this name: it is a view's, a known version's of one, or that of a service's vectors. */
export function isStorageName(snapshot: RegistrySnapshot, name: string): boolean {
  if (snapshot.views.has(name)) return true;
  const [, view = "", version = ""] = VERSIONED.exec(name) ?? [];
  // As written: `_v07` is none.
  const isVersion = String(Number(version)) === version;
  if (isVersion && snapshot.versions.get(view)?.has(Number(version))) return true;
  if (isVersion && snapshot.views.get(view)?.currentVersion === Number(version)) return true;
  return name.startsWith(PRECOMPUTED_PREFIX) && snapshot.services.has(name.slice(PRECOMPUTED_PREFIX.length));
}
