/** The rows about what stands behind calls: the cache, Redis, the process. */
import { type Row, rate, rates } from "./panel.ts";

const CACHE: Row = {
  title: "Cache",
  panels: [
    {
      title: "Rows by how they were had",
      about: "A row that was waited for is a miss as well.",
      kind: "timeseries",
      unit: "rowsps",
      queries: [
        rate("feast_sidecar_cache_hits_total", "hit"),
        rate("feast_sidecar_cache_misses_total", "miss"),
        rate("feast_sidecar_cache_coalesced_total", "waited for"),
        rate("feast_sidecar_cache_swr_hits_total", "shown while read anew"),
        rate("feast_sidecar_cache_suspect_total", "suspect"),
      ],
    },
    {
      title: "Hit rate by view",
      about: "Share of rows answered at once.",
      kind: "timeseries",
      unit: "percentunit",
      queries: [
        {
          expr: "sum by (view) (rate(feast_sidecar_cache_hits_total{$on}[$__rate_interval])) / (sum by (view) (rate(feast_sidecar_cache_hits_total{$on}[$__rate_interval])) + sum by (view) (rate(feast_sidecar_cache_misses_total{$on}[$__rate_interval])))",
          legend: "{{view}}",
        },
      ],
    },
    {
      title: "Memory",
      about: "Of what is held with its overhead; at most cache.max_bytes per sidecar.",
      kind: "timeseries",
      unit: "bytes",
      queries: [{ expr: "feast_sidecar_cache_bytes{$on}", legend: "{{instance}}" }],
    },
    {
      title: "Rows that go",
      about: "Dropped because they changed, to make room, or not kept at all.",
      kind: "timeseries",
      unit: "rowsps",
      queries: [
        rate("feast_sidecar_cache_invalidated_total", "changed"),
        rate("feast_sidecar_cache_evicted_total", "no room"),
        rates("feast_sidecar_cache_refused_total", ["reason"]),
      ],
    },
    {
      title: "Off, and why",
      about: "Sidecars that keep no rows.",
      kind: "timeseries",
      unit: "none",
      queries: [{ expr: "count by (reason) (feast_sidecar_cache_enabled{$on} == 0)", legend: "{{reason}}" }],
    },
  ],
};

const REDIS: Row = {
  title: "Redis",
  panels: [
    {
      title: "Nodes by state",
      about: "As the sidecars see them, each node once for each sidecar.",
      kind: "timeseries",
      unit: "none",
      queries: [
        {
          expr: "sum by (node, role, state) (feast_sidecar_redis_node_state{$on})",
          legend: "{{node}} {{role}} {{state}}",
        },
      ],
    },
    {
      title: "Latency by node",
      about: "Moving average of its latest answers, the slowest sidecar's.",
      kind: "timeseries",
      unit: "s",
      queries: [{ expr: "max by (node) (feast_sidecar_redis_node_latency_seconds{$on})", legend: "{{node}}" }],
    },
    {
      title: "Lag by node",
      about: "How long ago it was last known to be level with its primary. Beyond redis.max_lag it is not read.",
      kind: "timeseries",
      unit: "s",
      queries: [{ expr: "max by (node) (feast_sidecar_redis_node_lag_seconds{$on})", legend: "{{node}}" }],
    },
    {
      title: "Hedges and retries",
      about: "Reads sent a second time, and those that the ratios did not allow.",
      kind: "timeseries",
      unit: "ops",
      queries: [
        rate("feast_sidecar_redis_hedges_total", "hedged"),
        rate("feast_sidecar_redis_hedges_won_total", "hedge won"),
        rate("feast_sidecar_redis_retries_total", "repeated"),
        rates("feast_sidecar_redis_budget_refused_total", ["reason"]),
        rates("feast_sidecar_redis_gate_opened_total", ["node"]),
      ],
    },
    {
      title: "Reads by outcome",
      about: "Against the online store.",
      kind: "timeseries",
      unit: "ops",
      queries: [rates("feast_sidecar_store_reads_total", ["outcome"])],
    },
  ],
};

const PROCESS: Row = {
  title: "Process",
  panels: [
    {
      title: "CPU",
      about: "Cores.",
      kind: "timeseries",
      unit: "none",
      queries: [
        { expr: "rate(feast_sidecar_process_cpu_seconds_total{$on}[$__rate_interval])", legend: "{{instance}}" },
      ],
    },
    {
      title: "Memory",
      about: "Resident.",
      kind: "timeseries",
      unit: "bytes",
      queries: [{ expr: "feast_sidecar_process_resident_memory_bytes{$on}", legend: "{{instance}}" }],
    },
    {
      title: "Loop delay, P99",
      about: "Sampled every 10 ms, which are in it: an idle loop shows 10 ms.",
      kind: "timeseries",
      unit: "s",
      alarmAt: 0.02,
      queries: [{ expr: "feast_sidecar_nodejs_eventloop_lag_p99_seconds{$on}", legend: "{{instance}}" }],
    },
    {
      title: "Garbage collection",
      about: "Share of time in pauses, by kind.",
      kind: "timeseries",
      unit: "percentunit",
      queries: [rates("feast_sidecar_nodejs_gc_duration_seconds_sum", ["kind"])],
    },
    {
      title: "Connections",
      about: "Open on the data port; turned away because of limits.max_connections.",
      kind: "timeseries",
      unit: "short",
      queries: [
        { expr: "sum(feast_sidecar_connections{$on})", legend: "open" },
        rate("feast_sidecar_connections_refused_total", "turned away per second"),
      ],
    },
    {
      title: "Certificates, time left",
      about: "Of the sidecar whose certificate ends first, by what it is for. The alert's line is seven days.",
      kind: "timeseries",
      unit: "s",
      queries: [
        {
          expr: "min by (role) (feast_sidecar_tls_certificate_expiry_timestamp_seconds{$on}) - time()",
          legend: "{{role}}",
        },
      ],
    },
    {
      title: "Lost traces",
      about: "Spans that were not exported: the collector does not take them.",
      kind: "timeseries",
      unit: "ops",
      queries: [rate("feast_sidecar_trace_spans_dropped_total", "dropped")],
    },
  ],
};

export const PART_ROWS: readonly Row[] = [CACHE, REDIS, PROCESS];
