/**
 * Breaks Redis under load and looks at every answer: `node test/faults/run-faults.ts [--short] [--only NAME]… [--repeats N] [--out FILE]`.
 * Prints a table; writes FILE as JSON and the page beside it (by default bench/results/faults.json and faults.md, but only in a whole run:
 * neither `--short` nor `--only`). Exit code 1 when a bar does not hold.
 */
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { describeMachine } from "../../bench/run/machine.ts";
import { renderPage } from "./fault-report.ts";
import { RUN_FLAGS, runScenarios } from "./run-scenarios.ts";
import { SCENARIOS } from "./scenario-list.ts";

await runScenarios({
  scenarios: SCENARIOS,
  flags: parseArgs({ options: RUN_FLAGS }).values,
  resultsPath: fileURLToPath(new URL("../../bench/results/faults.json", import.meta.url)),
  about: () => ({ machine: describeMachine() }),
  render: renderPage,
});
