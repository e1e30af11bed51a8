/** The micro benchmarks still run on today's sources, and the harness measures what it says. */
import { describe, expect, it } from "vitest";
import { compareRounds } from "../../../bench/micro/compare-rounds.ts";
import { chooseCases, corpus } from "../../../bench/micro/corpus.ts";
import { measure, summarize } from "../../../bench/micro/measure.ts";
import { selfTimes } from "../../../bench/micro/self-times.ts";

describe("the corpus", () => {
  it.each(corpus.map(({ name, prepare }) => ({ name, prepare })))("$name is right", ({ prepare }) => {
    const { check, run, ops } = prepare();
    check();
    expect(run()).toBeDefined();
    expect(ops).toBeGreaterThan(0);
  });

  it("has each name once, and is chosen from by pattern", () => {
    expect(new Set(corpus.map(({ name }) => name)).size).toBe(corpus.length);
    expect(chooseCases("^wire:").every(({ name }) => name.startsWith("wire:"))).toBe(true);
    expect(() => chooseCases("no such case")).toThrow("plan: bind");
  });
});

describe("measure", () => {
  /** A clock that only the case moves on. */
  const timed = (nsPerRun: number, ops: number, check = () => {}) => {
    let nowNs = 0;
    const run = () => (nowNs += nsPerRun);
    return measure({ ops, run, check }, 1, () => (nowNs += 1));
  };

  it("gives time per operation", () => {
    expect(timed(1_000, 1).nsPerOp).toBeCloseTo(1_000, -1);
    expect(timed(1_000, 10).nsPerOp).toBeCloseTo(100, -1);
    expect(timed(1_000, 1).samples).toBeGreaterThanOrEqual(11);
  });

  it("times nothing that is wrong", () => {
    expect(() =>
      timed(1, 1, () => {
        throw new Error("wrong");
      }),
    ).toThrow("wrong");
  });

  it("names the spread of the middle half", () => {
    expect(summarize([80, 90, 100, 110, 120])).toMatchObject({ nsPerOp: 100, opsPerSecond: 1e7, margin: 0.1 });
  });
});

describe("base against branch", () => {
  const rounds = (bases: readonly number[], branches: readonly number[]) =>
    bases.map((base, index) => ({ base, branch: branches[index] }));

  it("calls a difference only what lies outside of the noise", () => {
    expect(compareRounds(rounds([100, 102, 98], [80, 81, 82]))).toContain("-19.0 %  faster");
    expect(compareRounds(rounds([100, 102, 98], [120, 121, 119]))).toContain("+20.0 %  SLOWER");
    expect(compareRounds(rounds([100, 102, 98], [80, 81, 99]))).toContain("no difference");
    expect(compareRounds(rounds([100, 100.1], [99, 99.1]))).toContain("no difference");
  });

  it("says which side cannot run the case", () => {
    expect(compareRounds([{ base: undefined, branch: 1 }])).toBe("the base cannot run it");
    expect(compareRounds([{ base: 1, branch: undefined }])).toBe("the working tree cannot run it");
  });
});

describe("a profile", () => {
  it("is time per function, without idling", () => {
    const node = (id: number, functionName: string, url = "") => ({
      id,
      callFrame: { functionName, url, lineNumber: 4 },
    });
    const profile = {
      nodes: [
        node(1, "(idle)"),
        node(2, "bind", "file:///x/src/plan/bind.ts"),
        node(3, "bind", "file:///x/src/plan/bind.ts"),
        node(4, ""),
      ],
      samples: [1, 2, 3, 4],
      timeDeltas: [500, 10, 20, 10],
    };
    expect(selfTimes(profile)).toEqual([
      { where: "bind plan/bind.ts:5", share: 0.75 },
      { where: "(anonymous)", share: 0.25 },
    ]);
  });
});
