/** deploy/grafana/feast-sidecar.json is what the generator prints, and Grafana can lay it out. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { dashboardText } from "../../../scripts/generate-dashboard.ts";

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string; readonly refId: string }[];
}

const { panels } = JSON.parse(dashboardText()) as { panels: readonly Panel[] };

it("is up to date (run scripts/generate-dashboard.ts)", () => {
  const file = new URL("../../../deploy/grafana/feast-sidecar.json", import.meta.url);
  expect(readFileSync(file, "utf8")).toBe(dashboardText());
});

it("has no two panels in the same place, none beyond the edge, no id twice", () => {
  const taken = new Map<string, string>();
  for (const { title, gridPos } of panels) {
    expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
        expect([title, taken.get(`${x} ${y}`)]).toEqual([title, undefined]);
        taken.set(`${x} ${y}`, title);
      }
    }
  }
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
});

it("has a query in each panel, narrowed to what was chosen above", () => {
  const drawn = panels.filter(({ type }) => type !== "row");
  expect(drawn.length).toBeGreaterThan(25);
  for (const { title, targets } of drawn) {
    expect([title, targets?.length ?? 0]).not.toEqual([title, 0]);
    for (const { expr } of targets ?? []) {
      expect(expr).not.toContain("$on");
      for (const variable of ["namespace", "job", "instance"]) expect(expr).toContain(`${variable}=~"$${variable}"`);
    }
  }
});
