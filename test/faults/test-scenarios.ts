/** Scenarios as tests, in their short form: what a scenario proves is a test's name, its figures what a failure says. */
import { expect, it } from "vitest";
import { renderText } from "./fault-report.ts";
import { repeatScenario, type ScenarioResult } from "./repeat-scenario.ts";
import type { Scenario } from "./scenario.ts";

const REPEATS = 3;

/** @param timeoutMs of each */
export function testScenarios(scenarios: readonly Scenario[], timeoutMs: number): void {
  for (const scenario of scenarios) {
    it(
      `${scenario.name}: ${scenario.title}: ${scenario.bar}`,
      async () => {
        const result = await runShort(scenario);
        expect(result.holds, renderText(result)).toBe(true);
      },
      timeoutMs,
    );
  }
}

/**
 * Once, or in the median of three: a bar is met in the median, so one repeat on a busy machine is not held against it. What must hold in
 * every repeat is, in any: an untrue answer above all.
 */
export async function runShort(scenario: Scenario): Promise<ScenarioResult> {
  const once = await repeatScenario(scenario, { short: true, repeats: 1 });
  const isUntrue = once.figures.some(({ isStrict = false, holds }) => isStrict && !holds);
  return once.holds || isUntrue ? once : repeatScenario(scenario, { short: true, repeats: REPEATS });
}
