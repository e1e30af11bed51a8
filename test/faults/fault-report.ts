/** The results as a table for people, and as a page; nothing on it is written by hand. */
import type { Machine } from "../../bench/run/machine.ts";
import { type FigureResult, round, type ScenarioResult } from "./repeat-scenario.ts";

export interface FaultResults {
  readonly machine: Machine;
  readonly short: boolean;
  readonly scenarios: readonly ScenarioResult[];
}

/** One scenario as lines of text. */
export function renderText(result: ScenarioResult): string {
  const verdict = result.holds ? "holds" : "DOES NOT HOLD";
  const lines = [`${result.name}: ${verdict} (${result.title}; ${result.bar})`];
  if (result.problem !== "") lines.push(`  could not be run: ${result.problem}`);
  for (const figure of result.figures) {
    const control = figure.control === undefined ? "" : `, control ${print(figure.control)}`;
    const bar = figure.bar === "" ? "" : `, ${figure.bar}`;
    const mark = figure.holds ? " " : "!";
    lines.push(`${mark} ${figure.name}: ${print(figure.median)} ${figure.unit}${worst(figure)}${control}${bar}`);
  }
  lines.push(...result.notes.slice(0, 12).map((note) => `    ${note}`));
  return lines.join("\n");
}

/** bench/results/faults.md. */
export function renderPage({ machine, short, scenarios }: FaultResults): string {
  const repeats = Math.max(0, ...scenarios.map((scenario) => scenario.repeats));
  return `# What the sidecar answers while Redis breaks

Made by \`node test/faults/run-faults.ts\` from [faults.json](faults.json); not edited. ${machine.date}, commit ${machine.commit}, Node
${machine.node}, Redis ${machine.redis}, ${machine.cores} × ${machine.cpu}; ${repeats} repeats${short ? ", short" : ""}. Real processes
on loopback, 500 calls/s in an open loop, 50 ms deadline. Every answer is held against what was written: a wrong, null or older value is a
failed call. Figures are medians over the repeats, with the worst in brackets; a bar beside a control is max(bar, 2 × control).

${renderTables("fault", scenarios)}`;
}

/** One table of verdicts, and one of figures for each. @param what they are */
export function renderTables(what: string, scenarios: readonly ScenarioResult[]): string {
  const verdicts = scenarios.map(
    (each) => `| [${each.title}](#${each.name}) | ${each.bar} | ${each.holds ? "holds" : "**does not hold**"} |`,
  );
  return `| ${what} | must hold | verdict |
|---|---|---|
${verdicts.join("\n")}
${scenarios.map(renderSection).join("")}`;
}

function renderSection(result: ScenarioResult): string {
  const rows = result.figures.map(
    (figure) =>
      `| ${figure.name} | ${print(figure.median)}${worst(figure)} | ${figure.unit} | ${
        figure.control === undefined ? "" : print(figure.control)
      } | ${figure.bar} | ${figure.holds ? "" : "no"} |`,
  );
  const problem = result.problem === "" ? "" : `\nCould not be run: ${result.problem.split("\n")[0]}\n`;
  return `
## ${result.name}

${result.title}: ${result.bar}.
${problem}
| figure | median (worst) | | control | bar | holds |
|---|---:|---|---:|---|---|
${rows.join("\n")}
`;
}

function worst(figure: FigureResult): string {
  return figure.worst === figure.median ? "" : ` (${print(figure.worst)})`;
}

function print(value: number): string {
  if (Number.isNaN(value)) return "–";
  return Number.isFinite(value) ? String(round(value)) : value > 0 ? "∞" : "never";
}
