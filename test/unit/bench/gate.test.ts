/** The gate fails for each of its reasons, and for no other. */
import { describe, expect, it } from "vitest";
import type { LoadResult } from "../../../bench/load/load-plan.ts";
import { createRandom } from "../../../bench/load/random.ts";
import { type CpuPair, cpuFigures, validMicros } from "../../../bench/run/cpu-pairs.ts";
import { recordedRatio, recordOf } from "../../../bench/run/gate-record.ts";
import { collectRounds } from "../../../bench/run/gate-rounds.ts";
import { judgeWithSecondLook } from "../../../bench/run/gate-second-look.ts";
import { type GateBars, type GateRound, gateFigures, judgeGate } from "../../../bench/run/gate-verdict.ts";
import { type GhzCalls, readGhzReport } from "../../../bench/run/ghz.ts";
import { measurePairs, type Slice } from "../../../bench/run/measure-pairs.ts";

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

/** @param sidecarMicros one each, or the whole load @param baselineMicros as many, or one for all */
function pairsOf(
  sidecars: readonly (number | LoadResult)[],
  baselines: number | readonly (number | LoadResult)[] = 100,
): CpuPair[] {
  const loadOf = (of: number | LoadResult): LoadResult => (typeof of === "number" ? load(of) : of);
  return sidecars.map((sidecar, index) => ({
    sidecar: loadOf(sidecar),
    baseline: loadOf(typeof baselines === "number" ? baselines : (baselines[index] as number | LoadResult)),
  }));
}

function round(changes: Partial<GateRound> = {}): GateRound {
  return {
    sidecar: calls(4),
    control: calls(1),
    pairs: pairsOf([25, 25, 25, 25]),
    before: load(90),
    after: load(90),
    ...changes,
  };
}

const three = (...changes: Partial<GateRound>[]): GateRound[] => [0, 1, 2].map((index) => round(changes[index]));
const judge = (rounds: readonly GateRound[], recordedRatio: number | undefined = 0.25, furtherPairs: CpuPair[] = []) =>
  judgeGate({ rounds, furtherPairs }, { ratePerSecond: RATE, recordedRatio });
