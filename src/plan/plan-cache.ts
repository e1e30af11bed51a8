/** Remembers compiled plans per registry snapshot, so that a refresh drops them all at once. */
import type { FeatureRequest } from "../model/request.ts";
import type { RegistrySnapshot } from "../model/snapshot.ts";
import type { SurfaceRules } from "../model/surface.ts";
import { compilePlan, type Plan, type PlanOptions } from "./compile-plan.ts";

/** A client that makes up ref lists must not grow memory without end; real services ask a few dozen shapes. */
const MAX_PLANS = 1000;

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
}

function shapeKey(request: FeatureRequest): string {
  const flags = `${request.surface}\n${request.fullFeatureNames}${request.includeVersionMetadata}`;
  if (request.featureService !== "") return `${flags}\nservice\n${request.featureService}`;
  // Lengths make the key unambiguous whatever the refs contain.
  let key = `${flags}\nrefs`;
  for (const ref of request.features) key += `\n${ref.length}:${ref}`;
  return key;
}
