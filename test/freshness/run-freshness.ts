/**
 * Writes and breaks at random and looks at every row that comes out of the cache:
 * `node test/freshness/run-freshness.ts [--seconds N] [--seed S] [--only NAME]… [--out FILE]`.
 * N seconds in all (default 600), shared by the scenarios, at least one round of each; rounds follow the seed S (default 1). Prints the
 * figures; writes FILE as a page. Exit code 1 when a bar does not hold or a planted bug is not found out.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { describeMachine } from "../../bench/run/machine.ts";
import { findPlants, PLANTS, type PlantResult, SUSPECT_PLANTS } from "./find-plants.ts";
import { type FreshnessResult, holds, renderPage, renderPlant, renderText } from "./freshness-report.ts";
import { runRounds } from "./freshness-rounds.ts";
import type { FreshnessScenario } from "./freshness-scenario.ts";
import { SCENARIOS } from "./scenario-list.ts";

const STEADY_MS = 10_000;
const LONGEST_HUNT_MS = 60_000;
/** Of the planted bugs, for `--only`. */
const PLANTED = "planted";

const { values: flags } = parseArgs({
  options: {
    seconds: { type: "string", default: "600" },
    seed: { type: "string", default: "1" },
    only: { type: "string", multiple: true },
    out: { type: "string" },
  },
});

function chosen(): readonly FreshnessScenario[] {
  const { only } = flags;
  if (only === undefined) return SCENARIOS;
  const names = [...SCENARIOS.map(({ name }) => name), PLANTED];
  for (const name of only)
    if (!names.includes(name)) throw new Error(`--only: there is no '${name}', only ${names.join(", ")}`);
  return SCENARIOS.filter(({ name }) => only.includes(name));
}

const seconds = Number(flags.seconds);
const seed = Number(flags.seed);
const scenarios = chosen();
const results: FreshnessResult[] = [];
for (const scenario of scenarios) {
  const shareMs = (seconds * 1000) / scenarios.length;
  const result = await runRounds(scenario, { seed, steadyMs: STEADY_MS, goesOn: (_, tookMs) => tookMs < shareMs });
  process.stdout.write(`${renderText(result)}\n\n`);
  results.push(result);
}
const plants: PlantResult[] = [];
if (flags.only === undefined || flags.only.includes(PLANTED)) {
  for (const some of [PLANTS, SUSPECT_PLANTS]) plants.push(...(await findPlants(some, seed, LONGEST_HUNT_MS)));
  process.stdout.write(`planted bugs:\n${plants.map((plant) => `  ${renderPlant(plant)}\n`).join("")}`);
}
if (flags.out !== undefined) {
  writeFileSync(flags.out, renderPage({ machine: describeMachine(), seed, seconds, results, plants }));
}
const found = plants.every(({ plant, wrongRows }) => (plant === "none") === (wrongRows === 0));
// Connections of the tests to servers that are gone may still try to come back.
process.exit(results.every(holds) && found ? 0 : 1);
