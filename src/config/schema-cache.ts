/** The options below `sidecar.cache` and `sidecar.freshness`: rows of the table in schema.ts. */
import { option } from "./option-row.ts";
import { cacheViews } from "./parse-cache-views.ts";
import { freshnessViews } from "./parse-freshness-views.ts";
import { byteSize, duration, ratio, text, word } from "./parse-values.ts";

const anyDuration = duration("allowed");

export const CACHE_OPTIONS = {
  "cache.mode": option(
    word("live", "disabled", "shadow"),
    "live",
    "`live` = answer from the cache what it holds; `shadow` = read everything, and only count how often and by how much the cache would have been behind; `disabled` = no cache. With a store that does not tell of changes (SQLite; Redis without client tracking) it is off unless `cache.ttl` is written.",
  ),
  "cache.max_bytes": option(byteSize, "32MiB", "Memory of the cache, overhead included."),
  "cache.policy": option(
    word("ttl", "swr", "disabled"),
    "ttl",
    "`ttl` = a row older than its ttl is read anew; `swr` = it is shown at once and read anew in the background, for at most `stale_for`; `disabled` = always read. For all views that `cache.views` does not name.",
  ),
  "cache.ttl": option(
    anyDuration,
    "60s",
    "Age at which a row is read anew though nothing was heard of a change; a view's own Feast ttl is a ceiling.",
  ),
  "cache.stale_for": option(anyDuration, "5m", "How long after that a row is kept for when nothing better can be had."),
  "cache.negative_ttl": option(anyDuration, "1s", "The ttl of rows that do not exist."),
  "cache.jitter": option(
    ratio,
    "0.1",
    "Each row's ttl is shortened by a random part of up to this share, so that rows read together are not read anew together.",
  ),
  "cache.tenant_key": option(
    text,
    '""',
    "Join key whose value tells tenants apart; rows without it count as one tenant. Empty = no tenants.",
  ),
  "cache.tenant_max_share": option(
    ratio,
    "0.5",
    "Share of the cache that one tenant may keep while another one needs room.",
  ),
  "cache.views": option(
    cacheViews,
    "{}",
    "Feature view → any of `policy`, `ttl`, `stale_for`, `negative_ttl`, in place of the values above.",
  ),
  "freshness.channel": option(
    text,
    '""',
    'Channel of the Redis of the online store (PUBLISH) on which writers say what they have written, so that it is not taken from the cache: `{"view":"driver_stats"}`, or `{"view":"driver_stats","entity_keys":["<hex of the Redis key>"]}` for some rows only. Messages of another form, or over 1 MiB, are counted and dropped. Empty = none.',
  ),
  "freshness.objective": option(
    anyDuration,
    "0s",
    "How long ago the event time of a value may be when it is answered; 0s = no objective. Nothing is answered otherwise for it: rows are counted, within it and older (`feast_sidecar_freshness_rows_total`). For all views that `freshness.views` does not name.",
  ),
  "freshness.views": option(freshnessViews, "{}", "Feature view → `objective`, in place of the value above."),
} as const;
