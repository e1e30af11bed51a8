/** What holds the answers of test/budget against the truth must find each kind of lie. */
import { describe, expect, it } from "vitest";
import { createAllowance } from "../../budget/allowed-calls.ts";
import type { BudgetCall } from "../../budget/budget-call.ts";
import { drawDelays } from "../../budget/delay-draw.ts";
import { FrameScanner } from "../../budget/frame-scanner.ts";
import { judgeCall, type LatePolicy } from "../../budget/judge-call.ts";
import { countReads } from "../../budget/reads-after-leaving.ts";
import { RespValues } from "../../budget/resp-values.ts";
import { SETTLED_VERSION } from "../../faults/versioned-data.ts";
import { WriteLedger } from "../../faults/write-ledger.ts";

const MOVING = 100_000;
const SETTLED = 5;
/** Of the moving row: version 8 at 1 s, 9 at 2 s. */
const ledger = new WriteLedger();
for (const [version, atMs] of [
  [8, 1000],
  [9, 2000],
] as const) {
  ledger.attempt(MOVING, version);
  ledger.acknowledge(MOVING, version, atMs);
}

function outcome(policy: LatePolicy, call: Partial<BudgetCall>): string {
  const whole: BudgetCall = {
    ...{ server: "sidecar", deadlineMs: 10, entities: [MOVING], dueMs: 2500, sentMs: 2500, endedMs: 2510, code: "0" },
    ...{ rows: [9], degraded: "", budget: "", clientPort: 1, stream: 1 },
    ...call,
  };
  return judgeCall(whole, { policy, ledger, cacheMs: 0 }).outcome;
}

const mark = (policy: string, rows: number, ageMs?: number): string =>
  `feature_view_0=${policy};reason=deadline;rows=${rows}${ageMs === undefined ? "" : `;age_ms=${ageMs}`}`;

describe("judgeCall", () => {
  it.each<[string, LatePolicy, Partial<BudgetCall>]>([
    ["ok", "error", {}],
    ["ok", "error", { entities: [MOVING, SETTLED], rows: [9, SETTLED_VERSION] }],
    ["degraded", "default", { rows: ["default"], degraded: mark("default", 1) }],
    ["degraded", "partial", { rows: ["unset"], degraded: mark("partial", 1) }],
    ["degraded", "stale", { rows: [8], degraded: mark("stale", 1, 1000) }],
    ["refused", "error", { code: "4", rows: [] }],
    ["failed", "error", { code: "14", rows: [] }],
    ["lost", "error", { endedMs: Number.POSITIVE_INFINITY }],
  ])("an answer that is true: %s", (wanted, policy, call) => {
    expect(outcome(policy, call)).toBe(wanted);
  });

  it.each<[string, LatePolicy, Partial<BudgetCall>]>([
    ["an older row without a mark", "error", { rows: [8] }],
    ["a version that was never written", "error", { rows: [10] }],
    ["a settled row of another version", "error", { entities: [SETTLED], rows: [8] }],
    ["declared values without a mark", "default", { rows: ["default"] }],
    ["no value without a mark", "partial", { rows: ["unset"] }],
    ["a mark of another policy", "partial", { rows: ["unset"], degraded: mark("default", 1) }],
    ["a mark of too many rows", "default", { rows: ["default"], degraded: mark("default", 2) }],
    ["a mark, and nothing degraded", "default", { rows: [9], degraded: mark("default", 1) }],
    ["a stale row that is older than said", "stale", { rows: [8], degraded: mark("stale", 1, 100) }],
    ["a stale row that is younger than said", "stale", { rows: [9], degraded: mark("stale", 1, 1200) }],
    ["a stale row without an age", "stale", { rows: [8], degraded: mark("stale", 1) }],
    ["a row that mixes", "error", { rows: ["wrong: entity 1 mixes 8 and 9"] }],
    ["too few rows", "error", { entities: [MOVING, SETTLED], rows: [9] }],
  ])("a lie: %s", (_, policy, call) => {
    expect(outcome(policy, call)).toBe("wrong");
  });
});

describe("createAllowance", () => {
  const call = { entities: [1], deadlineMs: 8, readMs: 100 };
  const allows = (askedMs: number, releasedMs: number, cacheMs = 0): boolean =>
    createAllowance([{ entity: 1, askedMs, releasedMs }], { sliceMs: 10, reserveMs: 0.5, cacheMs })(call);

  it("a reply that is let go in time, and asked for by this call", () => {
    expect(allows(101, 107.4)).toBe(true);
    expect(allows(101, 107.6)).toBe(false);
    expect(allows(99, 105)).toBe(false);
    expect(allows(101, Number.POSITIVE_INFINITY)).toBe(false);
  });

  it("with a cache anybody's, from its ttl before on", () => {
    expect(allows(70, 85, 20)).toBe(true);
    expect(allows(70, 75, 20)).toBe(false);
  });
});

it("countReads: reads after the leaving, and repetitions for those that stayed", () => {
  const leaver = { firstEntity: 1, rows: 2, clientPort: 1, stream: 1 };
  const stayer = { firstEntity: 3, rows: 1, clientPort: 1, stream: 3 };
  const rows = [1, 3, 3, 2].map((entity, index) => ({ entity, askedMs: index }));
  const count = (goneMs: number): ReturnType<typeof countReads> =>
    countReads([leaver, stayer], (call) => (call === leaver ? goneMs : undefined), rows);
  expect(count(5)).toEqual({ left: 1, readsAfter: 0, repeats: 1 });
  expect(count(2)).toEqual({ left: 1, readsAfter: 1, repeats: 1 });
});

it("RespValues counts whole values of both protocols, however they are cut", () => {
  const bytes = Buffer.from(
    "*3\r\n$5\r\nHMGET\r\n$3\r\nk\r\n\r\n$1\r\nf\r\n+OK\r\n%1\r\n+a\r\n*2\r\n:1\r\n$-1\r\n>2\r\n+x\r\n+y\r\n*0\r\n_\r\n",
  );
  for (const step of [1, 3, bytes.length]) {
    const found: [string | undefined, boolean][] = [];
    const values = new RespValues((second, isPush) => found.push([second?.toString(), isPush]));
    for (let at = 0; at < bytes.length; at += step) values.push(bytes.subarray(at, at + step));
    expect(found.map(([, isPush]) => isPush)).toEqual([false, false, false, true, false, false]);
    expect(found[0]?.[0]).toBe("k\r\n");
  }
});

it("FrameScanner finds frames behind a preface, however they are cut", () => {
  const bytes = Buffer.from([9, 9, 0, 0, 2, 1, 5, 0, 0, 0, 3, 7, 7, 0, 0, 0, 3, 0, 0, 0, 0, 5]);
  for (const step of [1, 4, bytes.length]) {
    const found: number[][] = [];
    const scanner = new FrameScanner(2, (...frame) => found.push(frame));
    for (let at = 0; at < bytes.length; at += step) scanner.push(bytes.subarray(at, at + step));
    expect(found).toEqual([
      [1, 5, 3],
      [3, 0, 5],
    ]);
  }
});

it("drawDelays: the same for the same seed, and of the distribution", () => {
  const draw = (seed: number): number[] => {
    const next = drawDelays({ kind: "bimodal", share: 0.01, slowMs: 100 }, seed);
    return Array.from({ length: 20_000 }, next);
  };
  expect(draw(1)).toEqual(draw(1));
  expect(draw(1)).not.toEqual(draw(2));
  const slow = draw(1).filter((ms) => ms === 100).length;
  expect(slow).toBeGreaterThan(140);
  expect(slow).toBeLessThan(260);
});
