/** Rows of an answer by age, on every way that an answer is made. */
import { describe, expect, it } from "vitest";
import { assemble, assembleInSlices } from "../../../src/assemble/assemble.ts";
import type { AgeTally, ViewAges } from "../../../src/model/age-tally.ts";
import { SliceTurns, TimeSlices } from "../../../src/timing/time-slices.ts";
import { boundOf, OPTIONS, RULES, type StoredCell, timestampBytes, type ViewRows } from "./fixture.ts";

/** Answers are made at so many seconds and a half. */
const NOW = 1_700_000_000;
const VALUE = Buffer.from([0x20, 7]);

const aged = (seconds: number): StoredCell[] => [VALUE, timestampBytes(NOW - seconds)];
const nobody: StoredCell[] = [null, null];

/** Counts of an objective of ten seconds for each view; undefined = that view has none. */
function tallyOf(views: readonly boolean[] = [true]): AgeTally & { readonly counts: () => number[][] } {
  const ages = views.map((has): ViewAges | undefined =>
    has ? { objectiveSeconds: 10, rows: new Float64Array(2) } : undefined,
  );
  let asked = 0;
  return {
    of: () => [ages[asked++ % ages.length]],
    counts: () => ages.map((each) => (each === undefined ? [] : [...each.rows])),
  };
}

const viewOf = (rows: ViewRows["rows"]): ViewRows => ({ features: ["f"], rows });

describe.each(["proto", "json"] as const)("rows of an answer in %s", (answer) => {
  const rules = answer === "proto" ? RULES.serving_service : RULES.http;

  it("are older than the objective by the fraction of a second", () => {
    const tally = tallyOf();
    const { bound, blocks } = boundOf([viewOf([aged(9), aged(10), aged(11), aged(-5)])]);
    assemble(bound, blocks, { ...OPTIONS, rules, ages: tally });
    expect(tally.counts()).toEqual([[2, 2]]);
  });

  it("count once for each row that shows them, and not at all without an event time", () => {
    const tally = tallyOf();
    const rowToKey = [0, 0, 1, -1, 2];
    const { bound, blocks } = boundOf([viewOf([aged(99), aged(1), nobody])], { rowToKey });
    assemble(bound, blocks, { ...OPTIONS, rules, ages: tally });
    expect(tally.counts()).toEqual([[1, 2]]);
  });

  it("count of a single row too, for each view that has an objective", () => {
    const tally = tallyOf([true, false, true]);
    const { bound, blocks } = boundOf([viewOf([aged(99)]), viewOf([aged(99)]), viewOf([aged(1)])]);
    assemble(bound, blocks, { ...OPTIONS, rules, ages: tally });
    expect(tally.counts()).toEqual([[0, 1], [], [1, 0]]);
  });

  it("are the epoch's when their time is empty, and none when it cannot be read", () => {
    const tally = tallyOf();
    const tooMany = Buffer.from([0x10, 0xff, 0xff, 0xff, 0xff, 0x0f]);
    const { bound, blocks } = boundOf([viewOf([[VALUE, Buffer.alloc(0)]])]);
    assemble(bound, blocks, { ...OPTIONS, rules, ages: tally });
    const damaged = boundOf([viewOf([[VALUE, tooMany], aged(1)])]);
    // Over gRPC damaged bytes are passed on; JSON refuses to print them, and what was not answered is not counted.
    const damagedAnswer = () => assemble(damaged.bound, damaged.blocks, { ...OPTIONS, rules, ages: tally });
    if (answer === "proto") damagedAnswer();
    else expect(damagedAnswer).toThrow();
    expect(tally.counts()).toEqual([answer === "proto" ? [1, 1] : [0, 1]]);
  });

  it("of a large answer are counted in slices, each once", async () => {
    const tally = tallyOf([true, true]);
    const rows = Array.from({ length: 50 }, (_, index) => aged(index));
    const { bound, blocks } = boundOf([viewOf(rows), viewOf(rows)]);
    let nowMs = 0;
    const clock = (): number => ++nowMs;
    const slices = new TimeSlices(new SliceTurns(clock), 1, clock, () => {});
    await assembleInSlices(bound, blocks, { ...OPTIONS, rules, ages: tally }, slices);
    expect(tally.counts()).toEqual([
      [10, 40],
      [10, 40],
    ]);
  });
});
