/** Writes deploy/grafana/feast-sidecar.json from the rows in scripts/dashboard. Run: node scripts/generate-dashboard.ts */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { CALL_ROWS } from "./dashboard/call-rows.ts";
import type { Panel } from "./dashboard/panel.ts";
import { PART_ROWS } from "./dashboard/part-rows.ts";

/** Of Grafana's grid. */
const WIDTH = 24;
const PANEL_WIDTH = { stat: 4, timeseries: 8 } as const;
const PANEL_HEIGHT = { stat: 4, timeseries: 8 } as const;
const DATASOURCE = { type: "prometheus", uid: "$datasource" };
/** One dashboard for any number of pods. */
const MATCHERS = 'namespace=~"$namespace", job=~"$job", instance=~"$instance"';
const VARIABLES = [
  ["namespace", "label_values(feast_sidecar_store_up, namespace)"],
  ["job", 'label_values(feast_sidecar_store_up{namespace=~"$namespace"}, job)'],
  ["instance", 'label_values(feast_sidecar_store_up{namespace=~"$namespace", job=~"$job"}, instance)'],
] as const;

interface Place {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

/** As Grafana imports it. */
function dashboard(): object {
  const panels: object[] = [];
  let y = 0;
  for (const row of [...CALL_ROWS, ...PART_ROWS]) {
    panels.push({
      id: panels.length + 1,
      type: "row",
      title: row.title,
      collapsed: false,
      gridPos: { x: 0, y, w: WIDTH, h: 1 },
      panels: [],
    });
    y += 1;
    let x = 0;
    let lineHeight = 0;
    for (const panel of row.panels) {
      const [w, h] = [PANEL_WIDTH[panel.kind], PANEL_HEIGHT[panel.kind]];
      if (x + w > WIDTH) {
        x = 0;
        y += lineHeight;
      }
      panels.push(panelOf(panel, panels.length + 1, { x, y, w, h }));
      x += w;
      lineHeight = h;
    }
    y += lineHeight;
  }
  return {
    uid: "feast-sidecar",
    title: "feast-sidecar",
    description: "Where the slice goes. Metrics: docs/metrics.md; alerts: deploy/prometheus/alerts.yaml.",
    tags: ["feast"],
    schemaVersion: 39,
    version: 1,
    editable: true,
    graphTooltip: 1,
    refresh: "30s",
    time: { from: "now-1h", to: "now" },
    timezone: "browser",
    annotations: { list: [] },
    templating: { list: [datasourceVariable(), ...VARIABLES.map(([name, query]) => labelVariable(name, query))] },
    panels,
  };
}

/** The text of the file. */
export function dashboardText(): string {
  return `${JSON.stringify(dashboard(), null, 2)}\n`;
}

function panelOf(panel: Panel, id: number, gridPos: Place): object {
  const { title, about, kind, unit, queries } = panel;
  return {
    id,
    type: kind,
    title,
    description: about,
    gridPos,
    datasource: DATASOURCE,
    fieldConfig: {
      defaults: { unit, min: 0, ...thresholdsOf(panel), ...(kind === "timeseries" && { custom: drawn(panel) }) },
      overrides: [],
    },
    options:
      kind === "stat"
        ? {
            reduceOptions: { calcs: ["lastNotNull"] },
            colorMode: panel.alarmAt === undefined ? "none" : "value",
            graphMode: "area",
          }
        : { legend: { displayMode: "list", placement: "bottom" }, tooltip: { mode: "multi", sort: "desc" } },
    targets: queries.map(({ expr, legend }, index) => ({
      refId: String.fromCharCode("A".charCodeAt(0) + index),
      datasource: DATASOURCE,
      expr: expr.replaceAll("$on", MATCHERS),
      legendFormat: legend,
    })),
  };
}

function thresholdsOf({ alarmAt }: Panel): object {
  if (alarmAt === undefined) return {};
  return {
    thresholds: {
      mode: "absolute",
      steps: [
        { color: "green", value: null },
        { color: "red", value: alarmAt },
      ],
    },
  };
}

function drawn({ isStacked, alarmAt }: Panel): object {
  return {
    lineWidth: 1,
    fillOpacity: isStacked === true ? 30 : 0,
    stacking: { mode: isStacked === true ? "normal" : "none" },
    thresholdsStyle: { mode: alarmAt === undefined ? "off" : "dashed" },
    showPoints: "never",
  };
}

function datasourceVariable(): object {
  return { name: "datasource", label: "Data source", type: "datasource", query: "prometheus", current: {}, hide: 0 };
}

/** All of them until one is chosen; `.*` also fits series without the label. */
function labelVariable(name: string, query: string): object {
  return {
    name,
    type: "query",
    datasource: DATASOURCE,
    query: { query, refId: name },
    definition: query,
    refresh: 2,
    sort: 1,
    multi: true,
    includeAll: true,
    allValue: ".*",
    current: { text: "All", value: "$__all" },
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(new URL("../deploy/grafana/feast-sidecar.json", import.meta.url), dashboardText());
}
