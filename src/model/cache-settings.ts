/** How rows are cached: what `sidecar.cache` says, complete and checked. */

export interface CachePolicy {
  /** `ttl` = read anew once it is older; `swr` = shown while it is read anew; `disabled` = always read. */
  readonly policy: "ttl" | "swr" | "disabled";
  readonly ttlMs: number;
  /** The ttl was written, not the default: rows are kept even where the store does not tell of changes. */
  readonly isTtlNamed: boolean;
  /** After its ttl a row may be shown for so long where nothing better can be had, marked; with `swr` unmarked meanwhile. */
  readonly staleForMs: number;
  /** Of rows that do not exist. */
  readonly negativeTtlMs: number;
}

export interface CacheSettings {
  readonly mode: "live" | "disabled" | "shadow";
  readonly maxBytes: number;
  readonly policy: CachePolicy;
  /** 0–1: a row's ttl is shortened by up to this share. */
  readonly jitter: number;
  /** Join key whose value is the tenant; "" = no tenants. */
  readonly tenantKey: string;
  /** 0–1: of `maxBytes`, for one tenant while another needs room. */
  readonly tenantMaxShare: number;
  /** By feature view, over `policy`. */
  readonly views: ReadonlyMap<string, Partial<CachePolicy>>;
}

/** A ttl was written, for all views or for one: rows are kept even where the store does not tell of changes. */
export function hasNamedTtl({ policy, views }: Pick<CacheSettings, "policy" | "views">): boolean {
  return policy.isTtlNamed || [...views.values()].some((own) => own.isTtlNamed);
}
