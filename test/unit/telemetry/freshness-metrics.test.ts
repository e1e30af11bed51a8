/** Which views are counted, under which label, and what is shown of them. */
import { expect, it } from "vitest";
import type { FreshnessSettings } from "../../../src/model/freshness-settings.ts";
import type { LookupShape } from "../../../src/model/lookup.ts";
import { ByView } from "../../../src/telemetry/by-view.ts";
import { FreshnessMetrics } from "../../../src/telemetry/freshness-metrics.ts";
import { createMetrics } from "../../../src/telemetry/metrics.ts";

const SETTINGS: FreshnessSettings = {
  objectiveMs: 60_000,
  views: new Map([
    ["none", { objectiveMs: 0 }],
    ["short", { objectiveMs: 1500 }],
  ]),
};

function shapeOf(...names: string[]): LookupShape {
  return {
    views: names.map((storageName, at) => ({
      storageName,
      featureNames: ["f"],
      firstSlot: 2 * at,
      timestampSlot: 2 * at + 1,
    })),
    stride: 2 * names.length,
  };
}

it("a view has its own objective, or that of all, or none", () => {
  const ages = new FreshnessMetrics(SETTINGS).of(shapeOf("short", "none", "usual", "short_v2"));
  expect(ages.map((each) => each?.objectiveSeconds)).toEqual([1.5, undefined, 60, 1.5]);
});

it("what is asked for each call is made once for each shape", () => {
  const metrics = new FreshnessMetrics(SETTINGS);
  const shape = shapeOf("a", "b");
  expect(metrics.of(shape)).toBe(metrics.of(shape));
  // Another shape with the same view counts in the same place.
  expect(metrics.of(shapeOf("b"))[0]?.rows).toBe(metrics.of(shape)[1]?.rows);
});

it("shows both outcomes of a view, and 200 views by name", () => {
  const metrics = new FreshnessMetrics(SETTINGS);
  const names = Array.from({ length: 203 }, (_, index) => `view_${index}`);
  for (const [index, ages] of metrics.of(shapeOf("none", ...names)).entries()) {
    if (ages === undefined) expect(index).toBe(0);
    else ages.rows[index % 2]! += 1;
  }
  const { values } = metrics.metric.get();
  expect(new Set(values.map(({ labels }) => labels["view"])).size).toBe(201);
  expect(values.slice(0, 2)).toEqual([
    { labels: { view: "view_0", outcome: "within" }, value: 0 },
    { labels: { view: "view_0", outcome: "older" }, value: 1 },
  ]);
  expect(values.slice(-2)).toEqual([
    { labels: { view: "other", outcome: "within" }, value: 1 },
    { labels: { view: "other", outcome: "older" }, value: 2 },
  ]);
});

it("there is nothing to count with where no view has an objective", () => {
  const ages = (freshness: FreshnessSettings) =>
    createMetrics({ registryAgeSeconds: () => undefined, processMetrics: false, freshness }).ages;
  expect(ages({ objectiveMs: 0, views: SETTINGS.views })).toBeDefined();
  expect(ages({ objectiveMs: 0, views: new Map([["none", { objectiveMs: 0 }]]) })).toBeUndefined();
});

it("a view named other is not mixed up with those beyond the limit before there are any", () => {
  const views = new ByView(() => ({}));
  const own = views.of("other");
  for (let index = 0; index < 199; index += 1) views.of(`v${index}`);
  expect(views.of("v198")).not.toBe(own);
  expect(views.of("v199")).toBe(own);
});
