/** Runs a scenario as often as asked, and says of each figure whether its bar holds. */
import { median } from "../../bench/run/median.ts";
import type { Figure, Scenario, ScenarioRun } from "./scenario.ts";
import { Stage } from "./stage.ts";

export interface FigureResult extends Omit<Figure, "value" | "control"> {
  /** Over the repeats. */
  readonly median: number;
  readonly worst: number;
  readonly control: number | undefined;
  /** The bar that was applied, the control taken into account. */
  readonly bar: string;
  readonly holds: boolean;
}

export interface ScenarioResult {
  readonly name: string;
  readonly title: string;
  readonly bar: string;
  readonly repeats: number;
  readonly figures: readonly FigureResult[];
  readonly notes: readonly string[];
  /** Why a repeat could not be run, "" = all ran. */
  readonly problem: string;
  readonly holds: boolean;
}

export interface RepeatOptions {
  readonly short: boolean;
  readonly seconds?: number | undefined;
  readonly repeats: number;
  /** Told after each repeat. */
  readonly onRun?: (repeat: number, tookMs: number) => void;
}

/** Never throws: what went wrong is in the result. */
export async function repeatScenario(scenario: Scenario, options: RepeatOptions): Promise<ScenarioResult> {
  const repeats = Math.min(options.repeats, scenario.mostRepeats ?? options.repeats);
  const runs: ScenarioRun[] = [];
  let problem = "";
  for (let repeat = 0; repeat < repeats && problem === ""; repeat += 1) {
    const startMs = performance.now();
    let run = await runOnce(scenario, options, repeat);
    if (typeof run !== "string" && isVoid(run)) run = await runOnce(scenario, options, repeat);
    if (typeof run === "string") problem = run;
    else runs.push(run);
    options.onRun?.(repeat, performance.now() - startMs);
  }
  const figures = (runs[0]?.figures ?? []).map((_, index) =>
    judgeFigure(runs.map((run) => run.figures[index] as Figure)),
  );
  return {
    name: scenario.name,
    title: scenario.title,
    bar: scenario.bar,
    repeats: runs.length,
    figures,
    notes: runs.flatMap((run, repeat) => run.notes.map((note) => `repeat ${repeat + 1}, ${note}`)),
    problem,
    holds: problem === "" && figures.every(({ holds }) => holds),
  };
}

/** @returns why it could not be run, or did not end well, as text */
async function runOnce(
  scenario: Scenario,
  { short, seconds }: RepeatOptions,
  repeat: number,
): Promise<ScenarioRun | string> {
  const stage = new Stage();
  let result: ScenarioRun | string;
  try {
    result = await scenario.run({ short, seconds, repeat, stage });
  } catch (error) {
    result = wordsOf(error);
  }
  try {
    await stage.close();
  } catch (error) {
    if (typeof result !== "string") result = wordsOf(error);
  }
  return result;
}

function isVoid({ figures }: ScenarioRun): boolean {
  return figures.some(({ isPrecondition = false, value, atMost = 0 }) => isPrecondition && value > atMost);
}

/** The same figure of each repeat. A bar with a control is max(bar, 2 × control). */
function judgeFigure(repeats: readonly Figure[]): FigureResult {
  const { value: _value, control: _control, ...figure } = repeats[0] as Figure;
  const values = repeats.map(({ value }) => value);
  const controls = repeats.flatMap(({ control }) => (control === undefined ? [] : [control]));
  const control = controls.length === 0 ? undefined : median(controls);
  const isFloor = figure.atLeast !== undefined;
  const worst = values.reduce((a, b) => (isFloor ? Math.min(a, b) : Math.max(a, b)));
  const judged = figure.isStrict === true || isFloor ? worst : median(values);
  // Of an infinite one nothing follows: it must not let anything pass.
  const allowance = control !== undefined && Number.isFinite(control) ? 2 * control : 0;
  const most = figure.atMost === undefined ? undefined : Math.max(figure.atMost, allowance);
  // NaN, a percentile of nothing, holds no bar.
  const isLow = most === undefined || judged <= most;
  const isHigh = figure.atLeast === undefined || judged >= figure.atLeast;
  const bars = [most === undefined ? "" : `≤ ${round(most)}`, isFloor ? `≥ ${figure.atLeast}` : ""];
  return {
    ...figure,
    median: median(values),
    worst,
    control,
    bar: bars.filter((text) => text !== "").join(", "),
    holds: isLow && isHigh,
  };
}

export function round(value: number): number {
  return Math.abs(value) >= 100 ? Math.round(value) : Math.round(value * 100) / 100;
}

function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
