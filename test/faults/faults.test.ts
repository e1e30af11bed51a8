/** Each fault in its short form, once, or in the median of three: `node test/faults/run-faults.ts` runs them at length. */
import { describe } from "vitest";
import { SCENARIOS } from "./scenario-list.ts";
import { testScenarios } from "./test-scenarios.ts";

const TIMEOUT_MS = 120_000;

describe("under steady load, every answer held against what was written", () => {
  testScenarios(SCENARIOS, TIMEOUT_MS);
});
