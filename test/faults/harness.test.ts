/** The parts of the fault tests that decide whether an answer is right: a harness that sees nothing would pass everything. */
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { FieldStatus, GetOnlineFeaturesResponse } from "../../src/gen/feast/serving/ServingService.ts";
import type { CallRecord } from "./call-record.ts";
import { summarize } from "./call-summary.ts";
import { nowMs } from "./clock.ts";
import { firstHitMs } from "./first-hit.ts";
import { freePort } from "./free-port.ts";
import { type JudgedCall, judgeCalls, type Outcome } from "./judge-calls.ts";
import { keySlot } from "./key-slot.ts";
import { repeatScenario, type ScenarioResult } from "./repeat-scenario.ts";
import type { Figure, Scenario } from "./scenario.ts";
import { Stage } from "./stage.ts";
import { openProxy } from "./tcp-proxy.ts";
import { runShort } from "./test-scenarios.ts";
import { readAnswer } from "./versioned-data.ts";
import { WriteLedger } from "./write-ledger.ts";

const stage = new Stage();
afterEach(() => stage.close());

describe("a call is judged", () => {
  const ledger = new WriteLedger();
  for (const [version, atMs] of [
    [8, 100],
    [9, 200],
    [10, 300],
  ] as const) {
    ledger.attempt(1, version);
    ledger.acknowledge(1, version, atMs);
  }
  ledger.attempt(1, 11);
  const good: CallRecord = {
    dueMs: 1_000,
    sentMs: 1_000,
    endedMs: 1_002,
    code: "OK",
    wrong: "",
    nullEntity: -1,
    versions: [1, 10],
    rows: 1,
    degraded: "",
  };
  const outcome = (changes: Partial<CallRecord>): string | undefined =>
    judgeCalls([{ ...good, ...changes }], { ledger, deadlineMs: 50, boundMs: 500 })[0]?.outcome;

  it("by code, time, value and age", () => {
    expect(outcome({})).toBe("ok");
    expect(outcome({ versions: [1, 11] }), "sent, not acknowledged: may be seen").toBe("ok");
    expect(outcome({ versions: [1, 12] }), "never sent").toBe("wrong");
    expect(outcome({ wrong: "wrong: entity 2 has version 3" })).toBe("wrong");
    expect(outcome({ nullEntity: 7 })).toBe("null");
    expect(outcome({ versions: [1, 9] }), "10 was acknowledged 700 ms before").toBe("older");
    expect(outcome({ sentMs: 799, endedMs: 801, versions: [1, 9] }), "10 was acknowledged 499 ms before").toBe("ok");
    expect(outcome({ sentMs: 800, endedMs: 801, versions: [1, 9] }), "10 was acknowledged 500 ms before").toBe("older");
    expect(outcome({ endedMs: 1_100 })).toBe("late");
    expect(outcome({ code: "DEADLINE_EXCEEDED" })).toBe("deadline");
    expect(outcome({ code: "UNAVAILABLE" })).toBe("error");
    expect(outcome({ code: "LOST", endedMs: Number.POSITIVE_INFINITY })).toBe("lost");
  });

  it("and counted in its window, failures as infinitely slow", () => {
    const calls = [{}, { dueMs: 1_010, code: "UNAVAILABLE" }, { dueMs: 1_020, nullEntity: 3 }, { dueMs: 2_000 }];
    const judged = judgeCalls(
      calls.map((changes) => ({ ...good, ...changes })),
      { ledger, deadlineMs: 50, boundMs: 500 },
    );
    const summary = summarize(judged, { fromMs: 1_000, toMs: 2_000 });
    expect(summary).toMatchObject({ calls: 3, failed: 2, errors: 1, badValues: 1, late: 0, p99Ms: Infinity });
    expect(summary.examples).toHaveLength(2);
  });
});

describe("the first call that a fault at 1,000 hits", () => {
  /** @param calls due and ended, in the order in which they were due; failed unless told */
  const hit = (...calls: readonly (readonly [dueMs: number, endedMs: number, outcome?: Outcome])[]): number => {
    const judged = calls.map(
      ([dueMs, endedMs, outcome = "error"]): JudgedCall => ({
        dueMs,
        latencyMs: endedMs - dueMs,
        outcome,
        code: "",
        isLate: false,
        rows: 1,
        isDegraded: false,
        problem: "",
      }),
    );
    return firstHitMs(judged, 1_000, 20);
  };

  it("is the first in flight at it, whatever became of it", () => {
    expect(hit([990, 995, "ok"], [999.7, 1_019], [1_001, 1_020])).toBe(999.7);
    expect(hit([985, 1_001, "ok"], [999.7, 1_019])).toBe(985);
    expect(hit([999, Number.POSITIVE_INFINITY, "lost"])).toBe(999);
    expect(hit([980, 1_019], [990, 1_019])).toBe(980);
  });

  it("is none when nothing due shortly before it was in flight: the fault begins when it was made", () => {
    expect(hit()).toBe(1_000);
    expect(hit([998, 1_000], [1_001, 1_019])).toBe(1_000);
    expect(hit([979.9, 1_019])).toBe(1_000);
    expect(hit([979.9, 1_019], [998, 1_019])).toBe(998);
  });

  it("comes after every failed call that had ended before: those stay before the fault", () => {
    expect(hit([985, 1_001, "ok"], [990, 995], [999, 1_019])).toBe(999);
    expect(hit([985, 1_019], [990, 995, "wrong"])).toBe(1_000);
    expect(hit([985, 1_019], [990, 995, "ok"])).toBe(985);
  });
});

