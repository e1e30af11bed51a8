/**
 * The proofs of the budget in their short form, once, or in the median of three: `node test/budget/run-budget.ts` runs them at length. The
 * cost of a refusal is a figure of a quiet machine, the large body's are printed only: they are not here.
 */
import { describe } from "vitest";
import { testScenarios } from "../faults/test-scenarios.ts";
import { SCENARIOS } from "./scenario-list.ts";

const TIMEOUT_MS = 300_000;
const AT_LENGTH_ONLY = new Set(["refusal-cost", "ledger-large-body"]);

describe("with a real Redis that is late, and more calls than can be answered", () => {
  testScenarios(
    SCENARIOS.filter(({ name }) => !AT_LENGTH_ONLY.has(name)),
    TIMEOUT_MS,
  );
});
