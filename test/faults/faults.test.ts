/** Each fault once, in its short form: `node test/faults/run-faults.ts` runs them at length. */
import { describe, expect, it } from "vitest";
import { renderText } from "./fault-report.ts";
import { repeatScenario } from "./repeat-scenario.ts";
import { SCENARIOS } from "./scenario-list.ts";

const TIMEOUT_MS = 60_000;

describe("under steady load, every answer held against what was written", () => {
  for (const scenario of SCENARIOS) {
    it(
      `${scenario.name}: ${scenario.title}: ${scenario.bar}`,
      async () => {
        const result = await repeatScenario(scenario, { short: true, repeats: 1 });
        expect(result.holds, renderText(result)).toBe(true);
      },
      TIMEOUT_MS,
    );
  }
});
