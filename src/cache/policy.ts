/** For how long rows of a view are kept, from what the operator wrote and what the view itself says. */
import type { CachePolicy, CacheSettings } from "../model/cache-settings.ts";
import { writtenFor } from "../model/stored-view.ts";

/** Policy of a view: its own settings over the default. */
export function policyOf(storageName: string, settings: Pick<CacheSettings, "policy" | "views">): CachePolicy {
  const own = writtenFor(settings.views, storageName);
  return own === undefined ? settings.policy : { ...settings.policy, ...own };
}

export interface Lifetime {
  readonly policy: CachePolicy;
  /** The ttl that Feast has for the view, 0 = none: a row is not fresh for longer. */
  readonly viewTtlMs: number;
}

/**
 * How long a row is fresh, counted from the moment its read began.
 * @param isAbsent the row does not exist
 * @param shorten 0–1: share of the ttl that is left out, so that rows read together do not end together
 */
export function freshForMs({ policy, viewTtlMs }: Lifetime, isAbsent: boolean, shorten: number): number {
  const ttlMs = isAbsent ? policy.negativeTtlMs : policy.ttlMs;
  const ceilingMs = viewTtlMs > 0 ? Math.min(ttlMs, viewTtlMs) : ttlMs;
  return ceilingMs * (1 - shorten);
}