const failures = (...run: Parameters<typeof judge>): readonly string[] => judge(...run).failures;
const figures = (...rounds: GateRound[]) => gateFigures({ rounds, furtherPairs: [] });
const BUSY = "the client took 80 % of a core";
const busy = (micros: number, changes: Partial<LoadResult> = {}): LoadResult =>
  load(micros, { void: BUSY, ...changes });

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
    expect(figures(...three(slow, slow, slow)).barMs).toBe(16);
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

  it("fails for a wrong value, a failed call and for looking at no answer, in any pair", () => {
    const third = (sidecar: LoadResult) => three({ pairs: pairsOf([25, 25, sidecar, 25]) });
    expect(failures(third(load(25, { wrong: ["x is 1, not 2"] })))).toEqual([
      "round 1, pair 3, sidecar: a sampled answer is wrong: x is 1, not 2",
    ]);
    expect(failures(third(load(25, { problems: { "grpc-status 14": 3 } })))).toEqual([
      "round 1, pair 3, sidecar: 3 calls failed: grpc-status 14",
    ]);
    expect(failures(third(load(25, { checked: 0 })))).toEqual(["round 1, pair 3, sidecar: no answer was checked"]);
    const baselines = [100, load(100, { wrong: ["x is 1, not 2"] })];
    expect(failures(three({ pairs: pairsOf([25, 25], baselines) }))).toEqual([
      "round 1, pair 2, baseline: a sampled answer is wrong: x is 1, not 2",
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

  it("does not judge by the figures of a void pair, but by its answers", () => {
    const oneVoid = round({ pairs: pairsOf([25, busy(5), 26, 27]) });
    expect(figures(oneVoid).pairs.map((pair) => pair.sidecarMicros)).toEqual([25, 26, 27]);
    expect(figures(round({ pairs: pairsOf([25, 26], [100, busy(1)]) })).pairs).toHaveLength(1);
    const wrong = busy(5, { wrong: ["x is 1, not 2"] });
    expect(failures(three({ pairs: pairsOf([25, wrong, 26, 27]) }))).toEqual([
      "round 1, pair 2, sidecar: a sampled answer is wrong: x is 1, not 2",
    ]);
  });

  it("nor by the figures of a void round: one with fewer than half its pairs, or looked at by a busy client", () => {
    // They would move the quartile.
    const cheap = [5, 5, 5, 5];
    const grown = { pairs: pairsOf([32, 32, 32, 32]) };
    const half = round({ pairs: pairsOf([busy(5), 5, busy(5), 5]) });
    const less = round({ pairs: pairsOf([busy(5), 5, busy(5), busy(5)]) });
    expect(figures(half, round(grown)).pairs).toHaveLength(6);
    for (const isVoid of [
      less,
      round({ pairs: pairsOf(cheap), before: busy(90) }),
      round({ pairs: pairsOf(cheap), after: busy(90) }),
    ]) {
      expect(figures(round(grown), isVoid).ratio).toBe(0.32);
      expect(failures([round(grown), isVoid])).toEqual([expect.stringContaining("0.320 of the baseline's")]);
    }
    const wrong = busy(5, { wrong: ["x is 1, not 2"] });
    expect(failures(three({}, {}, { pairs: pairsOf([wrong]) }))).toEqual([
      "round 3, pair 1, sidecar: a sampled answer is wrong: x is 1, not 2",
    ]);
  });

  it("fails without a valid round, and says so", () => {
    const none = { pairs: pairsOf([25, 25], [busy(100), busy(100)]) };
    expect(failures(three(none, none, none))).toEqual([
      `no round of 3 was valid, so nothing was judged: only 0 of 2 pairs valid: baseline: ${BUSY}`,
    ]);
    expect(failures([])).toHaveLength(1);
    expect(failures([round({ pairs: [] })])).toHaveLength(1);
  });

  it("fails when CPU per call grew by more than a quarter against the baseline", () => {
    const grown = { pairs: pairsOf([32, 32, 32, 32]) };
    expect(failures(three(grown, grown))).toEqual([]);
    expect(failures(three(grown, grown, grown))).toEqual([
      "CPU per call is 0.320 of the baseline's (lower quartiles of 12 pairs, 32.0 of 100.0 µs), more than 1.25 × the recorded 0.250",
    ]);
    expect(failures(three(grown, grown, grown), 0.26)).toEqual([]);
  });

  it("fails without a recorded ratio, and with figures that are none", () => {
    const unrecorded = judgeGate(
      { rounds: three(), furtherPairs: [] },
      { ratePerSecond: RATE, recordedRatio: undefined },
    );
    expect(unrecorded.failures).toEqual([expect.stringContaining("--record")]);
    // What is not a number travels as null.
    for (const serverMicros of [undefined, null as unknown as undefined, 0]) {
      const none = { pairs: pairsOf([load(25, { serverMicros })]) };
      expect(failures(three(none, none, none))).toEqual([
        expect.stringContaining("sidecar: its CPU time is not known"),
      ]);
    }
  });
});

describe("CPU per call", () => {
  it("is taken in turn, each pair with its own seed, after more of a warm-up in the first", async () => {
    const slices: [string, Slice][] = [];
    const pairs = await measurePairs(3, 41, async (server, slice) => {
      slices.push([server, slice]);
      return load(slices.length);
    });
    const seconds = 1;
    expect(slices).toEqual(
      [
        { seed: 41, warmupSeconds: 2, seconds },
        { seed: 42, warmupSeconds: 0.5, seconds },
        { seed: 43, warmupSeconds: 0.5, seconds },
      ].flatMap((slice) => [
        ["sidecar", slice],
        ["baseline", slice],
      ]),
    );
    expect(validMicros(pairs)).toEqual([
      { sidecarMicros: 1, baselineMicros: 2 },
      { sidecarMicros: 3, baselineMicros: 4 },
      { sidecarMicros: 5, baselineMicros: 6 },
    ]);
  });

  it("is judged by lower quartiles, which disturbance of either server does not move", () => {
    const quiet = cpuFigures(validMicros(pairsOf([24, 22, 23, 25, 26, 22, 27, 23])));
    expect(quiet).toEqual({ sidecarMicros: 23, baselineMicros: 100, ratio: 0.23 });
    const disturbed = pairsOf([24, 22, 50, 23, 60, 22, 40, 23], [100, 180, 100, 190, 100, 100, 170, 160]);
    expect(cpuFigures(validMicros(disturbed))).toEqual(quiet);
    expect(cpuFigures([]).ratio).toBeNaN();
  });
});

describe("the second look", () => {
  /**
   * What slices of a second scatter over on a quiet machine with two cores, evenly, in an order of chance: most lie low, for disturbance only
   * adds. That leaves out how the luck of a sample moves a quartile.
   */
  const slices = (count: number, seed: number, growth = 1): CpuPair[] => {
    const random = createRandom(seed);
    const spread = (least: number, most: number): number[] =>
      Array.from({ length: count }, (_, index) => ({
        micros: least + (most - least) * ((index + 0.5) / count) ** 2,
        place: random(),
      }))
        .sort((a, b) => a.place - b.place)
        .map(({ micros }) => micros);
    const sidecars = spread(22, 35).map((micros) => micros * growth);
    return pairsOf(sidecars, spread(121, 166));
  };
  const inRounds = (pairs: readonly CpuPair[]): GateRound[] =>
    [0, 4, 8].map((from) => round({ pairs: pairs.slice(from, from + 4) }));
  /** The sidecar disturbed in all slices but one, the baseline in half of them. */
  const noisy = inRounds(
    pairsOf(
      [32, 36, 33, 35, 31, 36, 23, 31, 34, 36, 32, 33],
      [152, 127, 134, 130, 127, 134, 152, 127, 134, 152, 127, 134],
    ),
  );
  const RECORDED = cpuFigures(validMicros(slices(20, 1))).ratio;
  const BARS: GateBars = { ratePerSecond: RATE, recordedRatio: RECORDED };
  const look = async (rounds: readonly GateRound[], further: CpuPair[], bars = BARS) => {
    const asked: number[] = [];
    const said: string[] = [];
    const measure = async (count: number): Promise<CpuPair[]> => {
      asked.push(count);
      return further;
    };
    const verdict = await judgeWithSecondLook(rounds, bars, measure, (words) => said.push(words));
    return { ...verdict, asked, said };
  };

  it("is not taken by a run that passes, nor when anything else is wrong, or nothing recorded", async () => {
    expect(await look(inRounds(slices(12, 2)), [])).toMatchObject({ failures: [], asked: [], said: [] });
    const slow = noisy.map((each) => ({ ...each, sidecar: calls(11) }));
    expect(await look(slow, [])).toMatchObject({ failures: [expect.anything(), expect.anything()], asked: [] });
    const [first, ...others] = noisy as [GateRound, ...GateRound[]];
    const wrong = { ...first, before: load(90, { wrong: ["x is 1, not 2"] }) };
    expect((await look([wrong, ...others], [])).asked).toEqual([]);
    expect((await look(noisy, [], { ...BARS, recordedRatio: undefined })).asked).toEqual([]);
  });

  it("passes a noisy run whose further pairs are quiet, and says that it was taken", async () => {
    expect(failures(noisy, RECORDED)).toEqual([expect.stringContaining("0.252 of the baseline's")]);
    const { failures: left, figures: all, asked, said } = await look(noisy, slices(12, 3));
    expect(left).toEqual([]);
    expect(all.pairs).toHaveLength(24);
    expect(asked).toEqual([12]);
    expect(said).toEqual([expect.stringContaining("12 further pairs, then all are judged")]);
  });

  it("fails what grew by 30 %, in whatever order it scatters", async () => {
    for (let seed = 10; seed < 30; seed += 1) {
      const { failures: left, asked } = await look(inRounds(slices(12, seed, 1.3)), slices(12, 100 + seed, 1.3));
      expect(left, `seed ${seed}`).toEqual([expect.stringContaining("lower quartiles of 24 pairs")]);
      expect(asked).toEqual([12]);
    }
  });

  it("fails for what is answered in it, and counts no void pair", async () => {
    const quiet = slices(11, 3);
    const wrong = await look(noisy, [...quiet, ...pairsOf([load(25, { wrong: ["x is 1, not 2"] })], 130)]);
    expect(wrong.failures).toEqual(["further pair 12, sidecar: a sampled answer is wrong: x is 1, not 2"]);
    const allVoid = await look(noisy, pairsOf([busy(5), busy(5), busy(5)]));
    expect(allVoid.failures).toEqual([expect.stringContaining("lower quartiles of 12 pairs")]);
  });
});

describe("rounds", () => {
  const VOID = round({ pairs: pairsOf([busy(25), busy(25), busy(25), 25]) });
  const WHY = `only 1 of 4 pairs valid: sidecar: ${BUSY}`;
  /** @param outcomes of the runs, in turn */
  const collect = async (count: number, outcomes: readonly GateRound[]) => {
    const runs: number[] = [];
    const said: string[] = [];
    const rounds = await collectRounds(
      count,
      async (run) => {
        runs.push(run);
        return outcomes[run - 1] as GateRound;
      },
      (words) => said.push(words),
    );
    return { rounds, runs, said };
  };

  it("that are void are named and run again, twice at most", async () => {
    const one = await collect(2, [round(), VOID, round()]);
    expect(one.runs).toEqual([1, 2, 3]);
    expect(one.said).toEqual([`round 2 is VOID (${WHY}): it is run again`]);
    const never = await collect(1, [VOID, VOID, VOID, round()]);
    expect(never.rounds).toEqual([VOID, VOID, VOID]);
    expect(never.said.at(-1)).toBe(`round 3 is VOID (${WHY}): given up`);
  });

  it("that are valid are not run again", async () => {
    const { runs, said } = await collect(3, [round(), round(), round()]);
    expect(runs).toEqual([1, 2, 3]);
    expect(said).toEqual([]);
  });
});

describe("the record", () => {
  /** Five rounds of four pairs: 30, 31, … 49 of 100 µs. */
  const five = [0, 4, 8, 12, 16].map((from) =>
    round({ pairs: pairsOf([30, 31, 32, 33].map((micros) => micros + from)) }),
  );
  const machine = { commit: "a", node: "v26", redis: "7", cpu: "c", cores: 2, memoryBytes: 1, date: "2026-11-24" };
  const record = recordOf(figures(...five), "default", machine);

  it("holds what is judged: the ratio of the lower quartiles, of twenty pairs at least, with where it comes from", () => {
    expect(record).toMatchObject({ ratio: 0.35, sidecarMicros: 35, baselineMicros: 100, machine });
    expect(record.pairs).toHaveLength(20);
    expect(record.pairs[19]).toEqual({ sidecarMicros: 49, baselineMicros: 100 });
    expect(recordedRatio(JSON.stringify(record))).toBe(0.35);
    expect(() => recordOf(figures(...five.slice(1)), "default", machine)).toThrow("only 16 pairs were valid");
    const oneVoid = round({ pairs: pairsOf([30, busy(31), 32, 33]) });
    expect(() => recordOf(figures(oneVoid, ...five.slice(1)), "default", machine)).toThrow("only 19 pairs were valid");
  });

  it("of another statistic, or of too few pairs, is none", () => {
    const read = (changes: object) => recordedRatio(JSON.stringify({ ...record, ...changes }));
    expect(read({ pairs: undefined })).toBeUndefined();
    expect(read({ ratio: undefined, middleRatio: 0.35 })).toBeUndefined();
    // The median in the place of the quartile, the least, and a quartile that is not the pairs'.
    expect(read({ ratio: 0.4 })).toBeUndefined();
    expect(read({ ratio: 0.3 })).toBeUndefined();
    expect(read({ ratio: 0.36, sidecarMicros: 36 })).toBeUndefined();
    expect(read({ pairs: record.pairs.slice(1) })).toBeUndefined();
    expect(
      read({ pairs: [...record.pairs.slice(0, 19), { sidecarMicros: 49, baselineMicros: null }] }),
    ).toBeUndefined();
    // As the gate wrote it before.
    expect(
      recordedRatio(JSON.stringify({ middleRatio: 0.3, ratios: [0.3, 0.25, 0.4, 0.35, 0.28], machine })),
    ).toBeUndefined();
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
