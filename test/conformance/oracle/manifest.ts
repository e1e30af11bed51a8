/** Types of the manifest that `feast/build.py` writes: what a random request may ask for. */

/** A key value with its kind, integers as decimal text: `{"int64":"1"}`, `{"string":"c1"}`, `{"bytes":"AP8="}` (base64). */
export type TaggedKey =
  | { readonly int64: string }
  | { readonly int32: string }
  | { readonly unix_timestamp: string }
  | { readonly string: string }
  | { readonly bytes: string };

/** `type` is a name of `feast.types.ValueType.Enum`. */
export interface ManifestField {
  readonly name: string;
  readonly type: string;
}

/** A request column; `key` is the join key it stands for, null for request data of an on-demand view. */
export interface ManifestColumn extends ManifestField {
  readonly key: string | null;
}

export interface ManifestView {
  readonly name: string;
  /** Python class: FeatureView, BatchFeatureView, StreamFeatureView, LabelView, OnDemandFeatureView. */
  readonly kind: string;
  readonly entities: readonly string[];
  readonly joinKeys: readonly ManifestField[];
  readonly features: readonly ManifestField[];
  readonly ttlSeconds: number;
  readonly state: string | null;
  readonly disabled: boolean;
  readonly online: boolean;
  readonly currentVersion: number | null;
  /** Stored key tuples, join key → value. */
  readonly rows: readonly Readonly<Record<string, TaggedKey>>[];
  readonly columns: readonly ManifestColumn[];
  /** What real Feast answers to a request for the first feature: null = an answer, else `Class: text`. */
  readonly error: string | null;
  /** On-demand views only. */
  readonly stored?: boolean;
  readonly mode?: string;
  readonly singleton?: boolean;
  readonly sources?: readonly string[];
  readonly requestFields?: readonly ManifestField[];
}

export interface ManifestProjection {
  readonly view: string;
  readonly alias: string | null;
  readonly version: number | null;
  readonly nameToUse: string;
  readonly joinKeyMap: Readonly<Record<string, string>>;
  readonly features: readonly ManifestField[];
}

export interface ManifestService {
  readonly name: string;
  readonly precompute: boolean;
  readonly columns: readonly ManifestColumn[];
  readonly projections: readonly ManifestProjection[];
  /** As for views, with short and with full feature names. */
  readonly error: string | null;
  readonly fullError: string | null;
}

export interface ManifestRepo {
  readonly project: string;
  readonly store: "sqlite" | "redis";
  readonly keyVersion: number;
  readonly versioning: boolean;
  readonly entities: readonly { readonly name: string; readonly joinKey: string }[];
  readonly views: readonly ManifestView[];
  readonly keys: Readonly<
    Record<
      string,
      { readonly type: string; readonly present: readonly TaggedKey[]; readonly absent: readonly TaggedKey[] }
    >
  >;
  readonly services: readonly ManifestService[];
  /** View → versions in the registry's history (`v0`, …); only for repositories with versioning. */
  readonly viewVersions: Readonly<Record<string, readonly string[]>>;
}

export type RepoName = "sqlite" | "redis" | "versions-sqlite" | "versions-redis" | "keyv2-redis";

export interface Manifest {
  /** The Redis port that the configuration files name. */
  readonly redisPort: number;
  readonly repos: Readonly<Record<RepoName, ManifestRepo>>;
}
