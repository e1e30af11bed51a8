/** The metrics of the row cache. Unit of counts, where nothing else is said: rows, that is one view of one entity key in one call. */
import type { MetricRow } from "./metric-row.ts";

export const CACHE_METRICS = {
  cacheEnabled: {
    name: "feast_sidecar_cache_enabled",
    kind: "gauge",
    help:
      "1 while rows can be kept, else 0; reason says why not: configured, store (it tells no changes), no_resp3, refused or in_doubt " +
      "(no Redis node tells any), asked (none has answered yet).",
    labels: ["reason"],
  },
  cacheRequests: {
    name: "feast_sidecar_cache_requests_total",
    kind: "counter",
    help: "Requests that asked the cache, by outcome: hit (all rows), partial, miss. Batches go past it.",
    labels: ["outcome"],
  },
  cacheHits: {
    name: "feast_sidecar_cache_hits_total",
    kind: "counter",
    help: "Rows answered from the cache at once (in shadow mode: would have been), by feature view as stored.",
    labels: ["view"],
  },
  cacheMisses: {
    name: "feast_sidecar_cache_misses_total",
    kind: "counter",
    help: "Rows that had to be read or waited for, by feature view as stored.",
    labels: ["view"],
  },
  cacheNegativeHits: {
    name: "feast_sidecar_cache_negative_hits_total",
    kind: "counter",
    help: "Hits that say that the row does not exist.",
    labels: [],
  },
  cacheSwrHits: {
    name: "feast_sidecar_cache_swr_hits_total",
    kind: "counter",
    help: "Hits past their ttl, shown while they were read anew (policy swr).",
    labels: [],
  },
  cacheStale: {
    name: "feast_sidecar_cache_stale_total",
    kind: "counter",
    help: "Rows past their ttl, or suspect, that were answered marked as stale.",
    labels: [],
  },
  cacheCoalesced: {
    name: "feast_sidecar_cache_coalesced_total",
    kind: "counter",
    help: "Misses that waited for a read that another request had begun.",
    labels: [],
  },
  cacheSuspect: {
    name: "feast_sidecar_cache_suspect_total",
    kind: "counter",
    help: "Misses whose row was there, but its changes may have gone unnoticed.",
    labels: [],
  },
  cacheDisabled: {
    name: "feast_sidecar_cache_disabled_total",
    kind: "counter",
    help: "Rows read past the cache because their view's policy is disabled.",
    labels: [],
  },
  cacheFilled: {
    name: "feast_sidecar_cache_filled_total",
    kind: "counter",
    help: "Rows put into the cache.",
    labels: [],
  },
  cacheRefused: {
    name: "feast_sidecar_cache_refused_total",
    kind: "counter",
    help:
      "Rows read and not kept: changed (while they were read), lag (of the node), feed (changes are not told), storm, signal (read too " +
      "soon after a freshness signal), older (than what is there), ttl (of zero), size (too large).",
    labels: ["reason"],
  },
  cacheInvalidated: {
    name: "feast_sidecar_cache_invalidated_total",
    kind: "counter",
    help: "Rows dropped because the store or a freshness signal said that they changed.",
    labels: [],
  },
  cacheEvicted: {
    name: "feast_sidecar_cache_evicted_total",
    kind: "counter",
    help: "Rows dropped to make room.",
    labels: [],
  },
  cacheReloadsFailed: {
    name: "feast_sidecar_cache_reloads_failed_total",
    kind: "counter",
    help: "Reads in the background (policy swr) that failed.",
    labels: [],
  },
  cacheStorms: {
    name: "feast_sidecar_cache_storms_total",
    kind: "counter",
    help: "Times that so many keys changed (a materialization) that no rows were put into the cache.",
    labels: [],
  },
  cacheStorm: { name: "feast_sidecar_cache_storm", kind: "gauge", help: "1 during such a storm, else 0.", labels: [] },
  cacheRows: { name: "feast_sidecar_cache_rows", kind: "gauge", help: "Rows held.", labels: [] },
  cacheKeys: {
    name: "feast_sidecar_cache_keys",
    kind: "gauge",
    help: "Entity keys held; those of rows that a freshness signal dropped count until they are come across.",
    labels: [],
  },
  cacheBytes: {
    name: "feast_sidecar_cache_bytes",
    kind: "gauge",
    help: "Memory of what is held with its overhead, in bytes; at most sidecar.cache.max_bytes.",
    labels: [],
  },
  cacheShadowRows: {
    name: "feast_sidecar_cache_shadow_rows_total",
    kind: "counter",
    help:
      "Shadow mode: rows that the cache would have answered, by outcome (same as the store, different, unsure: changed meanwhile) and by " +
      "age (upper bound in seconds, not cumulated).",
    labels: ["outcome", "age"],
  },
  freshnessSignals: {
    name: "feast_sidecar_freshness_signals_total",
    kind: "counter",
    help: "Freshness signals, by feature view.",
    labels: ["view"],
  },
  freshnessQuiet: {
    name: "feast_sidecar_freshness_quiet_seconds",
    kind: "gauge",
    help: "Seconds since the view's last freshness signal.",
    labels: ["view"],
  },
  freshnessUnknown: {
    name: "feast_sidecar_freshness_unknown_total",
    kind: "counter",
    help: "Freshness signals of views that the registry does not have, and keys in them of other projects; dropped.",
    labels: ["reason"],
  },
} as const satisfies Record<string, MetricRow>;
