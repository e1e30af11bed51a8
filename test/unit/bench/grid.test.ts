/** From runs to a page: what is marked, what fails. */
import { describe, expect, it } from "vitest";
import { LatencyHistogram } from "../../../bench/load/latency-histogram.ts";
import type { LoadResult } from "../../../bench/load/load-plan.ts";
import { renderPage } from "../../../bench/report/page.ts";
import { barChart } from "../../../bench/report/plot.ts";
import { cellTitle, closedCell, fullGrid, shortGrid } from "../../../bench/run/grid-plan.ts";
import { faults, middle, summarize } from "../../../bench/run/grid-results.ts";
import { median } from "../../../bench/run/median.ts";
import { chooseCores } from "../../../bench/run/world.ts";

function run(serverMicros: number, changes: Partial<LoadResult> = {}): LoadResult {
  const latencies = new LatencyHistogram();
  for (let count = 0; count < 1_000; count += 1) latencies.record(1 + count / 1_000);
  return {
    calls: 1_000,
    perSecond: 500,
    problems: {},
    latencies: latencies.toJSON(),
    serverMicros,
    redisMicros: 20,
    clientShare: 0.2,
    serverRssBytes: 1e8,
    checked: 50,
    wrong: [],
    void: undefined,
    ...changes,
  };
}

const MACHINE = {
  commit: "abc",
  node: "v26",
  redis: "7",
  cpu: "some CPU",
  cores: 2,
  memoryBytes: 1,
  date: "2026-11-24",
};
const OPEN = { ...closedCell(50, 1), mode: { kind: "open", ratePerSecond: 500 } } as const;

describe("the grid", () => {
  it("has each cell once", () => {
    for (const cells of [shortGrid(), fullGrid()]) expect(new Set(cells.map(cellTitle)).size).toBe(cells.length);
    expect(fullGrid().length).toBe(3 * 4 * 2 * 4);
  });

  it("gives the server a core of its own", () => {
    expect(chooseCores(1)).toEqual({ server: undefined, client: undefined, redis: undefined });
    expect(chooseCores(2)).toEqual({ server: "0", client: "1", redis: "1" });
    expect(chooseCores(8)).toEqual({ server: "0", client: "1", redis: "2" });
  });
});

describe("a summary", () => {
  it("takes medians over the rounds and pools latencies", () => {
    const cell = summarize("sidecar", OPEN, [run(30), run(10), run(20)]);
    expect(middle(cell.serverMicros)).toBe(20);
    expect(cell.pooledP99Ms).toBeCloseTo(1.99, 1);
    expect([cell.p99Solid, cell.p999Solid]).toEqual([false, false]);
    expect(summarize("sidecar", OPEN, Array(10).fill(run(1))).p99Solid).toBe(true);
  });

  it("shows failures as no percentile at all", () => {
    const failed = run(10, { latencies: { buckets: [], failures: 1 }, problems: { "RST_STREAM 7": 1 } });
    const cell = summarize("sidecar", OPEN, [failed, failed, run(10)]);
    expect(middle(cell.p99Ms)).toBeNull();
    expect(faults([cell])).toEqual(["sidecar, 50 features × 1 row, uniform keys, 500/s: 2 × RST_STREAM 7"]);
  });

  it("median: the upper of two", () => {
    expect([median([3, 1, 2]), median([1, 2]), median([])]).toEqual([2, 2, Number.NaN]);
  });
});

describe("the page", () => {
  const page = (changes: Partial<LoadResult> = {}): string => {
    const cells = [
      summarize("sidecar", closedCell(50, 1), [run(25, changes)]),
      summarize("baseline", closedCell(50, 1), [run(100)]),
      summarize("sidecar", OPEN, [run(40, changes)]),
    ];
    return renderPage({ machine: MACHINE, transport: "default", seconds: 2, cells }, "grid.json");
  };

  it("says where it comes from and how the sidecar stands to the baseline", () => {
    expect(page()).toContain("commit abc, Node v26, Redis 7,\n2 × some CPU");
    expect(page()).toContain("| feast-sidecar (gRPC) | 25.0 | 0.25 | 500 | 20 | 100 | 50 answers checked |");
    expect(page()).toContain("| ~2.00 | ~2.00 | 40 |");
  });

  it("marks void runs, wrong answers and failed calls", () => {
    expect(page({ void: "the client took 80 % of a core" })).toContain(
      "VOID (1 of 1 runs): the client took 80 % of a core",
    );
    expect(page({ wrong: ["x"] })).toContain("WRONG ANSWERS");
    expect(page({ problems: { a: 3 } })).toContain("3 calls failed");
  });

  it("draws bars that grow with their values", () => {
    const bar = (value: number) => ({ label: "a<b", value, text: `${value}`, strong: false });
    const svg = barChart("t", [{ title: "g", bars: [bar(1), bar(10), bar(100)] }]);
    const widths = [...svg.matchAll(/<rect [^>]*width="(\d+)"/g)].map((match) => Number(match[1]));
    expect(widths).toEqual([...widths].sort((a, b) => a - b));
    expect(new Set(widths).size).toBe(3);
    expect(svg).toContain("a&lt;b");
  });
});
