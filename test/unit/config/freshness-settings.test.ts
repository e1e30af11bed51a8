/** `sidecar.freshness.objective` and `.views` → FreshnessSettings, problems and warnings. */
import { describe, expect, it, test } from "vitest";
import { hasObjective, objectiveMsOf } from "../../../src/model/freshness-settings.ts";
import { FEAST, load } from "./make-settings.ts";

const freshness = (flow: string) => load(`${FEAST}sidecar: {freshness: ${flow}}\n`);

describe("objectives", () => {
  test("are those that were written, of all views and of some", () => {
    const { settings, problems } = freshness(
      "{objective: 1d, views: {a: {objective: 10m}, b: {objective: 0s}, c: {}}}",
    );
    expect(problems).toEqual([]);
    const found = settings!.freshness;
    const of = ["a", "a_v3", "b", "c", "unnamed"].map((view) => objectiveMsOf(view, found));
    expect(of).toEqual([600_000, 600_000, 0, 86_400_000, 86_400_000]);
    expect(settings?.warnings).toEqual([]);
  });

  test("of a version that is named itself go before those of its view", () => {
    const found = freshness("{views: {a: {objective: 1m}, a_v2: {objective: 2m}}}").settings!.freshness;
    expect(["a_v1", "a_v2"].map((view) => objectiveMsOf(view, found))).toEqual([60_000, 120_000]);
  });

  it.each([
    ["{}", false],
    ["{views: {a: {objective: 0s}, b: {}}}", false],
    ["{views: {a: {objective: 1us}}}", true],
    ["{objective: 1s, views: {a: {objective: 0s}}}", true],
  ])("%s: there are some: %s", (flow, some) => {
    expect(hasObjective(freshness(flow).settings!.freshness)).toBe(some);
  });

  it.each([
    ["{objective: 60}", "sidecar.freshness.objective = 60: a number has no unit"],
    ["{views: {a: 10m}}", "sidecar.freshness.views.a = "],
    ["{views: {a: {objectiv: 1s}}}", "unknown key; did you mean objective?"],
    ["{views: {a: {objective: soon}}}", 'sidecar.freshness.views.a.objective = "soon"'],
  ])("%s is refused", (flow, words) => {
    const { problems } = freshness(flow);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(words);
  });

  test("that nobody would see are warned of", () => {
    const yaml = (objective: string) => `${FEAST}sidecar: {metrics: false, freshness: {objective: ${objective}}}\n`;
    expect(load(yaml("1h")).settings?.warnings).toEqual([
      "sidecar.freshness: its objectives have no effect, because sidecar.metrics is false",
    ]);
    expect(load(yaml("0s")).settings?.warnings).toEqual([]);
  });
});
