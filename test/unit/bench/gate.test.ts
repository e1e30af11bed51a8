/** The gate fails for each of its reasons, and for no other. */
import { describe, expect, it } from "vitest";
import type { LoadResult } from "../../../bench/load/load-plan.ts";
import { recordedRatio, recordOf } from "../../../bench/run/gate-record.ts";
import { collectRounds } from "../../../bench/run/gate-rounds.ts";
import { type GateRound, gateFailures, gateFigures } from "../../../bench/run/gate-verdict.ts";
import { type GhzCalls, readGhzReport } from "../../../bench/run/ghz.ts";

const RATE = 1_000;

function calls(p99Ms: number, changes: Partial<GhzCalls> = {}): GhzCalls {
  return { calls: 10_000, notOk: 0, problems: {}, perSecond: RATE, p50Ms: 1, p99Ms, p999Ms: p99Ms * 2, ...changes };
}

function load(serverMicros: number, changes: Partial<LoadResult> = {}): LoadResult {
  return {
    calls: 1_000,
    perSecond: 5_000,
    problems: {},
    latencies: { buckets: [], failures: 0 },
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

function round(changes: Partial<GateRound> = {}): GateRound {
  return {
    sidecar: calls(4),
    control: calls(1),
    sidecarLoad: load(25),
    baselineLoad: load(100),
    before: load(90),
    after: load(90),
    ...changes,
  };
}

const three = (...changes: Partial<GateRound>[]): GateRound[] => [0, 1, 2].map((index) => round(changes[index]));
const failures = (rounds: readonly GateRound[], recorded: number | undefined = 0.25): string[] =>
  gateFailures(rounds, RATE, recorded);

describe("the gate", () => {
  it("passes three good rounds", () => {
    expect(failures(three())).toEqual([]);
  });

  it("judges P99 by the median: one slow round passes, two do not", () => {
    const slow = { sidecar: calls(11) };
    expect(failures(three(slow))).toEqual([]);
    expect(failures(three(slow, slow))).toEqual([
      expect.stringContaining("P99 is 11.00 ms in the median, over 10.00 ms"),
    ]);
    expect(failures(three({ sidecar: calls(Number.POSITIVE_INFINITY) }, slow))).toHaveLength(1);
  });

  it("reads the bar beside the echo on a slow machine", () => {
    const slow = { sidecar: calls(15), control: calls(8) };
    expect(gateFigures(three(slow, slow, slow)).barMs).toBe(16);
    expect(failures(three(slow, slow, slow))).toEqual([]);
  });

  it("fails for one call that is not OK, and for a rate that was not kept, in any round", () => {
    expect(failures(three({}, { sidecar: calls(4, { notOk: 1, problems: { "Unavailable: no": 1 } }) }))).toEqual([
      "round 2: 1 of 10000 calls were not OK: Unavailable: no",
    ]);
    expect(failures(three({}, {}, { sidecar: calls(4, { perSecond: 979 }) }))).toEqual([
      "round 3: the offered rate was not kept: 979.0/s of 1000/s",
    ]);
  });

  it("fails for a wrong value, a failed call and for looking at no answer", () => {
    expect(failures(three({ sidecarLoad: load(25, { wrong: ["x is 1, not 2"] }) }))).toEqual([
      "round 1, sidecar: a sampled answer is wrong: x is 1, not 2",
    ]);
    expect(failures(three({ sidecarLoad: load(25, { problems: { "grpc-status 14": 3 } }) }))).toEqual([
      "round 1, sidecar: 3 calls failed: grpc-status 14",
    ]);
    expect(failures(three({ sidecarLoad: load(25, { checked: 0 }) }))).toEqual([
      "round 1, sidecar: no answer was checked",
    ]);
  });

  it("looks at the sidecar's answers on both sides of ghz, which looks at none", () => {
    expect(failures(three({}, { before: load(90, { wrong: ["x is 1, not 2"] }) }))).toEqual([
      "round 2, before ghz: a sampled answer is wrong: x is 1, not 2",
    ]);
    expect(failures(three({ after: load(90, { wrong: ["x is 1, not 2"] }) }))).toEqual([
      "round 1, after ghz: a sampled answer is wrong: x is 1, not 2",
    ]);
    expect(failures(three({ after: load(90, { checked: 0 }) }))).toEqual(["round 1, after ghz: no answer was checked"]);
    expect(failures(three({ before: load(90, { problems: { "grpc-status 14": 3 } }) }))).toEqual([
      "round 1, before ghz: 3 calls failed: grpc-status 14",
    ]);
  });

  it("does not judge by the figures of a void round, but by its answers", () => {
    const busy = { void: "the client took 80 % of a core" };
    // It would move the median.
    const cheap = { sidecarLoad: load(5, busy) };
    const grown = { sidecarLoad: load(32) };
    expect(failures(three(grown, grown, cheap))).toEqual([expect.stringContaining("0.32 of the baseline's")]);
    expect(gateFigures(three(grown, grown, cheap)).ratios).toEqual([0.32, 0.32]);
    expect(failures(three({}, {}, { sidecarLoad: load(25, { ...busy, wrong: ["x is 1, not 2"] }) }))).toEqual([
      "round 3, sidecar: a sampled answer is wrong: x is 1, not 2",
    ]);
  });

  it("fails without a valid round, and says so", () => {
    const busy = { baselineLoad: load(100, { void: "the client took 80 % of a core" }) };
    expect(failures(three(busy, busy, busy))).toEqual([
      "no round of 3 was valid, so nothing was judged: baseline: the client took 80 % of a core",
    ]);
    expect(failures([])).toHaveLength(1);
  });

  it("fails when CPU per call grew by more than a quarter against the baseline", () => {
    const grown = { sidecarLoad: load(32) };
    expect(failures(three(grown))).toEqual([]);
    expect(failures(three(grown, grown))).toHaveLength(1);
    expect(failures(three(grown, grown, grown))).toEqual([expect.stringContaining("0.32 of the baseline's")]);
    expect(failures(three(grown, grown, grown), 0.26)).toEqual([]);
  });

  it("fails without a recorded ratio, and with figures that are none", () => {
    expect(gateFailures(three(), RATE, undefined)).toEqual([expect.stringContaining("--record")]);
    const none = { sidecarLoad: load(25, { serverMicros: undefined }) };
    expect(failures(three(none, none, none))).toHaveLength(1);
  });
});

describe("rounds", () => {
  const VOID = round({ sidecarLoad: load(25, { void: "the client took 80 % of a core" }) });
  /** @param outcomes of the runs, in turn */
  const collect = async (count: number, outcomes: readonly GateRound[]) => {
    const seeds: number[] = [];
    const said: string[] = [];
    const rounds = await collectRounds(
      count,
      async (seed) => {
        seeds.push(seed);
        return outcomes[seed - 1] as GateRound;
      },
      (words) => said.push(words),
    );
    return { rounds, seeds, said };
  };

  it("that are void are named and run again, twice at most", async () => {
    const one = await collect(2, [round(), VOID, round()]);
    expect(one.seeds).toEqual([1, 2, 3]);
    expect(one.said).toEqual(["round 2 is VOID (sidecar: the client took 80 % of a core): it is run again"]);
    const never = await collect(1, [VOID, VOID, VOID, round()]);
    expect(never.rounds).toEqual([VOID, VOID, VOID]);
    expect(never.said.at(-1)).toBe("round 3 is VOID (sidecar: the client took 80 % of a core): given up");
  });

  it("that are valid are not run again", async () => {
    const { seeds, said } = await collect(3, [round(), round(), round()]);
    expect(seeds).toEqual([1, 2, 3]);
    expect(said).toEqual([]);
  });
});

describe("the record", () => {
  const five = [30, 25, 40, 35, 28].map((micros) => round({ sidecarLoad: load(micros) }));
  const machine = { commit: "a", node: "v26", redis: "7", cpu: "c", cores: 2, memoryBytes: 1, date: "2026-11-24" };

  it("holds what is judged: the median ratio, of five rounds at least, with where it comes from", () => {
    const record = recordOf(gateFigures(five), "default", machine);
    expect(record).toMatchObject({ middleRatio: 0.3, ratios: [0.3, 0.25, 0.4, 0.35, 0.28], machine });
    expect(recordedRatio(JSON.stringify(record))).toBe(0.3);
    expect(() => recordOf(gateFigures(five.slice(1)), "default", machine)).toThrow("only 4 rounds were valid");
  });

  it("of another statistic, or of too few rounds, is none", () => {
    expect(recordedRatio(JSON.stringify({ ratio: 0.22, sidecarMicros: 30, machine }))).toBeUndefined();
    expect(recordedRatio(JSON.stringify({ middleRatio: 0.2, ratios: [0.2, 0.3, 0.4] }))).toBeUndefined();
    // The best in the place of the median.
    expect(recordedRatio(JSON.stringify({ middleRatio: 0.25, ratios: [0.25, 0.28, 0.3, 0.35, 0.4] }))).toBeUndefined();
  });
});

describe("ghz's report", () => {
  const details = (count: number, failed: number) =>
    Array.from({ length: count }, (_, index) => ({
      latency: (index + 1) * 1e6,
      status: index < failed ? "Unavailable" : "OK",
    }));

  it("is read from its details", () => {
    expect(readGhzReport({ rps: 99.5, details: details(100, 0) })).toEqual({
      calls: 100,
      notOk: 0,
      problems: {},
      perSecond: 99.5,
      p50Ms: 50,
      p99Ms: 99,
      p999Ms: 100,
    });
  });

  it("counts failed calls as infinitely slow", () => {
    expect(readGhzReport({ rps: 1, details: details(100, 2) })).toMatchObject({
      notOk: 2,
      problems: { Unavailable: 2 },
      p99Ms: Number.POSITIVE_INFINITY,
    });
  });

  it("that holds no call is an error", () => {
    expect(() => readGhzReport({ rps: 0, details: null })).toThrow("no call");
    expect(() => readGhzReport({ rps: 0 })).toThrow("no call");
  });
});
