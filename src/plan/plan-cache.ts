/** Remembers compiled plans per registry snapshot, so that a refresh drops them all at once. */
import type { FeatureRequest } from "../model/request.ts";
import type { RegistrySnapshot } from "../model/snapshot.ts";
import type { Surface, SurfaceRules } from "../model/surface.ts";
import { compilePlan, type Plan, type PlanOptions } from "./compile-plan.ts";

/** A client that makes up ref lists must not grow memory without end; real services ask a few dozen shapes. */
const MAX_PLANS = 1000;

export interface DescribedPlan {
  readonly surface: Surface;
  /** undefined = the request names its features itself. */
  readonly service: string | undefined;
  readonly fullFeatureNames: boolean;
  readonly views: readonly { readonly name: string; readonly storageName: string; readonly features: number }[];
}

export class PlanCache {
  readonly #options: PlanOptions;
  readonly #bySnapshot = new WeakMap<RegistrySnapshot, Map<string, Plan>>();

  constructor(options: PlanOptions) {
    this.#options = options;
  }

  /** The plan of a request's shape, compiled at most once per snapshot. @throws ServeError as {@link compilePlan} */
  planFor(snapshot: RegistrySnapshot, request: FeatureRequest, rules: SurfaceRules): Plan {
    let plans = this.#bySnapshot.get(snapshot);
    if (plans === undefined) {
      plans = new Map();
      this.#bySnapshot.set(snapshot, plans);
    }
    const key = shapeKey(request);
    const known = plans.get(key);
    if (known !== undefined) return known;
    const plan = compilePlan(snapshot, request, { ...this.#options, stateGate: rules.stateGate });
    if (plans.size >= MAX_PLANS) plans.clear();
    plans.set(key, plan);
    return plan;
  }

  /** Those of a snapshot, in the order in which they were compiled, for people. */
  describe(snapshot: RegistrySnapshot): readonly DescribedPlan[] {
    const plans = this.#bySnapshot.get(snapshot)?.values() ?? [];
    return [...plans].map(({ surface, service, fullFeatureNames, reads }) => ({
      surface,
      service: service === "" ? undefined : service,
      fullFeatureNames,
      views: reads.map(({ resolved, featureNames }) => ({
        name: resolved.nameToUse,
        storageName: resolved.storageName,
        features: featureNames.length,
      })),
    }));
  }
}

/** Of a service's requests, which are most: made once per service and flags, because putting texts together takes 0.2 µs. */
const serviceKeys = new Map<string, string[]>();
const MAX_SERVICE_KEYS = 1000;
const SURFACES = ["serving_service", "grpc_feature_server", "http"];

function serviceKey(request: FeatureRequest): string {
  const { surface, featureService, fullFeatureNames, includeVersionMetadata } = request;
  let keys = serviceKeys.get(featureService);
  if (keys === undefined) {
    if (serviceKeys.size >= MAX_SERVICE_KEYS) serviceKeys.clear();
    keys = [];
    serviceKeys.set(featureService, keys);
  }
  const index = SURFACES.indexOf(surface) * 4 + (fullFeatureNames ? 2 : 0) + (includeVersionMetadata ? 1 : 0);
  keys[index] ??= `${surface}\n${fullFeatureNames}${includeVersionMetadata}\nservice\n${featureService}`;
  return keys[index];
}

function shapeKey(request: FeatureRequest): string {
  if (request.featureService !== "") return serviceKey(request);
  const flags = `${request.surface}\n${request.fullFeatureNames}${request.includeVersionMetadata}`;
  // Lengths make the key unambiguous whatever the refs contain.
  let key = `${flags}\nrefs`;
  for (const ref of request.features) key += `\n${ref.length}:${ref}`;
  return key;
}