describe("an answer is read", () => {
  const names = Array.from({ length: 10 }, (_, feature) => `feature_${feature}`);
  /** @param valueFor of a feature of entity 5; undefined = no value */
  function answer(valueFor: (feature: number) => number | undefined, seconds = 1_767_225_600 + 3): Buffer {
    const results = names.map((_, feature) => {
      const value = valueFor(feature);
      return {
        values: [
          value === undefined ? { val: undefined } : { val: { $case: "int64Val" as const, int64Val: BigInt(value) } },
        ],
        statuses: [FieldStatus.PRESENT],
        eventTimestamps: [{ seconds: BigInt(seconds), nanos: 0 }],
      };
    });
    const message = { metadata: { featureNames: { val: names }, featureViewMetadata: [] }, results, status: true };
    return Buffer.from(GetOnlineFeaturesResponse.encode(message).finish());
  }
  const stored = (version: number, feature: number, entity = 5): number => version * 1e9 + entity * 10 + feature;

  it("as the version of a write, whole and of this row", () => {
    expect(
      readAnswer(
        answer((feature) => stored(3, feature)),
        [5],
      ),
    ).toEqual([3]);
    expect(
      readAnswer(
        answer((feature) => (feature === 4 ? undefined : stored(3, feature))),
        [5],
      ),
    ).toEqual(["null"]);
    const [mixed] = readAnswer(
      answer((feature) => stored(feature < 9 ? 3 : 4, feature)),
      [5],
    );
    expect(mixed).toContain("mixes 3 and 4");
    const [other] = readAnswer(
      answer((feature) => stored(3, feature, 6)),
      [5],
    );
    expect(other).toContain("of another row");
    const [otherTime] = readAnswer(
      answer((feature) => stored(3, feature), 1_767_225_600),
      [5],
    );
    expect(otherTime).toContain("time of another write");
  });
});

it("slots are those of Redis Cluster", () => {
  expect(keySlot(Buffer.from("123456789"))).toBe(0x31c3);
  expect(keySlot(Buffer.from("foo{bar}{zap}"))).toBe(keySlot(Buffer.from("bar")));
  expect(keySlot(Buffer.from("foo{}{bar}"))).not.toBe(keySlot(Buffer.from("bar")));
});

describe("a figure holds", () => {
  type Value = Omit<Figure, "name" | "unit">;
  /** @param values one for each repeat */
  const scenarioOf = (values: readonly Value[]): Scenario => ({
    name: "n",
    title: "t",
    bar: "b",
    run: ({ repeat }) =>
      Promise.resolve({ figures: [{ ...(values[repeat] as Figure), name: "f", unit: "u" }], notes: [] }),
  });
  async function holds(...values: readonly Value[]): Promise<boolean> {
    return (await repeatScenario(scenarioOf(values), { short: true, repeats: values.length })).holds;
  }

  it("in the median, beside twice the control; strict ones in every repeat", async () => {
    expect(await holds({ value: 9, atMost: 10 })).toBe(true);
    expect(await holds({ value: 11, atMost: 10 })).toBe(false);
    expect(await holds({ value: 11, atMost: 10, control: 6 })).toBe(true);
    expect(await holds({ value: Number.NaN, atMost: 10 })).toBe(false);
    expect(await holds({ value: 0, atMost: 0 }, { value: 0, atMost: 0 }, { value: 5, atMost: 0 })).toBe(true);
    expect(await holds({ value: 0, atMost: 0, isStrict: true }, { value: 5, atMost: 0, isStrict: true })).toBe(false);
    expect(await holds({ value: 3, atLeast: 1 }, { value: 0, atLeast: 1 })).toBe(false);
  });

  it("as a test at the second try, unless it is strict", async () => {
    /** The first run has this value, those after it 0. */
    const inTest = (first: Value): Promise<ScenarioResult> => {
      let runs = 0;
      const run: Scenario["run"] = async () => {
        const value = runs === 0 ? first.value : 0;
        runs += 1;
        return { figures: [{ ...first, name: "f", unit: "u", value }], notes: [] };
      };
      return runShort({ ...scenarioOf([]), run });
    };
    expect(await inTest({ value: 0, atMost: 0 })).toMatchObject({ holds: true, repeats: 1 });
    expect(await inTest({ value: 5, atMost: 0 })).toMatchObject({ holds: true, repeats: 3 });
    expect(await inTest({ value: 5, atMost: 0, isStrict: true })).toMatchObject({ holds: false, repeats: 1 });
  });
});

it("a proxy delays, silences and cuts", async () => {
  const echo = createServer((socket) => void socket.pipe(socket));
  const port = await freePort();
  echo.listen(port, "127.0.0.1");
  await once(echo, "listening");
  stage.own(() => echo.close());
  const proxy = await openProxy(stage, port);
  const client = connect(proxy.port, "127.0.0.1");
  await once(client, "connect");
  const roundTripMs = async (): Promise<number> => {
    const startMs = nowMs();
    client.write("x");
    await once(client, "data");
    return nowMs() - startMs;
  };
  expect(await roundTripMs()).toBeLessThan(40);
  proxy.delay(30);
  expect(await roundTripMs()).toBeGreaterThanOrEqual(58);
  proxy.delay(0);
  proxy.silence();
  const silent = roundTripMs();
  expect(await Promise.race([silent, delay(100, "nothing")])).toBe("nothing");
  proxy.speak();
  expect(await silent).toBeGreaterThanOrEqual(99);
  // A reset is an error, and then the end.
  client.on("error", () => {});
  const closed = new Promise((resolve) => client.once("close", resolve));
  proxy.cut();
  await closed;
  await proxy.refuse();
  const [refused] = await once(connect(proxy.port, "127.0.0.1"), "error");
  expect(refused).toMatchObject({ code: "ECONNREFUSED" });
});
