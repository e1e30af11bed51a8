/** Feature refs: `view[@version]:feature` (feast/utils.py:_parse_feature_or_view_ref). */
import { ServeError } from "../model/serve-error.ts";
import { pythonInt } from "./python-number.ts";
import { pythonRepr } from "./python-text.ts";

export interface FeatureRef {
  /** As the caller wrote it. */
  readonly text: string;
  readonly view: string;
  /** undefined = the current version. A bigint, because the error for one that does not exist prints all its digits. */
  readonly version: bigint | undefined;
  readonly feature: string;
}

/**
 * Splits a ref at its first colon, and the view part at its first `@`: `@` and `@latest` mean the current version,
 * `@v2` a number; any other suffix is part of the view's name.
 * @throws ServeError INVALID_ARGUMENT when there is no colon
 */
export function parseFeatureRef(text: string): FeatureRef {
  const colon = text.indexOf(":");
  if (colon < 0) {
    throw new ServeError(
      "INVALID_ARGUMENT",
      `Invalid feature reference '${text}'. Expected format: '<feature_view>:<feature>' or '<feature_view>@<version>:<feature>'`,
    );
  }
  const viewPart = text.slice(0, colon);
  const feature = text.slice(colon + 1);
  const at = viewPart.indexOf("@");
  if (at < 0) return { text, view: viewPart, version: undefined, feature };
  const name = viewPart.slice(0, at);
  const suffix = viewPart.slice(at + 1);
  if (suffix === "" || suffix.toLowerCase() === "latest") return { text, view: name, version: undefined, feature };
  // Python's \d takes decimal digits of every script, its $ also stands before a closing line feed.
  const digits = /^[vV](\p{Nd}+)\n?$/u.exec(suffix)?.[1];
  if (digits === undefined) return { text, view: viewPart, version: undefined, feature };
  return { text, view: name, version: pythonInt(digits), feature };
}

/** The key by which refs and resolved views meet: `view` or `view@vN` (feast/feature_view_projection.py:name_to_use). */
export function nameToUse(name: string, version: bigint | number | undefined): string {
  return version === undefined ? name : `${name}@v${version}`;
}

/**
 * Refuses two answer columns of the same name: by feature name, or by the whole ref where names are printed in full
 * (feast/utils.py:_validate_feature_refs).
 * @throws ServeError INVALID_ARGUMENT, FeatureNameCollisionError
 */
export function refuseCollisions(refs: readonly FeatureRef[], fullFeatureNames: boolean): void {
  const counts = new Map<string, number>();
  for (const ref of refs) {
    const key = fullFeatureNames ? ref.text : ref.feature;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const twice = [...counts].filter(([, count]) => count > 1).map(([key]) => key);
  if (twice.length === 0) return;
  const names = fullFeatureNames
    ? twice.map((ref) => ref.replaceAll(":", "__"))
    : // Feast prints what stands between the first and the second colon of each colliding ref.
      refs
        .filter((ref) => twice.some((name) => ref.text.endsWith(`:${name}`)))
        .map((ref) => ref.text.split(":")[1] ?? "");
  const advice = fullFeatureNames
    ? "To resolve this collision, please ensure that the feature views or their own features have different names. If you're intentionally joining the same feature view twice on different sets of entities, please rename one of the feature views with '.with_name'."
    : "To resolve this collision, either use the full feature name by setting 'full_feature_names=True', or ensure that the features in question have different names.";
  throw new ServeError(
    "INVALID_ARGUMENT",
    `Duplicate features named ${[...new Set(names)].join(", ")} found.\n${advice}`,
    { feastClass: "FeatureNameCollisionError" },
  );
}

/** The error of a feature that its view does not have: a Python KeyError, whose text is its argument's repr. */
export function featureNotFound(feature: string, view: string): ServeError {
  return new ServeError("INVALID_ARGUMENT", pythonRepr(`Feature ${feature} not found in projection ${view}`));
}
