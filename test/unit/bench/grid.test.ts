/** From runs to a page: what is marked, what fails. */
import { describe, expect, it } from "vitest";
import type { LoadResult } from "../../../bench/load/load-plan.ts";
import { renderPage } from "../../../bench/report/page.ts";
import { barChart } from "../../../bench/report/plot.ts";
import { cellTitle, closedCell, fullGrid, isAsked, shortGrid } from "../../../bench/run/grid-plan.ts";
import { faults, figureOf, isVoid, middle, summarize, summarizeMemory } from "../../../bench/run/grid-results.ts";
import { machineDifferences } from "../../../bench/run/machine-difference.ts";
import { median } from "../../../bench/run/median.ts";
import { SERVER_NAMES } from "../../../bench/run/servers.ts";
import { chooseCores } from "../../../bench/run/world.ts";
import { LatencyHistogram } from "../../../src/load/latency-histogram.ts";

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

  it("asks a thousand rows of two servers only, unless it is the full one", () => {
    const large = shortGrid().find(({ rows }) => rows === 1_000);
    expect(large).toEqual(closedCell(50, 1_000));
    const asked = (full: boolean) => SERVER_NAMES.filter((name) => isAsked(name, closedCell(50, 1_000), 0, full));
    expect(asked(false)).toEqual(["sidecar", "baseline"]);
    expect(asked(true)).toEqual(SERVER_NAMES.filter((name) => name !== "feast-listen" && name !== "feast-serve"));
    expect(SERVER_NAMES.filter((name) => isAsked(name, closedCell(50, 1), 0, false))).toEqual([...SERVER_NAMES]);
    expect([isAsked("feast-listen", closedCell(50, 1), 1, false), isAsked("feast-serve", OPEN, 0, true)]).toEqual([
      false,
      false,
    ]);
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
    expect(faults([cell], [])).toEqual(["sidecar, 50 features × 1 row, uniform keys, 500/s: 2 × RST_STREAM 7"]);
  });

  it("does not count void runs, unless there is no other", () => {
    const busy = { void: "the client took 71 % of a core", clientShare: 0.7001 };
    const cell = summarize("sidecar", closedCell(50, 1), [run(10, busy), run(30), run(20), run(12, busy)]);
    expect(figureOf(cell, "serverMicros")).toBe(30);
    expect(isVoid(cell)).toBe(false);
    const edge = summarize("sidecar", closedCell(50, 1), [run(10, { clientShare: 0.7 }), run(20, busy), run(20, busy)]);
    expect(figureOf(edge, "serverMicros")).toBe(10);
    const none = summarize("sidecar", closedCell(50, 1), [run(10, busy), run(30, busy), run(20, busy)]);
    expect([figureOf(none, "serverMicros"), isVoid(none)]).toEqual([20, true]);
  });

  it("is at fault when no answer was checked, but for the floors, and when a fresh sidecar was wrong", () => {
    const blind = run(10, { checked: 0 });
    const faultsOf = (name: "sidecar" | "echo") => faults([summarize(name, closedCell(50, 1), [blind])], []);
    expect(faultsOf("sidecar")).toEqual([
      "sidecar, 50 features × 1 row, uniform keys, 10 in flight: no answer was checked",
    ]);
    expect(faultsOf("echo")).toEqual([]);
    const memory = summarizeMemory(closedCell(10, 1), [run(10), run(10, { wrong: ["x"], problems: { y: 2 } })]);
    expect(memory).toMatchObject({ features: 10, rows: 1, rssBytes: [1e8, 1e8] });
    expect(faults([], [memory])).toEqual(["a fresh sidecar: x", "a fresh sidecar: 2 × y"]);
  });

  it("median: the upper of two", () => {
    expect([median([3, 1, 2]), median([1, 2]), median([])]).toEqual([2, 2, Number.NaN]);
  });
});

describe("the machine", () => {
  const named = (features: number, rows: number, micros: number | null): number =>
    machineDifferences([{ features, rows, micros }]).length;

  it("is too different when the baseline costs 30 % more or less than where the bars come from", () => {
    expect([80, 81, 115, 149, 150].map((micros) => named(50, 1, micros))).toEqual([1, 0, 0, 0, 1]);
    expect([79, 80, 146, 148].map((micros) => named(10, 1, micros))).toEqual([1, 0, 0, 1]);
    expect([named(250, 1, 361), named(50, 100, 6_501)]).toEqual([1, 1]);
  });

  it("is not judged by what was not measured, there or here", () => {
    expect([named(50, 1, null), named(50, 1, Number.NaN), named(50, 10, 1), named(50, 1_000, 1)]).toEqual([0, 0, 0, 0]);
  });
});

describe("the page", () => {
  const page = (changes: Partial<LoadResult> = {}): string => {
    const cells = [
      summarize("sidecar", closedCell(50, 1), [run(25, changes)]),
      summarize("baseline", closedCell(50, 1), [run(100)]),
      summarize("sidecar", OPEN, [run(40, changes)]),
    ];
    return renderPage({ machine: MACHINE, transport: "default", seconds: 2, cells }, "grid.json", {
      extras: undefined,
      remarks: {},
    });
  };

  it("says where it comes from and how the sidecar stands to the baseline", () => {
    expect(page()).toContain("commit abc, Node v26, Redis 7,\n2 × some CPU");
    expect(page()).toContain("| feast-sidecar (gRPC) | 25.0 | 0.25 | 500 | 20 | 100 | 50 answers checked |");
    expect(page()).toContain("| ~2.00 | ~2.00 | 40 |");
  });

  it("names a machine that is too different, as a remark", () => {
    expect(page()).not.toContain("too different");
    const cells = [summarize("baseline", closedCell(50, 1), [run(160)])];
    const results = { machine: MACHINE, transport: "default", seconds: 2, cells };
    expect(renderPage(results, "grid.json", { extras: undefined, remarks: {} })).toContain(
      "> Remark: this machine is too different (or too busy): the baseline takes 160 µs for 50 features × 1, not",
    );
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
