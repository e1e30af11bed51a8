/** The dashboard and the alert rules read metrics that there are, by labels that these have. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import type { MetricRow } from "../../../src/telemetry/metric-row.ts";
import { METRICS } from "../../../src/telemetry/metric-table.ts";
import { createMetrics } from "../../../src/telemetry/metrics.ts";
import { groupLabelsOf, selectorsOf } from "./promql-names.ts";

interface Rules {
  readonly groups: readonly { readonly rules: readonly { readonly expr: string }[] }[];
}

const rulesText = readFileSync(new URL("../../../deploy/prometheus/alerts.yaml", import.meta.url), "utf8");
const dashboardText = readFileSync(new URL("../../../deploy/grafana/feast-sidecar.json", import.meta.url), "utf8");
const ruleExprs = (parse(rulesText) as Rules).groups.flatMap(({ rules }) => rules.map(({ expr }) => expr));
const panelExprs = [...dashboardText.matchAll(/"(?:expr|query|definition)": ("(?:[^"\\]|\\.)*")/g)].map(
  ([, json = ""]) => JSON.parse(json) as string,
);

/** Name as it is scraped → labels. */
const known = new Map<string, readonly string[]>();
for (const { name, kind, labels } of Object.values(METRICS) as MetricRow[]) {
  known.set(name, labels);
  if (kind === "histogram") addHistogram(name, labels);
}
// prom-client's own, which are in no table.
const ofProcess = createMetrics({ registryAgeSeconds: () => undefined, processMetrics: true });
for (const [, name = "", kind] of (await ofProcess.render()).body.matchAll(/^# TYPE (\S+) (\w+)$/gm)) {
  if (known.has(name)) continue;
  known.set(name, ["kind"]);
  if (kind === "histogram") addHistogram(name, ["kind"]);
}

function addHistogram(name: string, labels: readonly string[]): void {
  for (const suffix of ["_bucket", "_sum", "_count"]) known.set(name + suffix, labels);
}

/** Sentences about what is not there. */
function strangers(expr: string): string[] {
  const selectors = selectorsOf(expr);
  const labelsThere = selectors.flatMap(({ metric }) => known.get(metric) ?? []);
  return [
    ...selectors.filter(({ metric }) => !known.has(metric)).map(({ metric }) => `${metric} is no metric`),
    ...selectors.flatMap(({ metric, labels }) =>
      labels
        .filter((label) => known.get(metric)?.includes(label) === false)
        .map((label) => `${metric} has no ${label}`),
    ),
    ...groupLabelsOf(expr)
      .filter((label) => !labelsThere.includes(label) && !expr.includes("feast_sidecar:"))
      .map((label) => `nothing has ${label}: ${expr}`),
  ];
}

describe("metrics in deploy/", () => {
  it("of the alert rules are there", () => {
    expect(ruleExprs.length).toBeGreaterThan(10);
    expect(ruleExprs.flatMap(strangers)).toEqual([]);
  });

  it("of the dashboard are there", () => {
    expect(panelExprs.length).toBeGreaterThan(40);
    expect(panelExprs.flatMap(strangers)).toEqual([]);
  });

  it.each([
    ["sum(feast_sidecar_nope_total)", ["feast_sidecar_nope_total is no metric"]],
    ['feast_sidecar_store_up{view="x"}', ["feast_sidecar_store_up has no view"]],
    ["sum by (hop) (feast_sidecar_store_up)", ["nothing has hop: sum by (hop) (feast_sidecar_store_up)"]],
    ["rate(feast_sidecar_hop_duration_seconds[5m])", []],
    ["feast_sidecar_request_duration_seconds_max", ["feast_sidecar_request_duration_seconds_max is no metric"]],
  ])("strange ones are found: %s", (expr, sentences) => {
    expect(strangers(expr)).toEqual(sentences);
  });
});
