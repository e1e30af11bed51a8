/** Scenarios at length, from a command line: prints a table, writes the results as JSON and the page beside it. */
import { writeFileSync } from "node:fs";
import { renderText } from "./fault-report.ts";
import { repeatScenario, type ScenarioResult } from "./repeat-scenario.ts";
import type { Scenario } from "./scenario.ts";

const REPEATS = 5;

/** For `parseArgs`; a program may take `--seconds` as well. */
export const RUN_FLAGS = {
  short: { type: "boolean", default: false },
  only: { type: "string", multiple: true },
  repeats: { type: "string" },
  out: { type: "string" },
} as const;

export interface RunFlags {
  readonly short: boolean;
  readonly only?: readonly string[] | undefined;
  readonly repeats?: string | undefined;
  readonly out?: string | undefined;
  readonly seconds?: string | undefined;
}

/** Of every page. */
export interface RunResults {
  readonly short: boolean;
  readonly scenarios: readonly ScenarioResult[];
}

export interface ScenarioRuns<About> {
  readonly scenarios: readonly Scenario[];
  readonly flags: RunFlags;
  /** Where the results of a whole run go, neither short nor of some scenarios only, unless `--out` says otherwise. */
  readonly resultsPath: string;
  /** What else the results say; asked when all have run. */
  readonly about: () => About;
  readonly render: (results: About & RunResults) => string;
}

/** Ends the process, with exit code 1 when a bar does not hold. @throws Error when `--only` names none of them */
export async function runScenarios<About>(runs: ScenarioRuns<About>): Promise<never> {
  const { flags } = runs;
  const results: ScenarioResult[] = [];
  for (const scenario of chosen(runs.scenarios, flags.only)) {
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
  const out = flags.out ?? (flags.short || flags.only !== undefined ? undefined : runs.resultsPath);
  if (out !== undefined) {
    const all = { ...runs.about(), short: flags.short, scenarios: results };
    writeFileSync(out, `${JSON.stringify(all, undefined, 1)}\n`);
    writeFileSync(out.replace(/(\.json)?$/, ".md"), runs.render(all));
  }
  // Connections of the tests to servers that are gone may still try to come back.
  process.exit(results.every(({ holds }) => holds) ? 0 : 1);
}

function chosen(scenarios: readonly Scenario[], only: readonly string[] | undefined): readonly Scenario[] {
  if (only === undefined) return scenarios;
  for (const name of only) {
    if (scenarios.some((scenario) => scenario.name === name)) continue;
    throw new Error(`--only: there is no '${name}', only ${scenarios.map((each) => each.name).join(", ")}`);
  }
  return scenarios.filter(({ name }) => only.includes(name));
}
