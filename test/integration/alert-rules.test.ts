/** deploy/ against promtool (scripts/ensure-promtool.sh): the rules hold what alerts.test.yaml says, and PromQL is PromQL. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import { parse } from "yaml";

const PROMETHEUS = fileURLToPath(new URL("../../deploy/prometheus/", import.meta.url));
const DASHBOARD = fileURLToPath(new URL("../../deploy/grafana/feast-sidecar.json", import.meta.url));

interface Rule {
  readonly alert?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

interface RuleTests {
  readonly tests: readonly {
    readonly alert_rule_test: readonly { readonly alertname: string; readonly exp_alerts: readonly unknown[] }[];
  }[];
}

function promtool(cwd: string, ...args: string[]): { code: number | null; output: string } {
  const run = spawnSync("promtool", args, { cwd, encoding: "utf8", timeout: 20_000 });
  return { code: run.status, output: run.stdout + run.stderr };
}

function yamlFile<T>(name: string): T {
  return parse(readFileSync(join(PROMETHEUS, name), "utf8")) as T;
}

const alerts = yamlFile<{ groups: readonly { rules: readonly Rule[] }[] }>("alerts.yaml")
  .groups.flatMap(({ rules }) => rules)
  .filter(({ alert }) => alert !== undefined);

it("promtool takes the rules", () => {
  expect(promtool(PROMETHEUS, "check", "rules", "alerts.yaml")).toMatchObject({ code: 0 });
});

it("the alerts fire for the series of alerts.test.yaml, and only for those", () => {
  expect(promtool(PROMETHEUS, "test", "rules", "alerts.test.yaml")).toMatchObject({ code: 0 });
});

it("every alert has series that make it fire, and some that must not", () => {
  const cases = yamlFile<RuleTests>("alerts.test.yaml").tests.flatMap((test) => test.alert_rule_test);
  const named = (fires: boolean): Set<string> =>
    new Set(cases.filter(({ exp_alerts }) => exp_alerts.length > 0 === fires).map(({ alertname }) => alertname));
  const names = new Set(alerts.map(({ alert }) => alert));
  expect([named(true), named(false)]).toEqual([names, names]);
});

it("every alert says how urgent it is, what it is, and where to read on", () => {
  expect(alerts.length).toBeGreaterThan(10);
  for (const { labels, annotations } of alerts) {
    expect(["page", "ticket"]).toContain(labels?.["severity"]);
    expect(annotations?.["summary"]).toBeTruthy();
    expect(annotations?.["runbook_url"]).toBeTruthy();
  }
});

it("the dashboard's queries are PromQL", () => {
  const dir = mkdtempSync(join(tmpdir(), "feast-sidecar-promql-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const exprs = [...readFileSync(DASHBOARD, "utf8").matchAll(/"expr": ("(?:[^"\\]|\\.)*")/g)].map(([, json = ""]) =>
    (JSON.parse(json) as string).replaceAll("$__rate_interval", "5m"),
  );
  const rules = exprs.map((expr, index) => ({ record: `panel:${index}`, expr }));
  // JSON is YAML.
  writeFileSync(join(dir, "rules.yaml"), JSON.stringify({ groups: [{ name: "panels", rules }] }));
  const checked = promtool(dir, "check", "rules", "rules.yaml");
  expect(checked).toMatchObject({ code: 0 });
  expect(checked.output).toContain(`${exprs.length} rules found`);
});
