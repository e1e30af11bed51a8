/** feast/infra/online_stores/online_store.py:get_online_features: one sentence for every way a precomputed read can fail. */
import { ServeError } from "./serve-error.ts";

export function unreadableVectors(service: string, cause?: unknown): ServeError {
  return new ServeError(
    "FAILED_PRECONDITION",
    `FeatureService '${service}' has precompute_online=True but pre-computed vectors could not be read. Run \`feast precompute ${service}\` or materialize to populate vectors.`,
    { cause },
  );
}
