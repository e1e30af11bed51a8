/** The rows about calls: how it goes now, where the slice went, what was answered. */
import { quantiles, type Row, rate, rates } from "./panel.ts";

const BAD = 'outcome=~"UNAVAILABLE|DEADLINE_EXCEEDED|RESOURCE_EXHAUSTED|INTERNAL"';

const NOW: Row = {
  title: "Now",
  panels: [
    {
      title: "Answers",
      about: "GetOnlineFeatures requests answered a second.",
      kind: "stat",
      unit: "reqps",
      queries: [rate("feast_sidecar_requests_total", "")],
    },
    {
      title: "Late or refused",
      about: "Share of answers after their time, or refused for a reason of ours. The alerts' objective is 0.1 %.",
      kind: "stat",
      unit: "percentunit",
      alarmAt: 0.001,
      queries: [
        {
          expr: `(sum(rate(feast_sidecar_breaches_total{$on}[$__rate_interval]) or rate(feast_sidecar_requests_total{$on,${BAD}}[$__rate_interval])) or vector(0)) / sum(rate(feast_sidecar_requests_total{$on}[$__rate_interval]))`,
          legend: "",
        },
      ],
    },
    {
      title: "P99",
      about: "Complete request to answer handed to the socket, all surfaces.",
      kind: "stat",
      unit: "s",
      alarmAt: 0.01,
      queries: quantiles("feast_sidecar_request_duration_seconds", []).slice(1, 2),
    },
    {
      title: "Rows from the cache",
      about: "Share of rows that were answered from the cache at once.",
      kind: "stat",
      unit: "percentunit",
      queries: [
        {
          expr: "sum(rate(feast_sidecar_cache_hits_total{$on}[$__rate_interval])) / (sum(rate(feast_sidecar_cache_hits_total{$on}[$__rate_interval])) + sum(rate(feast_sidecar_cache_misses_total{$on}[$__rate_interval])))",
          legend: "",
        },
      ],
    },
    {
      title: "Without a store",
      about: "Sidecars that cannot reach their online store now.",
      kind: "stat",
      unit: "none",
      alarmAt: 1,
      queries: [{ expr: "count(feast_sidecar_store_up{$on} == 0) or vector(0)", legend: "" }],
    },
    {
      title: "Oldest registry",
      about: "Longest time since a sidecar last read its registry.",
      kind: "stat",
      unit: "s",
      alarmAt: 600,
      queries: [{ expr: "max(feast_sidecar_registry_age_seconds{$on})", legend: "" }],
    },
  ],
};

const SLICE: Row = {
  title: "Where the slice went",
  panels: [
    {
      title: "Latency by surface",
      about: "Complete request to answer handed to the socket. The line is the default slice.",
      kind: "timeseries",
      unit: "s",
      alarmAt: 0.01,
      queries: quantiles("feast_sidecar_request_duration_seconds", ["surface"]),
    },
    {
      title: "P99 of each hop",
      about: "Of the calls that went through it; docs/budget.md says what a hop is.",
      kind: "timeseries",
      unit: "s",
      queries: quantiles("feast_sidecar_hop_duration_seconds", ["hop"]).slice(1, 2),
    },
    {
      title: "Mean time per call, by hop",
      about: "What the hops take of the mean call; stacked they are the whole of it.",
      kind: "timeseries",
      unit: "s",
      isStacked: true,
      queries: [
        {
          expr: "sum by (hop) (rate(feast_sidecar_hop_duration_seconds_sum{$on}[$__rate_interval])) / scalar(sum(rate(feast_sidecar_request_duration_seconds_count{$on}[$__rate_interval])))",
          legend: "{{hop}}",
        },
      ],
    },
    {
      title: "Left at the answer",
      about: "Time that was left when the answer was complete: what 50 %, 1 % and 0.1 % of calls had at most.",
      kind: "timeseries",
      unit: "s",
      queries: [0.5, 0.01, 0.001].map((share) => ({
        expr: `histogram_quantile(${share}, sum by (le) (rate(feast_sidecar_budget_left_seconds_bucket{$on}[$__rate_interval])))`,
        legend: `P${share * 100}`,
      })),
    },
    {
      title: "Late answers by their longest hop",
      about: "Answers that left after their time.",
      kind: "timeseries",
      unit: "ops",
      isStacked: true,
      queries: [rates("feast_sidecar_breaches_total", ["hop"])],
    },
    {
      title: "Under way, and the limit",
      about: "Calls that wait for the store, and how many may before more are refused.",
      kind: "timeseries",
      unit: "short",
      queries: [
        { expr: "sum(feast_sidecar_in_flight{$on})", legend: "under way" },
        { expr: "sum(feast_sidecar_in_flight_limit{$on})", legend: "limit" },
      ],
    },
  ],
};

const ANSWERS: Row = {
  title: "Answers and features",
  panels: [
    {
      title: "Outcomes",
      about: "OK, or the code of the refusal.",
      kind: "timeseries",
      unit: "reqps",
      queries: [rates("feast_sidecar_requests_total", ["outcome"])],
    },
    {
      title: "Rows that stand in",
      about: "For rows that could not be had in time: what stood in, and why.",
      kind: "timeseries",
      unit: "rowsps",
      queries: [rates("feast_sidecar_degraded_rows_total", ["policy", "reason"])],
    },
    {
      title: "Cells that are not as they should be",
      about: "By view: missing, null, past the view's ttl, or standing in.",
      kind: "timeseries",
      unit: "ops",
      queries: [rates("feast_sidecar_view_cells_total", ["view", "outcome"])],
    },
    {
      title: "Age of values",
      about: "Of the newest and the oldest event time seen, by view.",
      kind: "timeseries",
      unit: "s",
      queries: [{ expr: "max by (view, which) (feast_sidecar_view_age_seconds{$on})", legend: "{{view}} {{which}}" }],
    },
    {
      title: "Rows older than their objective",
      about: "Share of the rows of a view with an objective in sidecar.freshness. The alert's line is 1 %.",
      kind: "timeseries",
      unit: "percentunit",
      alarmAt: 0.01,
      queries: [
        {
          expr: 'sum by (view) (rate(feast_sidecar_freshness_rows_total{$on,outcome="older"}[$__rate_interval])) / sum by (view) (rate(feast_sidecar_freshness_rows_total{$on}[$__rate_interval]))',
          legend: "{{view}}",
        },
      ],
    },
  ],
};

export const CALL_ROWS: readonly Row[] = [NOW, SLICE, ANSWERS];
