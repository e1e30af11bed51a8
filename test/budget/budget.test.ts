/**
 * The proofs of the budget in their short form, once, or in the median of three: `node test/budget/run-budget.ts` runs them at length. The
 * curve of single rows and the cost of a refusal are figures of a quiet machine, and are not here.
 */
import { describe, expect, it } from "vitest";
import { renderText } from "../faults/fault-report.ts";
import { repeatScenario } from "../faults/repeat-scenario.ts";
import { SCENARIOS } from "./scenario-list.ts";

const TIMEOUT_MS = 180_000;
const AT_LENGTH_ONLY = new Set(["overload-single", "refusal-cost", "ledger-large-body"]);

describe("with a real Redis that is late, and more calls than can be answered", () => {
  for (const scenario of SCENARIOS) {
    if (AT_LENGTH_ONLY.has(scenario.name)) continue;
    it(
      `${scenario.name}: ${scenario.title}: ${scenario.bar}`,
      async () => {
        let result = await repeatScenario(scenario, { short: true, repeats: 1 });
        // A bar is met in the median: one repeat on a busy machine is not held against it, but an untrue answer is, in any.
        if (!result.holds) result = await repeatScenario(scenario, { short: true, repeats: 3 });
        expect(result.holds, renderText(result)).toBe(true);
      },
      TIMEOUT_MS,
    );
  }
});
