/**
 * Proves that the budget is kept: `node test/budget/run-budget.ts [--short] [--only NAME]… [--repeats N] [--seconds S] [--out FILE]`. Prints a
 * table; writes FILE as JSON and the page beside it (by default bench/results/budget.json and budget.md, but only in a whole run: neither
 * `--short` nor `--only`). S is how long each part of a proof lasts. Exit code 1 when a bar does not hold. See README.md here.
 */
import { loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { describeMachine } from "../../bench/run/machine.ts";
import { RUN_FLAGS, runScenarios } from "../faults/run-scenarios.ts";
import { renderBudgetPage } from "./budget-page.ts";
import { SCENARIOS } from "./scenario-list.ts";

const { values: flags } = parseArgs({ options: { ...RUN_FLAGS, seconds: { type: "string" } } });
const machine = describeMachine();
const loadOfMinute = (): number => loadavg()[0] ?? Number.NaN;
const loadBefore = loadOfMinute();

await runScenarios({
  scenarios: SCENARIOS,
  flags,
  resultsPath: fileURLToPath(new URL("../../bench/results/budget.json", import.meta.url)),
  about: () => ({ machine, loadAverages: [loadBefore, loadOfMinute()] as const }),
  render: renderBudgetPage,
});
