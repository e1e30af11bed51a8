/** bench/results/budget.md; nothing on it is written by hand. */
import type { Machine } from "../../bench/run/machine.ts";
import { renderTables } from "../faults/fault-report.ts";
import type { ScenarioResult } from "../faults/repeat-scenario.ts";

export interface BudgetResults {
  readonly machine: Machine;
  /** Of the last minute, at the start and at the end: what else the machine did. */
  readonly loadAverages: readonly [number, number];
  readonly short: boolean;
  readonly scenarios: readonly ScenarioResult[];
}

export function renderBudgetPage({ machine, loadAverages, short, scenarios }: BudgetResults): string {
  const repeats = Math.max(0, ...scenarios.map((scenario) => scenario.repeats));
  const [before, after] = loadAverages.map((load) => load.toFixed(1));
  return `# The budget, measured

Made by \`node test/budget/run-budget.ts\` from [budget.json](budget.json); not edited. ${machine.date}, commit ${machine.commit}, Node
${machine.node}, Redis ${machine.redis}, ${machine.cores} × ${machine.cpu}, load average ${before} at the start and ${after} at the end;
${repeats} repeats${short ? ", short" : ""}. What each figure is: [test/budget](../../test/budget/README.md). Figures are medians over the
repeats, with the worst in brackets; a bar beside a control is max(bar, 2 × control).

${renderTables("proof", scenarios)}`;
}
