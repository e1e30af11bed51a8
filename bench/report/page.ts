/**
 * bench/results/README.md and its plots, from the JSON of grid and extras. By hand are only the sentences on bars that were not reached
 * (remarks.json).
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { ExtrasResults } from "../run/extras-results.ts";
import { cellTitle } from "../run/grid-plan.ts";
import { type CellResult, figureOf, type GridResults } from "../run/grid-results.ts";
import { machineDifferences } from "../run/machine-difference.ts";
import { SERVER_TITLES } from "../run/servers.ts";
import { barFigures } from "./bars.ts";
import { barsTable, type Remarks } from "./bars-table.ts";
import { type BarGroup, barChart } from "./plot.ts";

const README = fileURLToPath(new URL("../README.md", import.meta.url));

/** What the page says beside the grid. */
export interface PageExtras {
  /** undefined = bench/extras.ts was not run. */
  readonly extras: ExtrasResults | undefined;
  /** undefined = there are none beside it. */
  readonly remarks: Remarks | undefined;
  /** Where bench/README.md is from the page; by default the page is one of bench/results. */
  readonly readme?: string;
}

/** Writes README.md, cpu.svg and latency.svg beside `jsonFile`, with what extras.json and remarks.json there say, when they are there. */
export function writePage(jsonFile: string): void {
  const folder = dirname(jsonFile);
  const read = (name: string): unknown =>
    existsSync(join(folder, name)) ? JSON.parse(readFileSync(join(folder, name), "utf8")) : undefined;
  const results = read(basename(jsonFile)) as GridResults;
  const beside = {
    extras: read("extras.json") as ExtrasResults | undefined,
    remarks: read("remarks.json") as Remarks | undefined,
    readme: relative(folder, README),
  };
  writeFileSync(
    join(folder, "cpu.svg"),
    barChart("CPU time of the server per call, µs (log scale)", cpuGroups(results)),
  );
  writeFileSync(
    join(folder, "latency.svg"),
    barChart("P99 from the intended send time, ms (log scale)", latencyGroups(results)),
  );
  writeFileSync(join(folder, "README.md"), renderPage(results, basename(jsonFile), beside));
}

