/** bench/results/README.md and its plots, from the grid's JSON: nothing on it was written by hand. */
import { writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { cellTitle } from "../run/grid-plan.ts";
import { type CellResult, type GridResults, middle } from "../run/grid-results.ts";
import { SERVER_TITLES } from "../run/servers.ts";
import { type BarGroup, barChart } from "./plot.ts";

/** Writes README.md, cpu.svg and latency.svg beside `jsonFile`. */
export function writePage(results: GridResults, jsonFile: string): void {
  const folder = dirname(jsonFile);
  writeFileSync(
    join(folder, "cpu.svg"),
    barChart("CPU time of the server per call, µs (log scale)", cpuGroups(results)),
  );
  writeFileSync(
    join(folder, "latency.svg"),
    barChart("P99 from the intended send time, ms (log scale)", latencyGroups(results)),
  );
  writeFileSync(join(folder, "README.md"), renderPage(results, basename(jsonFile)));
}

export function renderPage({ machine, transport, seconds, cells }: GridResults, jsonName: string): string {
  const titles = [...new Set(cells.map(cellTitle))];
  const closed = titles.filter((title) => title.includes("in flight"));
  const open = titles.filter((title) => !title.includes("in flight"));
  const of = (title: string): CellResult[] => cells.filter((cell) => cellTitle(cell) === title);
  return `# Benchmark results

Made by \`make bench\` from [${jsonName}](${jsonName}); not edited. ${machine.date}, commit ${machine.commit}, Node ${machine.node}, Redis ${machine.redis},
${machine.cores} × ${machine.cpu}; transport: ${transport}. Each run lasts ${seconds} s; servers take turns within a round, and every figure is the median over the rounds.
Server and load client have a core each${machine.cores > 2 ? "" : "; Redis shares the client's"}. How to read and repeat it: [bench/README.md](../README.md).

![CPU per call](cpu.svg)

![Latency](latency.svg)

## CPU time per call

${closed.map((title) => `### ${title}\n\n${cpuTable(of(title))}`).join("\n\n")}

## Latency at a fixed rate

Open loop; failed calls count as infinitely slow (∞). \`~\` = fewer than 100 calls above the percentile in all rounds together.

${open.map((title) => `### ${title}\n\n${latencyTable(of(title))}`).join("\n\n")}
`;
}

function cpuTable(cells: readonly CellResult[]): string {
  const baseline = middle(cells.find(({ server }) => server === "baseline")?.serverMicros ?? []);
  const rows = cells.map((cell) => {
    const micros = middle(cell.serverMicros);
    const ratio = baseline === null || micros === null || cell.server === "redis" ? "" : (micros / baseline).toFixed(2);
    const redis = cell.server === "redis" || cell.server === "echo" ? "" : shown(middle(cell.redisMicros), 0);
    const memory = cell.server === "redis" ? "" : shown((middle(cell.rssBytes) ?? 0) / 1e6, 0);
    return `| ${SERVER_TITLES[cell.server]} | ${shown(micros, 1)} | ${ratio} | ${shown(middle(cell.perSecond), 0)} | ${redis} | ${memory} | ${remark(cell)} |`;
  });
  const head =
    "| server | µs | of the baseline | calls/s | Redis µs | RSS MB | remarks |\n|---|---:|---:|---:|---:|---:|---|";
  return [head, ...rows].join("\n");
}

function latencyTable(cells: readonly CellResult[]): string {
  const rows = cells.map((cell) => {
    const p99 = `${cell.p99Solid ? "" : "~"}${shown(middle(cell.p99Ms), 2)}`;
    const p999 = `${cell.p999Solid ? "" : "~"}${shown(middle(cell.p999Ms), 2)}`;
    const micros = shown(middle(cell.serverMicros), 0);
    return `| ${SERVER_TITLES[cell.server]} | ${shown(middle(cell.p50Ms), 2)} | ${p99} | ${p999} | ${micros} | ${remark(cell)} |`;
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
    ({ serverMicros }) => middle(serverMicros),
    "µs",
  );
}

function latencyGroups({ cells }: GridResults): BarGroup[] {
  return groups(
    cells.filter(({ mode }) => mode.kind === "open"),
    ({ p99Ms }) => middle(p99Ms),
    "ms",
  );
}

function groups(cells: readonly CellResult[], figureOf: (cell: CellResult) => number | null, unit: string): BarGroup[] {
  return [...new Set(cells.map(cellTitle))].map((title) => ({
    title,
    bars: cells
      .filter((cell) => cellTitle(cell) === title)
      .flatMap((cell) => {
        const value = figureOf(cell);
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
