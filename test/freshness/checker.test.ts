/** The parts of the freshness checker that decide: one that sees nothing would pass everything. */
import { describe, expect, it } from "vitest";
import { GetOnlineFeaturesResponse } from "../../src/gen/feast/serving/ServingService.ts";
import { ABSENT, BASE_SECONDS, ENTITIES, featureOf, hashArguments, PER_ENTITY, PER_VERSION } from "./hot-data.ts";
import { type JudgeOptions, judgeReads } from "./judge-reads.ts";
import { eventsOf, readOf } from "./monitor-line.ts";
import type { NodeEvent } from "./node-event.ts";
import { foldHistory, lastState, type NodeHistory } from "./node-history.ts";
import type { ReadRecord } from "./read-record.ts";
import { readRows } from "./read-rows.ts";
import { Truth } from "./truth.ts";

/** Of the first entity. */
const KEY = String.raw`"\x01\x00\x00\x00\x02\x00\x00\x00\x06\x00\x00\x00entity\x04\x00\x00\x00\b\x00\x00\x00\xf4\x01\x00\x00\x00\x00\x00\x00bench"`;

const set = (atMs: number, version: number, view = 0): NodeEvent => ({ kind: "set", atMs, entity: 0, view, version });
const gone = (atMs: number): NodeEvent => ({ kind: "gone", atMs, entity: 0 });
const expires = (atMs: number, expiryMs: number): NodeEvent => ({ kind: "expires", atMs, entity: 0, expiryMs });
const primary: NodeEvent = { kind: "role", atMs: 0, isPrimary: true };
const dump = (atMs: number, sinceMs: number, state: number): NodeEvent => {
  const states = ENTITIES.flatMap((_, entity) => (entity === 0 ? [state, ABSENT, ABSENT] : [ABSENT, ABSENT, ABSENT]));
  return { kind: "dump", atMs, sinceMs, dump: { states, expiryMs: ENTITIES.map(() => Number.POSITIVE_INFINITY) } };
};
/** The first row: `state from-to`. */
const stretches = (history: NodeHistory): string[] =>
  (history[0] ?? []).map(({ state, fromMs, toMs }) => `${state} ${fromMs}-${toMs}`);

describe("a line of MONITOR", () => {
  const at = (words: string): string => `1000.250500 [0 127.0.0.1:6379] ${words}`;
  const toMs = (serverMs: number): number => serverMs - 1_000_000;

  it("tells what it changed, and when", () => {
    const pairs = hashArguments(0, 1, 77).map((bytes) => `"${[...bytes].map(escaped).join("")}"`);
    expect(eventsOf(at(`"HSET" ${KEY} ${pairs.join(" ")}`), toMs)).toEqual([set(250.5, 77, 1)]);
    expect(eventsOf(at(`"DEL" "other" ${KEY}`), toMs)).toEqual([gone(250.5)]);
    expect(eventsOf(at(`"pexpire" ${KEY} "40"`), toMs)).toEqual([expires(250.5, 291)]);
    expect(eventsOf(at(`"PEXPIREAT" ${KEY} "1000300"`), toMs)).toEqual([expires(250.5, 301)]);
    expect(eventsOf(at(`"EXPIRE" ${KEY} "1"`), toMs)).toEqual([expires(250.5, 1251)]);
    expect(eventsOf(at('"flushall"'), toMs)).toEqual([{ kind: "flush", atMs: 250.5 }]);
    expect(eventsOf(at(`"HMGET" ${KEY} "f"`), toMs)).toEqual([]);
    expect(readOf(at(`"HMGET" ${KEY} "f"`))).toBe(0);
    expect(eventsOf(at('"HSET" "other" "f" "v"'), toMs)).toEqual([]);
  });
});

function escaped(byte: number): string {
  return `\\x${byte.toString(16).padStart(2, "0")}`;
}

describe("what a node had", () => {
  it("follows writes and deletions in the order of their times", () => {
    const history = foldHistory([set(30, 8), set(10, 7), gone(40), set(50, 9), { kind: "flush", atMs: 60 }], 100);
    expect(stretches(history)).toEqual(["7 10-30", "8 30-40", "0 40-50", "9 50-60", "0 60-Infinity"]);
  });

  it("hides what has expired on a replica until its primary deletes it", () => {
    expect(stretches(foldHistory([set(10, 7), expires(20, 50)], 40))).toEqual(["7 10-Infinity"]);
    const hidden = foldHistory([set(10, 7), expires(20, 50)], 60);
    expect(stretches(hidden)).toEqual(["7 10-Infinity", "0 50-Infinity"]);
    expect(lastState(hidden, 0)).toBe(ABSENT);
    expect(stretches(foldHistory([set(10, 7), expires(20, 50), gone(70)], 80))).toEqual([
      ...["7 10-70", "0 50-70", "0 50-Infinity"],
    ]);
  });

  it("expires by itself on a primary, before the next command", () => {
    const events = [primary, set(10, 7), set(11, 5, 1), expires(20, 50), set(60, 8)];
    expect(stretches(foldHistory(events, 80))).toEqual(["7 10-60", "0 50-60", "8 60-Infinity"]);
    expect(lastState(foldHistory(events, 80), 1)).toBe(ABSENT);
  });

  it("may have been what it says itself since its changes went unseen", () => {
    expect(stretches(foldHistory([set(10, 7), dump(90, 60, 9)], 100))).toEqual(["7 10-90", "9 60-Infinity"]);
  });
});

