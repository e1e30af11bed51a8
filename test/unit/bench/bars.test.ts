/** Each bar is on the page, with the figure that decides and what is known when it is not reached. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { LoadResult } from "../../../bench/load/load-plan.ts";
import { type BarFigure, barFigures } from "../../../bench/report/bars.ts";
import { barsTable } from "../../../bench/report/bars-table.ts";
import { renderPage } from "../../../bench/report/page.ts";
import type { ExtrasResults } from "../../../bench/run/extras-results.ts";
import { BAR_CELLS, type Cell, closedCell } from "../../../bench/run/grid-plan.ts";
import { type CellResult, type GridResults, summarize, summarizeMemory } from "../../../bench/run/grid-results.ts";
import type { ServerName } from "../../../bench/run/servers.ts";
import { LatencyHistogram } from "../../../src/load/latency-histogram.ts";

const MACHINE = { commit: "abc", node: "v26", redis: "7", cpu: "c", cores: 2, memoryBytes: 1, date: "2026-11-24" };
const RATES = [500, 1_500, 2_500];

/** @param p99Ms what the slowest fiftieth of the calls took: P99 and P99.9 alike */
function run(changes: Partial<LoadResult> = {}, p99Ms = 1): LoadResult {
  const latencies = new LatencyHistogram();
  for (let count = 0; count < 980; count += 1) latencies.record(p99Ms / 2);
  for (let count = 0; count < 20; count += 1) latencies.record(p99Ms);
  return {
    calls: 1_000,
    perSecond: 500,
    problems: {},
    latencies: latencies.toJSON(),
    serverMicros: 20,
    redisMicros: 20,
    clientShare: 0.2,
    serverRssBytes: 100e6,
    checked: 50,
    wrong: [],
    void: undefined,
    ...changes,
  };
}

const open = (ratePerSecond: number): Cell => ({ ...closedCell(50, 1), mode: { kind: "open", ratePerSecond } });
const closed = (name: ServerName, cell: Cell, serverMicros: number, changes: Partial<LoadResult> = {}): CellResult =>
  summarize(name, cell, [run({ serverMicros, ...changes })]);
const latency = (name: ServerName, rate: number, p99Ms: number): CellResult =>
  summarize(name, open(rate), [run({}, p99Ms)]);

/** A run in which every bar is reached. */
const GOOD: readonly CellResult[] = [
  ...BAR_CELLS.flatMap((cell) => [closed("sidecar", cell, 19 * cell.rows), closed("baseline", cell, 100 * cell.rows)]),
  closed("sidecar", closedCell(50, 1_000), 21_000),
  ...RATES.flatMap((rate) => [latency("sidecar", rate, 1), latency("baseline", rate, 2), latency("echo", rate, 0.6)]),
];
const MEMORY = BAR_CELLS.map((cell) => summarizeMemory(cell, [run()]));
const EXTRAS: ExtrasResults = {
  machine: MACHINE,
  transport: "default",
  readyMs: 400,
  firstCallsP99Ms: 3,
  aloneP99Ms: 2,
  besideP99Ms: 4,
  addedP99Ms: 2,
  addedToBareRedisP99Ms: 1.5,
  sidecarBytesPerCall: 1,
  baselineBytesPerCall: 1,
  rounds: {},
};

/** GOOD with some cells replaced by, or without, others of the same server and load. */
function bars(replaced: readonly CellResult[] = [], changes: Partial<GridResults> = {}, extras?: ExtrasResults) {
  const key = ({ server, features, rows, mode }: CellResult): string => JSON.stringify([server, features, rows, mode]);
  const keys = new Set(replaced.map(key));
  const cells = [...GOOD.filter((cell) => !keys.has(key(cell))), ...replaced];
  const results = { machine: MACHINE, transport: "default", seconds: 2, cells, memory: MEMORY, ...changes };
  return new Map(barFigures(results, extras ?? EXTRAS).map((figure) => [figure.id, figure]));
}
const verdict = (figures: ReadonlyMap<string, BarFigure>, id: string): string | undefined => figures.get(id)?.verdict;
const missed = (figures: ReadonlyMap<string, BarFigure>): string[] =>
  [...figures.values()].filter(({ verdict: word }) => word !== "reached").map(({ id }) => id);

