/** How a question would be answered, in words: its plan, its keys in hex, the commands that would be sent. Asks no store. */
import type { FeatureStore } from "../model/feature-store.ts";
import type { FeatureRequest } from "../model/request.ts";
import { ServeError } from "../model/serve-error.ts";
import type { RegistrySnapshot } from "../model/snapshot.ts";
import type { Surface, SurfaceRules } from "../model/surface.ts";
import type { ExplainedPlan } from "../plan/explain-plan.ts";
import type { Planner } from "../plan/plan-request.ts";

export interface ExplainParts {
  readonly planner: Planner;
  readonly store: Pick<FeatureStore, "type" | "describe">;
  readonly rules: Readonly<Record<Surface, SurfaceRules>>;
  /** undefined = no registry was read yet. */
  readonly snapshot: () => RegistrySnapshot | undefined;
}

export type ExplainedRequest = ExplainedPlan & {
  readonly project: string;
  readonly store: string;
  readonly commands: readonly (readonly string[])[];
};

/** @throws ServeError as the request itself would be refused */
export function explainRequest(parts: ExplainParts, project: string, request: FeatureRequest): ExplainedRequest {
  const { planner, store, rules } = parts;
  const snapshot = parts.snapshot();
  if (snapshot === undefined) throw new ServeError("UNAVAILABLE", "The registry has not been read yet");
  const { plan, bound } = planner.explain(snapshot, request, rules[request.surface]);
  const commands = store.describe(bound.lookups).map(({ words }) => words);
  return { project, store: store.type, ...plan, commands };
}