export function renderPage(
  results: GridResults,
  jsonName: string,
  { extras, remarks, readme = "../README.md" }: PageExtras,
): string {
  const { machine, transport, seconds, cells } = results;
  const titles = [...new Set(cells.map(cellTitle))];
  const closed = titles.filter((title) => title.includes("in flight"));
  const open = titles.filter((title) => !title.includes("in flight"));
  const of = (title: string): CellResult[] => cells.filter((cell) => cellTitle(cell) === title);
  return `# Benchmark results

Made by \`make bench\` from [${jsonName}](${jsonName}); not edited. ${machine.date}, commit ${machine.commit}, Node ${machine.node}, Redis ${machine.redis},
${machine.cores} × ${machine.cpu}; transport: ${transport}. Each run lasts ${seconds} s; servers take turns within a round, and every figure is the median over the rounds that are not void.
Server and load client have a core each${machine.cores > 2 ? "" : "; Redis shares the client's"}. How to read and repeat it: [bench/README.md](${readme}).
${differences(results)}
## Bars

${barsTable(barFigures(results, extras), remarks)}

${sourceOfExtras(extras)}

![CPU per call](cpu.svg)

![Latency](latency.svg)

## CPU time per call

"RSS so far" is of one process that has been through the cells before as well; of a fresh one for each cell: above, under Bars.

${closed.map((title) => `### ${title}\n\n${cpuTable(of(title))}`).join("\n\n")}

## Latency at a fixed rate

Open loop; failed calls count as infinitely slow (∞). \`~\` = fewer than 100 calls above the percentile in all rounds together.

${open.map((title) => `### ${title}\n\n${latencyTable(of(title))}`).join("\n\n")}
`;
}

/** Remarks, each a line of its own; "" = the machine is alike enough. */
function differences({ cells }: GridResults): string {
  const costs = cells
    .filter(({ server, mode, keys }) => server === "baseline" && mode.kind === "closed" && keys === "uniform")
    .map((cell) => ({ features: cell.features, rows: cell.rows, micros: figureOf(cell, "serverMicros") }));
  return machineDifferences(costs)
    .map((words) => `\n> Remark: ${words}.\n`)
    .join("");
}

function sourceOfExtras(extras: ExtrasResults | undefined): string {
  if (extras === undefined)
    return "Start, first calls and large requests beside small ones: `node bench/extras.ts` was not run.";
  const { date, commit, node } = extras.machine;
  return `Start, first calls and large requests beside small ones are of another run: [extras.json](extras.json), ${date}, commit ${commit}, Node ${node}.`;
}

function cpuTable(cells: readonly CellResult[]): string {
  const ofBaseline = cells.find(({ server }) => server === "baseline");
  const baseline = ofBaseline === undefined ? null : figureOf(ofBaseline, "serverMicros");
  const rows = cells.map((cell) => {
    const micros = figureOf(cell, "serverMicros");
    const ratio = baseline === null || micros === null || cell.server === "redis" ? "" : (micros / baseline).toFixed(2);
    const redis = cell.server === "redis" || cell.server === "echo" ? "" : shown(figureOf(cell, "redisMicros"), 0);
    const memory = cell.server === "redis" ? "" : shown((figureOf(cell, "rssBytes") ?? 0) / 1e6, 0);
    return `| ${SERVER_TITLES[cell.server]} | ${shown(micros, 1)} | ${ratio} | ${shown(figureOf(cell, "perSecond"), 0)} | ${redis} | ${memory} | ${remark(cell)} |`;
  });
  const head =
    "| server | µs | of the baseline | calls/s | Redis µs | RSS so far MB | remarks |\n|---|---:|---:|---:|---:|---:|---|";
  return [head, ...rows].join("\n");
}

function latencyTable(cells: readonly CellResult[]): string {
  const rows = cells.map((cell) => {
    const p99 = `${cell.p99Solid ? "" : "~"}${shown(figureOf(cell, "p99Ms"), 2)}`;
    const p999 = `${cell.p999Solid ? "" : "~"}${shown(figureOf(cell, "p999Ms"), 2)}`;
    const micros = shown(figureOf(cell, "serverMicros"), 0);
    return `| ${SERVER_TITLES[cell.server]} | ${shown(figureOf(cell, "p50Ms"), 2)} | ${p99} | ${p999} | ${micros} | ${remark(cell)} |`;
  });
  const head = "| server | P50 ms | P99 ms | P99.9 ms | server µs | remarks |\n|---|---:|---:|---:|---:|---|";
  return [head, ...rows].join("\n");
}

function remark(cell: CellResult): string {
  const failed = Object.values(cell.problems).reduce((sum, count) => sum + count, 0);
  return [
    ...(cell.void.length === 0 ? [] : [`VOID (${cell.void.length} of ${cell.calls.length} runs): ${cell.void[0]}`]),
    ...(cell.wrongAnswers.length === 0 ? [] : ["WRONG ANSWERS"]),
    ...(failed === 0 ? [] : [`${failed} calls failed`]),
    ...(cell.checkedAnswers === 0 ? [] : [`${cell.checkedAnswers} answers checked`]),
  ].join("; ");
}

function cpuGroups({ cells }: GridResults): BarGroup[] {
  return groups(
    cells.filter(({ mode }) => mode.kind === "closed"),
    (cell) => figureOf(cell, "serverMicros"),
    "µs",
  );
}

function latencyGroups({ cells }: GridResults): BarGroup[] {
  return groups(
    cells.filter(({ mode }) => mode.kind === "open"),
    (cell) => figureOf(cell, "p99Ms"),
    "ms",
  );
}

function groups(cells: readonly CellResult[], pick: (cell: CellResult) => number | null, unit: string): BarGroup[] {
  return [...new Set(cells.map(cellTitle))].map((title) => ({
    title,
    bars: cells
      .filter((cell) => cellTitle(cell) === title)
      .flatMap((cell) => {
        const value = pick(cell);
        if (value === null) return [];
        const digits = value < 10 ? 2 : 0;
        const strong = cell.server.startsWith("sidecar");
        return [{ label: SERVER_TITLES[cell.server], value, text: `${value.toFixed(digits)} ${unit}`, strong }];
      }),
  }));
}

function shown(value: number | null, digits: number): string {
  return value === null ? "∞" : value.toFixed(digits);
}
