/**
 * Proves that the budget is kept: `node test/budget/run-budget.ts [--short] [--only NAME]… [--repeats N] [--seconds S] [--out FILE]`. Prints a
 * table; writes FILE as JSON and the page beside it (by default bench/results/budget.json and budget.md, but only in a whole run: neither
 * `--short` nor `--only`). S is how long each part of a proof lasts. Exit code 1 when a bar does not hold. See README.md here.
 */
import { writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { describeMachine } from "../../bench/run/machine.ts";
import { renderText } from "../faults/fault-report.ts";
import { repeatScenario, type ScenarioResult } from "../faults/repeat-scenario.ts";
import type { Scenario } from "../faults/scenario.ts";
import { renderBudgetPage } from "./budget-page.ts";
import { SCENARIOS } from "./scenario-list.ts";

const RESULTS = fileURLToPath(new URL("../../bench/results/budget.json", import.meta.url));
const REPEATS = 5;

const { values: flags } = parseArgs({
  options: {
    short: { type: "boolean", default: false },
    only: { type: "string", multiple: true },
    repeats: { type: "string" },
    seconds: { type: "string" },
    out: { type: "string" },
  },
});

function chosen(): readonly Scenario[] {
  const { only } = flags;
  if (only === undefined) return SCENARIOS;
  for (const name of only) {
    if (SCENARIOS.some((scenario) => scenario.name === name)) continue;
    throw new Error(`--only: there is no '${name}', only ${SCENARIOS.map((each) => each.name).join(", ")}`);
  }
  return SCENARIOS.filter(({ name }) => only.includes(name));
}

const machine = describeMachine();
const loadBefore = loadavg()[0] ?? Number.NaN;
const results: ScenarioResult[] = [];
for (const scenario of chosen()) {
  const result = await repeatScenario(scenario, {
    short: flags.short,
    seconds: flags.seconds === undefined ? undefined : Number(flags.seconds),
    repeats: Number(flags.repeats ?? (flags.short ? 1 : REPEATS)),
    onRun: (repeat, tookMs) =>
      void process.stderr.write(`${scenario.name}, repeat ${repeat + 1}: ${(tookMs / 1000).toFixed(1)} s\n`),
  });
  process.stdout.write(`${renderText(result)}\n\n`);
  results.push(result);
}
const out = flags.out ?? (flags.short || flags.only !== undefined ? undefined : RESULTS);
if (out !== undefined) {
  const loadAverages = [loadBefore, loadavg()[0] ?? Number.NaN] as const;
  const all = { machine, loadAverages, short: flags.short, scenarios: results };
  writeFileSync(out, `${JSON.stringify(all, undefined, 1)}\n`);
  writeFileSync(out.replace(/(\.json)?$/, ".md"), renderBudgetPage(all));
}
// Connections of the tests to servers that are gone may still try to come back.
process.exit(results.every(({ holds }) => holds) ? 0 : 1);
