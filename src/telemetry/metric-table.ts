/** Every metric of our own, once: metrics.ts registers them, scripts/generate-metrics-table.ts prints them. */

import { CACHE_METRICS } from "./cache-metric-table.ts";
import type { MetricRow } from "./metric-row.ts";

/** All names carry this prefix, prom-client's process metrics included. */
export const METRIC_PREFIX = "feast_sidecar_";

/** Upper bounds of the duration buckets: 25 µs to 1 s. */
export const DURATION_BUCKETS_SECONDS: readonly number[] = [
  0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1,
];

export const METRICS = {
  requests: {
    name: "feast_sidecar_requests_total",
    kind: "counter",
    help: "GetOnlineFeatures requests answered, by surface and outcome (OK or the refusal's code).",
    labels: ["surface", "outcome"],
  },
  requestDuration: {
    name: "feast_sidecar_request_duration_seconds",
    kind: "histogram",
    help: "Time from the complete request to the answer handed to the socket, in seconds.",
    labels: ["surface"],
  },
  hopDuration: {
    name: "feast_sidecar_hop_duration_seconds",
    kind: "histogram",
    help:
      "Time that calls spent in each hop they went through: loop (work of the event loop that came before theirs), admission, plan, " +
      "cache, wait (for a read that another call began), redis, assemble, write.",
    labels: ["hop"],
  },
  budgetLeft: {
    name: "feast_sidecar_budget_left_seconds",
    kind: "histogram",
    help: "Of answers: time that was left until they were due, in seconds; 0 = they were late.",
    labels: [],
  },
  breaches: {
    name: "feast_sidecar_breaches_total",
    kind: "counter",
    help: "Answers after the time by which they were due, by the hop that took longest.",
    labels: ["hop"],
  },
  viewCells: {
    name: "feast_sidecar_view_cells_total",
    kind: "counter",
    help:
      "Cells of answers that are not just values, by feature view (at most 200, then other) and outcome: missing (key, row or feature), null, " +
      "expired (older than the view's ttl), stale, default, partial.",
    labels: ["view", "outcome"],
  },
  viewAge: {
    name: "feast_sidecar_view_age_seconds",
    kind: "gauge",
    help: "Age of event times in answers of the last minute or two, sampled ten times a second: the newest and the oldest, in seconds.",
    labels: ["view", "which"],
  },
  freshnessRows: {
    name: "feast_sidecar_freshness_rows_total",
    kind: "counter",
    help:
      "Rows of answers by feature view (at most 200, then other), of views with an objective in sidecar.freshness: within it, or older by " +
      "their event time when they were answered.",
    labels: ["view", "outcome"],
  },
  spansSent: {
    name: "feast_sidecar_trace_spans_sent_total",
    kind: "counter",
    help: "Spans that the receiver of traces took.",
    labels: [],
  },
  spansDropped: {
    name: "feast_sidecar_trace_spans_dropped_total",
    kind: "counter",
    help: "Spans that were not sent: no room in the queue, or refused by the receiver; and calls beyond the rate of the tail rule.",
    labels: [],
  },
  inFlight: {
    name: "feast_sidecar_in_flight",
    kind: "gauge",
    help: "Calls that wait for the online store.",
    labels: [],
  },
  inFlightLimit: {
    name: "feast_sidecar_in_flight_limit",
    kind: "gauge",
    help:
      "How many calls may wait before more are refused, while the event loop is late, or the oldest read of the store or a large request " +
      "that waits for its turn has waited long.",
    labels: [],
  },
  registryAge: {
    name: "feast_sidecar_registry_age_seconds",
    kind: "gauge",
    help: "Seconds since the registry was last read successfully; absent until the first time.",
    labels: [],
  },
  registryRefresh: {
    name: "feast_sidecar_registry_refresh_total",
    kind: "counter",
    help: "Registry refreshes, by outcome (swapped, unchanged, failed).",
    labels: ["outcome"],
  },
  storeUp: {
    name: "feast_sidecar_store_up",
    kind: "gauge",
    help: "1 while the online store is reachable, else 0.",
    labels: [],
  },
  storeReads: {
    name: "feast_sidecar_store_reads_total",
    kind: "counter",
    help: "Reads against the online store, by outcome (ok, unavailable, deadline, error).",
    labels: ["outcome"],
  },
  degradedRows: {
    name: "feast_sidecar_degraded_rows_total",
    kind: "counter",
    help:
      "Rows of answers that stand in for rows which could not be had in time, one for each view: by policy (stale, default, partial) and " +
      "reason (deadline, outage, lag, overload).",
    labels: ["policy", "reason"],
  },
  unfitDefaults: {
    name: "feast_sidecar_unfit_defaults",
    kind: "gauge",
    help: "Values declared in sidecar.budget.views that do not fit the registry in use; they count as undeclared.",
    labels: [],
  },
  redisNodeState: {
    name: "feast_sidecar_redis_node_state",
    kind: "gauge",
    help:
      "1 for each Redis node (at most 64) as it is now: serving, gated (does not answer as it should, asked only while no other " +
      "can be), out (connected, not asked: behind, not in sync, or left alone by read_from), down (no connection).",
    labels: ["node", "role", "state"],
  },
  redisNodeLatency: {
    name: "feast_sidecar_redis_node_latency_seconds",
    kind: "gauge",
    help: "Moving average of the node's latest answers, in seconds; absent until the first.",
    labels: ["node"],
  },
  redisNodeLag: {
    name: "feast_sidecar_redis_node_lag_seconds",
    kind: "gauge",
    help: "How long ago the node was last known to be level with its primary, in seconds; absent while not known.",
    labels: ["node"],
  },
  redisNodeInFlight: {
    name: "feast_sidecar_redis_node_in_flight",
    kind: "gauge",
    help: "Reads sent to the node whose answers have not come.",
    labels: ["node"],
  },
  redisGateOpened: {
    name: "feast_sidecar_redis_gate_opened_total",
    kind: "counter",
    help: "Times that reads began to keep away from the node: it did not answer, or its connection broke.",
    labels: ["node"],
  },
  redisHedges: {
    name: "feast_sidecar_redis_hedges_total",
    kind: "counter",
    help: "Reads sent to a second Redis node because the first took longer than usual.",
    labels: [],
  },
  redisHedgesWon: {
    name: "feast_sidecar_redis_hedges_won_total",
    kind: "counter",
    help: "Hedges whose answer came first.",
    labels: [],
  },
  redisRetries: {
    name: "feast_sidecar_redis_retries_total",
    kind: "counter",
    help: "Reads repeated on another Redis node because the first failed or was silent.",
    labels: [],
  },
  redisBudgetRefused: {
    name: "feast_sidecar_redis_budget_refused_total",
    kind: "counter",
    help: "Hedges and retries that were due and not sent because of redis.hedge.max_ratio or redis.retry.max_ratio.",
    labels: ["reason"],
  },
  redisStaleReads: {
    name: "feast_sidecar_redis_stale_reads_total",
    kind: "counter",
    help: "Reads answered by a node further behind than redis.max_lag, because no other had the data.",
    labels: [],
  },
  redisNodeTracking: {
    name: "feast_sidecar_redis_node_tracking",
    kind: "gauge",
    help:
      "1 while the node tells what changes, else 0; reason: on, asked (not connected, or no answer yet), no_resp3, refused (unknown or " +
      "not allowed), in_doubt (behind or silent). Absent without a cache.",
    labels: ["node", "reason"],
  },
  redisPushes: {
    name: "feast_sidecar_redis_invalidation_pushes_total",
    kind: "counter",
    help: "Messages of Redis that keys changed.",
    labels: [],
  },
  redisKeysInvalidated: {
    name: "feast_sidecar_redis_keys_invalidated_total",
    kind: "counter",
    help: "Keys that they named; one that is read from several nodes is named by each.",
    labels: [],
  },
  redisFlushes: {
    name: "feast_sidecar_redis_flushes_total",
    kind: "counter",
    help: "Of these messages, those that say that everything changed (FLUSHALL, FLUSHDB).",
    labels: [],
  },
  freshnessMessages: {
    name: "feast_sidecar_freshness_messages_total",
    kind: "counter",
    help: "Messages on sidecar.freshness.channel by outcome: accepted, refused (of another form, or longer than 1 MiB).",
    labels: ["outcome"],
  },
  ...CACHE_METRICS,
  certificateExpiry: {
    name: "feast_sidecar_tls_certificate_expiry_timestamp_seconds",
    kind: "gauge",
    help:
      "Until when the certificates in use are good, in seconds since 1970, by role: listener (the data port's chain, the first of it to end), " +
      "client_ca, store and sentinel (shown to Redis), store_ca, sentinel_ca (of several authorities the last to end). Absent without TLS.",
    labels: ["role"],
  },
  connections: {
    name: "feast_sidecar_connections",
    kind: "gauge",
    help: "Open client connections on the data port.",
    labels: [],
  },
  connectionsRefused: {
    name: "feast_sidecar_connections_refused_total",
    kind: "counter",
    help: "Connections closed at once because sidecar.limits.max_connections was reached.",
    labels: [],
  },
} as const satisfies Record<string, MetricRow>;

/** The table of docs/metrics.md, a Markdown fragment. */
export function metricsMarkdown(): string {
  const rows = Object.values(METRICS).map((metric: MetricRow) => {
    const labels = metric.labels.length === 0 ? "–" : metric.labels.map((label) => `\`${label}\``).join(", ");
    return `| \`${metric.name}\` | ${metric.kind} | ${unitOf(metric.name)} | ${labels} | ${metric.help} |`;
  });
  return ["| Metric | Kind | Unit | Labels | Meaning |", "|---|---|---|---|---|", ...rows].join("\n");
}

/** The base unit that a name ends with; a number of what it names otherwise. */
export function unitOf(name: string): string {
  return /_(seconds|bytes)(?:_total)?$/.exec(name)?.[1] ?? "–";
}
