/** Each alert leads to a section of the runbook, and the runbook knows no others. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { parse } from "yaml";

const read = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8");
const runbook = read("docs/runbook.md");
const { groups } = parse(read("deploy/prometheus/alerts.yaml")) as {
  groups: { rules: { alert?: string; annotations?: { runbook_url?: string } }[] }[];
};
const alerts = groups.flatMap(({ rules }) => rules).filter(({ alert }) => alert !== undefined);
const anchors = [...runbook.matchAll(/^## (.+)$/gm)].map(([, title = ""]) => title.toLowerCase().replaceAll(" ", "-"));

it.each(alerts.map(({ alert = "", annotations }) => [alert, annotations?.runbook_url ?? ""]))(
  "%s leads to %s, which is there and names it",
  (alert, url) => {
    expect(anchors.map((anchor) => `docs/runbook.md#${anchor}`)).toContain(url);
    expect(runbook).toContain(`\`${alert}\``);
  },
);

it("the runbook names alerts that exist only", () => {
  const named = new Set([...runbook.matchAll(/`(FeastSidecar\w+)`/g)].map(([, name]) => name));
  expect([...named].sort()).toEqual([...new Set(alerts.map(({ alert }) => alert))].sort());
});
