/**
 * An immutable picture of one project's part of a Feast registry. Built by `registry/`, read by `plan/`;
 * a refresh swaps the whole object, so anything derived from one may be memoised on it (WeakMap).
 */

/** A field of a view. `valueType` is a `feast.types.ValueType.Enum` number (= the field number in `Value`). */
export interface Field {
  readonly name: string;
  readonly valueType: number;
}

/** `feast.core.FeatureViewState`; unknown numbers are read as 0. */
export type ViewState = "STATE_UNSPECIFIED" | "CREATED" | "GENERATED" | "MATERIALIZING" | "AVAILABLE_ONLINE";

export type ViewKind = "feature_view" | "stream_feature_view" | "on_demand_feature_view" | "label_view";

export interface FeatureView {
  readonly kind: ViewKind;
  readonly name: string;
  /** Entity names in stored order; `["__dummy"]` = entityless. */
  readonly entities: readonly string[];
  /** Named by join key; `valueType` is the type that the store key was written with. */
  readonly entityColumns: readonly Field[];
  readonly features: readonly Field[];
  /** Whole seconds, 0 = no limit. */
  readonly ttlSeconds: number;
  readonly disabled: boolean;
  /** Label views have no state: undefined. */
  readonly state: ViewState | undefined;
  /**
   * `FeatureViewMeta.current_version_number` when > 0; 0 when it is 0 and `spec.version` is set and not "latest"
   * (any case); else undefined (feast/feature_view.py:from_proto).
   */
  readonly currentVersion: number | undefined;
  /** Only on on-demand views. */
  readonly onDemand: OnDemandPart | undefined;
}

export interface OnDemandPart {
  /** true: its outputs are stored like an ordinary view's and read back without any transformation. */
  readonly writeToOnlineStore: boolean;
  /** `source_feature_view_projections` in stored (map iteration = sorted by source name) order. */
  readonly sourceProjections: readonly Projection[];
  /** Names of all fields of its request sources. */
  readonly requestFields: readonly string[];
}

/** `feast.core.FeatureViewProjection`. */
export interface Projection {
  readonly viewName: string;
  /** "" = none. */
  readonly alias: string;
  readonly features: readonly Field[];
  /** View join key → request column. */
  readonly joinKeyMap: ReadonlyMap<string, string>;
  /** Presence matters: 0 is a real version. */
  readonly versionTag: number | undefined;
}

export interface FeatureService {
  readonly name: string;
  readonly projections: readonly Projection[];
  readonly precomputeOnline: boolean;
}

export interface Entity {
  readonly name: string;
  readonly joinKey: string;
  readonly valueType: number;
}

export interface RegistrySnapshot {
  readonly project: string;
  /** Registry's own `version_id`, "" when the registry has none. */
  readonly versionId: string;
  /** Registry's `last_updated`, epoch milliseconds, 0 = not set. */
  readonly lastUpdatedMs: number;
  readonly entities: ReadonlyMap<string, Entity>;
  /**
   * Views by name, first hit of feature, stream, on-demand, label views
   * (feast/infra/registry/proto_registry_utils.py:get_any_feature_view).
   */
  readonly views: ReadonlyMap<string, FeatureView>;
  readonly services: ReadonlyMap<string, FeatureService>;
  /** Stored versions: view name → version number → that version's view (its `currentVersion` is the number). */
  readonly versions: ReadonlyMap<string, ReadonlyMap<number, FeatureView>>;
}

/** Name and join key of Feast's stand-in entity for views without one (feast/feature_view.py:DUMMY_ENTITY). */
export const DUMMY_ENTITY_NAME = "__dummy";
export const DUMMY_JOIN_KEY = "__dummy_id";
