/** Runs a scenario round after round, each in a world of its own, and adds up what came of it. */
import { Stage } from "../faults/stage.ts";
import type { FreshnessResult } from "./freshness-report.ts";
import type { FreshnessScenario } from "./freshness-scenario.ts";
import { FreshnessTally } from "./freshness-tally.ts";

export interface RoundsOptions {
  /** Of the first round; the others follow. */
  readonly seed: number;
  /** How long nothing breaks, in each round. */
  readonly steadyMs: number;
  /** @returns whether there is to be one more @param tookMs all rounds so far */
  readonly goesOn: (tally: FreshnessTally, tookMs: number) => boolean;
}

/** Never throws: what went wrong is in the result. */
export async function runRounds(scenario: FreshnessScenario, options: RoundsOptions): Promise<FreshnessResult> {
  const tally = new FreshnessTally();
  const startMs = performance.now();
  let problem = "";
  do {
    problem = await runRound(scenario, options, tally);
  } while (problem === "" && options.goesOn(tally, performance.now() - startMs));
  return { scenario, tally, problem };
}

/** @returns why it could not be run, or did not end well; "" = it was added to the tally */
async function runRound(
  scenario: FreshnessScenario,
  { seed, steadyMs }: RoundsOptions,
  tally: FreshnessTally,
): Promise<string> {
  const stage = new Stage();
  const round = tally.rounds;
  let problem = "";
  try {
    const [run] = await scenario.run({ stage, seed: seed + round, steadyMs, round });
    if (run !== undefined) tally.add(run);
  } catch (error) {
    problem = wordsOf(error);
  }
  try {
    await stage.close();
  } catch (error) {
    problem ||= wordsOf(error);
  }
  return problem;
}

function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
