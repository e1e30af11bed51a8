/** `sidecar.freshness.views`: an objective for each named feature view. */
import type { ViewFreshness } from "../model/freshness-settings.ts";
import { duration, type Kind } from "./parse-values.ts";
import { viewsMap } from "./parse-views.ts";

export const freshnessViews: Kind<ReadonlyMap<string, ViewFreshness>> = viewsMap(
  { objective: duration("allowed") },
  (written) => ({ objectiveMs: written.objective }),
);
