/** `sidecar.cache.views`: a policy for each named feature view. */
import type { CachePolicy } from "../model/cache-settings.ts";
import { duration, type Kind, word } from "./parse-values.ts";
import { viewsMap } from "./parse-views.ts";

const anyDuration = duration("allowed");
const KINDS = {
  policy: word("ttl", "swr", "disabled"),
  ttl: anyDuration,
  stale_for: anyDuration,
  negative_ttl: anyDuration,
} as const;

/** Feature view → what differs from the default policy. */
export const cacheViews: Kind<ReadonlyMap<string, Partial<CachePolicy>>> = viewsMap(KINDS, (written) => ({
  ...(written.policy !== undefined && { policy: written.policy }),
  ...(written.ttl !== undefined && { ttlMs: written.ttl, isTtlNamed: true }),
  ...(written.stale_for !== undefined && { staleForMs: written.stale_for }),
  ...(written.negative_ttl !== undefined && { negativeTtlMs: written.negative_ttl }),
}));