describe("a read is judged", () => {
  const history = foldHistory([set(1_000, 7), set(2_000, 8), gone(3_000), set(3_001, 9)], 9_000);
  const options: JudgeOptions = {
    truth: new Truth([{ history, excluded: [{ fromMs: 6_000, toMs: 7_000 }], isWritten: true }]),
    bounds: [0, 1, 2].map(() => ({ rowMs: 100, absentMs: 50 })),
    windows: [{ fromMs: 5_000, toMs: 5_500, boundMs: 3_000 }],
    behindWriteMs: 4_000,
    isHeldUpExcused: false,
  };
  const read = (sentMs: number, state: number, more: Partial<ReadRecord> = {}): ReadRecord => ({
    ...{ sentMs, endedMs: sentMs + 5, code: "OK", wrong: "", states: [0, state], degraded: "", ...more },
  });
  const problem = (record: ReadRecord, changed: Partial<JudgeOptions> = {}): string | undefined =>
    judgeReads([record], { ...options, ...changed }).findings[0]?.problem;

  it("by what nodes had when it left or later", () => {
    expect(problem(read(2_500, 8))).toBeUndefined();
    expect(problem(read(1_996, 8)), "written before the answer came").toBeUndefined();
    expect(problem(read(1_990, 8)), "not written yet").toBe("unwritten");
    expect(problem(read(2_500, 6))).toBe("unwritten");
    expect(problem(read(2_099, 7))).toBeUndefined();
    expect(problem(read(2_101, 7))).toBe("older");
    expect(problem(read(3_050, ABSENT))).toBeUndefined();
    expect(problem(read(3_052, ABSENT)), "the bound of absent rows").toBe("null");
    expect(problem(read(2_500, ABSENT)), "it existed all the time").toBe("null");
    expect(judgeReads([read(2_060, 7)], options).rows[0]).toMatchObject({ staleMs: 60, behindWriteMs: 60 });
  });

  it("by its code and by what is wrong in itself", () => {
    expect(problem(read(2_500, 8, { wrong: "mixes writes 7 and 8" }))).toBe("mixed");
    expect(problem(read(2_500, 8, { code: "UNAVAILABLE", states: [] }))).toBe("failed");
  });

  it("by the bound of a fault, of a marked answer, and of a busy machine", () => {
    expect(problem(read(5_000, 8)), "in a window").toBeUndefined();
    expect(problem(read(5_600, 8, { degraded: "v=stale;reason=lag" }))).toBeUndefined();
    expect(problem(read(6_050, 9)), "the node was away for less").toBeUndefined();
    expect(problem(read(6_200, 9)), "the node had it, and was away").toBe("older");
    expect(problem(read(7_200, 9)), "it came back").toBeUndefined();
    const slow = read(2_050, 8, { endedMs: 2_350 });
    const old = read(2_200, 7);
    expect(judgeReads([slow, old], { ...options, isHeldUpExcused: true }).findings).toEqual([]);
    expect(judgeReads([slow, old], options).findings).toHaveLength(1);
  });

  it("by how far the node that is written to was ahead", () => {
    const behind = foldHistory([set(1_000, 7), set(7_000, 8)], 9_000);
    const truth = new Truth([
      { history, excluded: [], isWritten: true },
      { history: behind, excluded: [], isWritten: false },
    ]);
    expect(problem(read(5_900, 7), { truth })).toBeUndefined();
    expect(problem(read(6_100, 7), { truth })).toBe("older");
  });
});

describe("an answer is read", () => {
  const asked = { views: [{ view: 0, features: [0, 1] }], entities: [0] };
  const value = (version: number, feature: number): number =>
    version * PER_VERSION + (ENTITIES[0] as number) * PER_ENTITY + feature;
  /** undefined = null. */
  const answer = (cells: readonly (readonly [value: number | undefined, version: number])[]): Buffer =>
    Buffer.from(
      GetOnlineFeaturesResponse.encode({
        metadata: { featureNames: { val: cells.map((_, at) => featureOf(0, at)) }, featureViewMetadata: [] },
        results: cells.map(([cell, version]) => ({
          values: [{ val: cell === undefined ? undefined : { $case: "int64Val", int64Val: BigInt(cell) } }],
          statuses: [1],
          eventTimestamps: [{ seconds: BigInt(version === 0 ? 0 : BASE_SECONDS + version), nanos: 0 }],
        })),
        status: true,
      }).finish(),
    );
  const stateOf = (...cells: Parameters<typeof answer>[0]): number | string => {
    const { states, wrong } = readRows(answer(cells), asked);
    return wrong === "" ? (states[1] as number) : wrong.slice(wrong.indexOf(":") + 2);
  };

  it("as one write, as none, or as a mixture", () => {
    expect(stateOf([value(7, 0), 7], [value(7, 1), 7])).toBe(7);
    expect(stateOf([undefined, 0], [undefined, 0])).toBe(ABSENT);
    expect(stateOf([value(7, 0), 7], [value(8, 1), 8])).toBe("mixes writes 7 and 8");
    expect(stateOf([value(7, 0), 7], [undefined, 0])).toBe("mixes writes 7 and 0");
    expect(stateOf([value(7, 0), 8], [value(7, 1), 7])).toContain("the value of write 7 and the time of write 8");
    expect(stateOf([undefined, 7], [value(7, 1), 7])).toContain("is null with the time of write 7");
    expect(stateOf([value(7, 1), 7], [value(7, 1), 7])).toContain("of another row");
  });
});
