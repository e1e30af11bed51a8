/**
 * A registry message → the immutable picture of one project. Look-up rules are Feast's
 * (feast/infra/registry/proto_registry_utils.py): an object belongs to the project its spec names, the first of equal names
 * wins, and a broken object harms only those who ask for it.
 */
import { FeatureView as FeatureViewMessage } from "../gen/feast/core/FeatureView.ts";
import type { FeatureViewVersionRecord } from "../gen/feast/core/FeatureViewVersion.ts";
import { LabelView } from "../gen/feast/core/LabelView.ts";
import { OnDemandFeatureView } from "../gen/feast/core/OnDemandFeatureView.ts";
import type { Registry } from "../gen/feast/core/Registry.ts";
import { StreamFeatureView } from "../gen/feast/core/StreamFeatureView.ts";
import type { Entity, FeatureService, FeatureView, RegistrySnapshot } from "../model/snapshot.ts";
import {
  parseFeatureView,
  parseLabelView,
  parseOnDemandFeatureView,
  parseProjection,
  parseStreamFeatureView,
} from "./parse-view.ts";

export interface ParsedRegistry {
  readonly snapshot: RegistrySnapshot;
  /** false: the registry neither lists the project nor holds an object of it; the snapshot is empty. */
  readonly projectFound: boolean;
  /** Names of the projects that the registry lists. */
  readonly projects: readonly string[];
  /** Objects of the project that could not be understood and are missing from the snapshot: which, and why. */
  readonly problems: readonly string[];
}

/** Reads `project`'s objects; keeps nothing of the others'. Never throws. */
export function parseSnapshot(registry: Registry, project: string): ParsedRegistry {
  const problems: string[] = [];
  const own = <T extends { readonly spec: { readonly project: string } | undefined }>(messages: readonly T[]): T[] =>
    messages.filter((message) => message.spec?.project === project);

  const entities = collect("Entity", own(registry.entities), parseEntity, problems);
  const views = new Map<string, FeatureView>();
  collect("Feature view", own(registry.featureViews), parseFeatureView, problems, views);
  collect("Stream feature view", own(registry.streamFeatureViews), parseStreamFeatureView, problems, views);
  collect("On-demand feature view", own(registry.onDemandFeatureViews), parseOnDemandFeatureView, problems, views);
  collect("Label view", own(registry.labelViews), parseLabelView, problems, views);
  const services = collect("Feature service", own(registry.featureServices), parseService, problems);

  const records = registry.featureViewVersionHistory?.records.filter((record) => record.projectId === project) ?? [];
  const versions = parseVersions(records, problems);

  const projects = registry.projects.flatMap((message) => message.spec?.name ?? []);
  const isEmpty = entities.size + views.size + services.size + versions.size + problems.length === 0;
  const lastUpdated = registry.lastUpdated;
  const snapshot = Object.freeze({
    project,
    versionId: registry.versionId,
    lastUpdatedMs: lastUpdated ? Number(lastUpdated.seconds) * 1000 + Math.floor(lastUpdated.nanos / 1e6) : 0,
    entities,
    views,
    services,
    versions,
  });
  return { snapshot, projectFound: !isEmpty || projects.includes(project), projects, problems };
}

function collect<
  M extends { readonly spec: { readonly name: string } | undefined },
  T extends { readonly name: string },
>(
  what: string,
  messages: readonly M[],
  parse: (message: M) => T,
  problems: string[],
  into = new Map<string, T>(),
): Map<string, T> {
  for (const message of messages) {
    try {
      const parsed = parse(message);
      if (!into.has(parsed.name)) into.set(parsed.name, parsed);
    } catch (error) {
      problems.push(`${what} '${message.spec?.name ?? ""}': ${reasonOf(error)}`);
    }
  }
  return into;
}

/** feast/entity.py:from_proto */
function parseEntity(message: Registry["entities"][number]): Entity {
  const spec = message.spec;
  if (spec === undefined || spec.name === "") throw new Error("it has no name");
  return Object.freeze({ name: spec.name, joinKey: spec.joinKey, valueType: spec.valueType });
}

/** feast/feature_service.py:from_proto */
function parseService(message: Registry["featureServices"][number]): FeatureService {
  const spec = message.spec;
  if (spec === undefined || spec.name === "") throw new Error("it has no name");
  return Object.freeze({
    name: spec.name,
    projections: Object.freeze(spec.features.map(parseProjection)),
    precomputeOnline: spec.precomputeOnline,
  });
}

/** feast/infra/registry/proto_registry_utils.py:get_feature_view_by_version */
function parseVersions(
  records: readonly FeatureViewVersionRecord[],
  problems: string[],
): Map<string, Map<number, FeatureView>> {
  const versions = new Map<string, Map<number, FeatureView>>();
  for (const record of records) {
    let ofView = versions.get(record.featureViewName);
    if (ofView?.has(record.versionNumber)) continue;
    try {
      const view = parseStoredView(record.featureViewType, record.featureViewProto);
      ofView ??= new Map();
      ofView.set(record.versionNumber, Object.freeze({ ...view, currentVersion: record.versionNumber }));
      versions.set(record.featureViewName, ofView);
    } catch (error) {
      problems.push(`Version v${record.versionNumber} of feature view '${record.featureViewName}': ${reasonOf(error)}`);
    }
  }
  return versions;
}

function parseStoredView(type: string, bytes: Uint8Array): FeatureView {
  switch (type) {
    case "feature_view":
      return parseFeatureView(FeatureViewMessage.decode(bytes));
    case "stream_feature_view":
      return parseStreamFeatureView(StreamFeatureView.decode(bytes));
    case "on_demand_feature_view":
      return parseOnDemandFeatureView(OnDemandFeatureView.decode(bytes));
    case "label_view":
      return parseLabelView(LabelView.decode(bytes));
    default:
      throw new Error(`unknown feature view type '${type}'`);
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
