/** Feast's four kinds of view messages → the one `FeatureView` of the model. */
import type { FeatureSpecV2 } from "../gen/feast/core/Feature.ts";
import type { FeatureView as FeatureViewMessage, FeatureViewState } from "../gen/feast/core/FeatureView.ts";
import type { FeatureViewProjection } from "../gen/feast/core/FeatureViewProjection.ts";
import type { LabelView } from "../gen/feast/core/LabelView.ts";
import type { OnDemandFeatureView, OnDemandSource } from "../gen/feast/core/OnDemandFeatureView.ts";
import type { StreamFeatureView } from "../gen/feast/core/StreamFeatureView.ts";
import type { FeatureView, Field, OnDemandPart, Projection, ViewState } from "../model/snapshot.ts";

/** By number, feast.core.FeatureViewState. */
const VIEW_STATES: readonly ViewState[] = [
  "STATE_UNSPECIFIED",
  "CREATED",
  "GENERATED",
  "MATERIALIZING",
  "AVAILABLE_ONLINE",
];

/** The fields that all kinds of view specs have, on-demand views without ttl, label views without version and disabled. */
interface CommonSpec {
  readonly name: string;
  readonly entities: readonly string[];
  readonly entityColumns: readonly FeatureSpecV2[];
  readonly features: readonly FeatureSpecV2[];
  readonly ttl?: { readonly seconds: bigint } | undefined;
  readonly version?: string;
  readonly disabled?: boolean;
}

interface CommonMeta {
  readonly currentVersionNumber: number;
  readonly state: FeatureViewState;
}

/** @throws Error when it has no spec or no name; the same holds for the other kinds */
export function parseFeatureView(message: FeatureViewMessage): FeatureView {
  return parseView("feature_view", message.spec, message.meta, undefined);
}

export function parseStreamFeatureView(message: StreamFeatureView): FeatureView {
  return parseView("stream_feature_view", message.spec, message.meta, undefined);
}

/** @throws Error also when one of its sources is of no known kind */
export function parseOnDemandFeatureView(message: OnDemandFeatureView): FeatureView {
  const spec = message.spec;
  const onDemand = spec && parseOnDemandPart(spec.sources, spec.writeToOnlineStore);
  return parseView("on_demand_feature_view", spec, message.meta, onDemand);
}

/** Label views have no state (feast/labeling/label_view.py:from_proto). */
export function parseLabelView(message: LabelView): FeatureView {
  const view = parseView("label_view", message.spec, undefined, undefined);
  return Object.freeze({ ...view, state: undefined });
}

export function parseProjection(message: FeatureViewProjection): Projection {
  return Object.freeze({
    viewName: message.featureViewName,
    alias: message.featureViewNameAlias,
    features: parseFields(message.featureColumns),
    joinKeyMap: new Map(message.joinKeyMap),
    versionTag: message.versionTag,
  });
}

function parseView(
  kind: FeatureView["kind"],
  spec: CommonSpec | undefined,
  meta: CommonMeta | undefined,
  onDemand: OnDemandPart | undefined,
): FeatureView {
  if (spec === undefined || spec.name === "") throw new Error("it has no name");
  return Object.freeze({
    kind,
    name: spec.name,
    entities: Object.freeze([...spec.entities]),
    entityColumns: parseFields(spec.entityColumns),
    features: parseFields(spec.features),
    ttlSeconds: Number(spec.ttl?.seconds ?? 0n),
    disabled: spec.disabled ?? false,
    state: VIEW_STATES[meta?.state ?? 0] ?? "STATE_UNSPECIFIED",
    currentVersion: currentVersion(meta?.currentVersionNumber ?? 0, spec.version ?? ""),
    onDemand,
  });
}

/** feast/feature_view.py:_from_proto_internal; the number 0 alone cannot be told from "not versioned". */
function currentVersion(number: number, specVersion: string): number | undefined {
  if (number > 0) return number;
  return number === 0 && specVersion !== "" && specVersion.toLowerCase() !== "latest" ? 0 : undefined;
}

/** feast/on_demand_feature_view.py:_parse_sources_from_proto; sorted by source name, because a protobuf map has no order. */
function parseOnDemandPart(sources: ReadonlyMap<string, OnDemandSource>, writeToOnlineStore: boolean): OnDemandPart {
  const sourceProjections: Projection[] = [];
  const requestFields = new Set<string>();
  for (const name of [...sources.keys()].sort()) {
    const source = sources.get(name)?.source;
    switch (source?.$case) {
      case "featureView":
        sourceProjections.push(projectWhole(parseFeatureView(source.featureView)));
        break;
      case "featureViewProjection":
        sourceProjections.push(parseProjection(source.featureViewProjection));
        break;
      case "requestDataSource": {
        const options = source.requestDataSource.options;
        for (const field of options?.requestDataOptions.schema ?? []) requestFields.add(field.name);
        break;
      }
      case undefined:
        throw new Error(`its source '${name}' is neither a view, a projection nor a request source`);
    }
  }
  return Object.freeze({
    writeToOnlineStore,
    sourceProjections: Object.freeze(sourceProjections),
    requestFields: Object.freeze([...requestFields]),
  });
}

/** feast/feature_view_projection.py:from_feature_view_definition */
function projectWhole(view: FeatureView): Projection {
  return Object.freeze({
    viewName: view.name,
    alias: "",
    features: view.features,
    joinKeyMap: new Map<string, string>(),
    versionTag: undefined,
  });
}

function parseFields(specs: readonly FeatureSpecV2[]): readonly Field[] {
  return Object.freeze(specs.map((spec) => Object.freeze({ name: spec.name, valueType: spec.valueType })));
}
