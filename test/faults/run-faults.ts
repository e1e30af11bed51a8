/**
 * Breaks Redis under load and looks at every answer: `node test/faults/run-faults.ts [--short] [--only NAME]… [--repeats N] [--out FILE]`.
 * Prints a table; writes FILE as JSON and the page beside it (by default bench/results/faults.json and faults.md, but only in a whole run:
 * neither `--short` nor `--only`). Exit code 1 when a bar does not hold.
 */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { describeMachine } from "../../bench/run/machine.ts";
import { renderPage, renderText } from "./fault-report.ts";
import { repeatScenario, type ScenarioResult } from "./repeat-scenario.ts";
import type { Scenario } from "./scenario.ts";
import { SCENARIOS } from "./scenario-list.ts";

const RESULTS = fileURLToPath(new URL("../../bench/results/faults.json", import.meta.url));
const REPEATS = 5;

const { values: flags } = parseArgs({
  options: {
    short: { type: "boolean", default: false },
    only: { type: "string", multiple: true },
    repeats: { type: "string" },
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

const repeats = Number(flags.repeats ?? (flags.short ? 1 : REPEATS));
const results: ScenarioResult[] = [];
for (const scenario of chosen()) {
  const result = await repeatScenario(scenario, {
    short: flags.short,
    repeats,
    onRun: (repeat, tookMs) =>
      void process.stderr.write(`${scenario.name}, repeat ${repeat + 1}: ${(tookMs / 1000).toFixed(1)} s\n`),
  });
  process.stdout.write(`${renderText(result)}\n\n`);
  results.push(result);
}
const out = flags.out ?? (flags.short || flags.only !== undefined ? undefined : RESULTS);
if (out !== undefined) {
  const all = { machine: describeMachine(), short: flags.short, scenarios: results };
  writeFileSync(out, `${JSON.stringify(all, undefined, 1)}\n`);
  writeFileSync(out.replace(/(\.json)?$/, ".md"), renderPage(all));
}
// Connections of the tests to servers that are gone may still try to come back.
process.exit(results.every(({ holds }) => holds) ? 0 : 1);