describe("bars", () => {
  it("are all reached by a run that reaches them", () => {
    const figures = bars();
    expect(figures.size).toBe(18);
    expect(missed(figures)).toEqual([]);
    expect(figures.get("cpu-10x1")).toMatchObject({ bar: "≤ 0.2", measured: "0.190" });
    expect(figures.get("cost-per-row")?.measured).toBe("1.11 (21.0 µs a row, 19.0 at 100)");
    expect(figures.get("large-beside-small")?.measured).toBe("2.0 ms; the control, bare Redis: 1.5 ms");
  });

  it("of CPU are ratios to the baseline of the run", () => {
    const most = { "10x1": 20, "50x1": 25, "250x1": 28.5, "50x100": 20 };
    for (const cell of BAR_CELLS) {
      const name = `${cell.features}x${cell.rows}` as keyof typeof most;
      expect(
        missed(bars([closed("sidecar", cell, most[name] * cell.rows)])).filter((id) => id.startsWith("cpu")),
      ).toEqual([]);
      const over = closed("sidecar", cell, (most[name] + 0.2) * cell.rows);
      expect(missed(bars([over])).filter((id) => id.startsWith("cpu"))).toEqual([`cpu-${name}`]);
    }
  });

  it("of the cost per row compares 1,000 rows with 100", () => {
    expect(missed(bars([closed("sidecar", closedCell(50, 1_000), 22_000)]))).toEqual(["cost-per-row"]);
  });

  it("of P99 and P99.9 hold against every server, and twice the echo", () => {
    expect(missed(bars([latency("feast-go", 1_500, 0.9)]))).toEqual(["p99-1500"]);
    expect(missed(bars([latency("echo", 2_500, 0.4)]))).toEqual(["p999-2500"]);
    const failed = summarize("sidecar", open(500), [
      run({ latencies: { buckets: [], failures: 9 }, problems: { x: 9 } }),
    ]);
    expect(missed(bars([failed]))).toEqual(["p99-500", "p999-500"]);
    expect(bars([failed]).get("p99-500")).toMatchObject({ verdict: "not reached" });
    const nobody = summarize("baseline", open(500), [
      run({ latencies: { buckets: [], failures: 9 }, problems: { x: 9 } }),
    ]);
    expect(verdict(bars([failed, nobody]), "p99-500")).toBe("not reached");
  });

  it("of memory are of a fresh process, each cell its own", () => {
    const grown = BAR_CELLS.map((cell) =>
      summarizeMemory(cell, [run({ serverRssBytes: cell.rows === 100 ? 121e6 : 1e8 })]),
    );
    expect(missed(bars([], { memory: grown }))).toEqual(["rss-50x100"]);
    const wrong = BAR_CELLS.map((cell) => summarizeMemory(cell, [run({ wrong: ["x"] })]));
    expect(verdict(bars([], { memory: wrong }), "rss-10x1")).toBe("not judged");
  });

  it("of start and mix are of the extras", () => {
    const late = { ...EXTRAS, readyMs: 501, firstCallsP99Ms: 5.1, addedP99Ms: 3.1 };
    expect(missed(bars([], {}, late))).toEqual(["ready", "first-calls", "large-beside-small"]);
    const { addedToBareRedisP99Ms, ...old } = EXTRAS;
    expect(bars([], {}, old as ExtrasResults).get("large-beside-small")?.measured).toContain("not measured");
  });

  it("are not reached by what was not measured, is void or was answered wrong", () => {
    const nothing = barFigures({ machine: MACHINE, transport: "default", seconds: 2, cells: [] }, undefined);
    expect(nothing.map(({ verdict: word }) => word)).toEqual(new Array(18).fill("not measured"));
    const cell = closedCell(10, 1);
    const busy = { void: "the client took 80 % of a core", clientShare: 0.8 };
    expect(bars([closed("baseline", cell, 100, busy)]).get("cpu-10x1")).toMatchObject({
      verdict: "not judged",
      measured: "every run of baseline (grpc-js + ioredis) is void",
    });
    expect(verdict(bars([closed("sidecar", cell, 1, { wrong: ["x"] })]), "cpu-10x1")).toBe("not judged");
    expect(verdict(bars([closed("sidecar", cell, 1, { problems: { x: 1 } })]), "cpu-10x1")).toBe("not judged");
  });
});

describe("remarks", () => {
  const page = (remarks: Record<string, string> | undefined): string => {
    const cells = GOOD.map((cell) =>
      cell.server === "sidecar" && cell.rows === 1_000 ? closed("sidecar", closedCell(50, 1_000), 30_000) : cell,
    );
    const results = { machine: MACHINE, transport: "default", seconds: 2, cells, memory: MEMORY };
    return renderPage(results, "grid.json", { extras: EXTRAS, remarks });
  };

  it("stand on the page for bars not reached only", () => {
    const text = page({ "cost-per-row": "Chunks are too long.", ready: "Slow disks." });
    expect(text).toContain("| ≤ 1.15 | 1.58 (30.0 µs a row, 19.0 at 100) | **not reached** |");
    expect(text).toContain("over that at 100 (`cost-per-row`): Chunks are too long.\n");
    expect(text).not.toContain("Slow disks.");
    expect(page({ "cost-per-row": "" })).toContain("(`cost-per-row`): the reason is not known yet.");
    expect(page({})).toContain("(`cost-per-row`): the reason is not known yet.");
  });

  it("are not linked where there are none", () => {
    expect(page({})).toContain("not reached ([remarks.json](remarks.json)):\n");
    expect(page(undefined)).toContain("not reached:\n");
    expect(page(undefined)).toContain("(`cost-per-row`): the reason is not known yet.");
  });

  it("are not asked for when every bar is reached", () => {
    expect(barsTable([...bars().values()], {})).not.toContain("not reached");
  });

  it("in bench/results/remarks.json have the bars' ids, each once", () => {
    const file = new URL("../../../bench/results/remarks.json", import.meta.url);
    expect(Object.keys(JSON.parse(readFileSync(file, "utf8")))).toEqual([...bars().keys()]);
  });
});
