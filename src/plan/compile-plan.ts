/**
 * Compiles what a request asks for (a service or a list of refs, and its flags) against one registry snapshot into a plan.
 * Everything here is done once per shape; a request then only binds its rows. No I/O, no clock.
 */
import type { FeatureRequest } from "../model/request.ts";
import { ServeError } from "../model/serve-error.ts";
import type { FeatureService, RegistrySnapshot } from "../model/snapshot.ts";
import { DUMMY_ENTITY_NAME } from "../model/snapshot.ts";
import type { Surface } from "../model/surface.ts";
import { unreadableVectors } from "../model/unreadable-vectors.ts";
import type { ColumnBinding } from "./bind-columns.ts";
import { groupFeatures, type PlannedRead } from "./group-features.ts";
import { collectKeyNames, type KeyNames } from "./key-names.ts";
import { type FeatureRef, nameToUse, parseFeatureRef, refuseCollisions } from "./parse-feature-ref.ts";
import { type ResolveOptions, resolveViews } from "./resolve-views.ts";

export interface PlanOptions extends Omit<ResolveOptions, "stateGate"> {
  /** Names inside a precomputed vector are always full, so Feast fails every request for short ones; `fix` serves them. */
  readonly precomputeNames: "fix" | "copy";
}

export interface Plan {
  readonly surface: Surface;
  /** "" = the request names its features itself. */
  readonly service: string;
  readonly reads: readonly PlannedRead[];
  readonly keyNames: KeyNames;
  readonly fullFeatureNames: boolean;
  readonly versionMetadata: boolean;
  /** A read view has no entity: the stand-in key column is added to every row. */
  readonly entityless: boolean;
  /** Name of the service whose vectors were computed ahead and are read instead of the views. */
  readonly precomputedService: string | undefined;
  /** Feast's bug copied: thrown once the keys were found to be good. */
  readonly unreadableVectors: ServeError | undefined;
  /** Bindings by column names, see bind-columns.ts; bounded there. */
  readonly bindings: Map<string, ColumnBinding>;
}

/** @throws ServeError, the first rule that fails in Feast's order (feast/utils.py:_get_online_request_context) */
export function compilePlan(
  snapshot: RegistrySnapshot,
  request: Pick<
    FeatureRequest,
    "surface" | "featureService" | "features" | "fullFeatureNames" | "includeVersionMetadata"
  >,
  options: PlanOptions & { readonly stateGate: boolean },
): Plan {
  const service = request.featureService === "" ? undefined : findService(snapshot, request.featureService);
  const refs = service === undefined ? request.features.map(parseFeatureRef) : serviceRefs(service);
  if (refs.length === 0 && service === undefined) {
    throw new ServeError("INVALID_ARGUMENT", "No features specified for retrieval");
  }
  const resolution = resolveViews(snapshot, service ?? refs, options);
  const keyNames = collectKeyNames(snapshot, resolution.views);
  refuseCollisions(refs, request.fullFeatureNames);
  const reads = groupFeatures(refs, resolution);
  const precomputed = service?.precomputeOnline === true && resolution.onDemandViews.length === 0 && reads.length > 0;
  const copiesBug = precomputed && !request.fullFeatureNames && options.precomputeNames === "copy";
  return {
    reads,
    keyNames,
    surface: request.surface,
    service: request.featureService,
    fullFeatureNames: request.fullFeatureNames,
    // Feast's gRPC server ignores the flag (feast/infra/contrib/grpc_server.py); ServingService callers may ask.
    versionMetadata: request.includeVersionMetadata && request.surface !== "grpc_feature_server" && !precomputed,
    entityless: reads.some(({ resolved }) => resolved.view.entities.includes(DUMMY_ENTITY_NAME)),
    precomputedService: precomputed ? request.featureService : undefined,
    unreadableVectors: copiesBug ? unreadableVectors(request.featureService) : undefined,
    bindings: new Map(),
  };
}

function findService(snapshot: RegistrySnapshot, name: string): FeatureService {
  const service = snapshot.services.get(name);
  if (service !== undefined) return service;
  throw new ServeError("NOT_FOUND", `Feature service ${name} does not exist in project ${snapshot.project}`, {
    feastClass: "FeatureServiceNotFoundException",
  });
}

/** feast/utils.py:_get_features: every feature of every projection, under the projection's own name. */
function serviceRefs(service: FeatureService): FeatureRef[] {
  const refs: FeatureRef[] = [];
  for (const projection of service.projections) {
    const view = nameToUse(projection.alias || projection.viewName, projection.versionTag);
    for (const field of projection.features) refs.push(parseFeatureRef(`${view}:${field.name}`));
  }
  return refs;
}
