import { describe, expect, test } from "vitest";
import { Hop, Ledger } from "../../../../src/model/ledger.ts";
import type { CallContext } from "../../../../src/model/request.ts";
import { hopTimes } from "../../../../src/telemetry/tracing/hop-times.ts";
import { createSampling } from "../../../../src/telemetry/tracing/sampling.ts";
import { SpanClock } from "../../../../src/telemetry/tracing/span-clock.ts";
import { SpanIds } from "../../../../src/telemetry/tracing/span-ids.ts";
import { TailRule } from "../../../../src/telemetry/tracing/tail-rule.ts";
import { parseTraceParent } from "../../../../src/telemetry/tracing/trace-parent.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const SPAN = "b7ad6b7169203331";
const binary = (flags: number): string =>
  Buffer.concat([
    Buffer.of(0, 0),
    Buffer.from(TRACE, "hex"),
    Buffer.of(1),
    Buffer.from(SPAN, "hex"),
    Buffer.of(2, flags),
  ]).toString("base64");

describe("parseTraceParent", () => {
  test.each<[string, string, number | undefined]>([
    [`00-${TRACE}-${SPAN}-01`, "", 1],
    [`00-${TRACE}-${SPAN}-00`, "", 0],
    // Bits: the random-id one is beside the sampled one.
    [`00-${TRACE}-${SPAN}-02`, "", 0],
    [`00-${TRACE}-${SPAN}-03`, "", 1],
    [`01-${TRACE}-${SPAN}-01-what-comes-later`, "", 1],
    ["", binary(1), 1],
    ["", binary(2), 0],
    ["not one", binary(1), 1],
    [`ff-${TRACE}-${SPAN}-01`, "", undefined],
    [`00-${"0".repeat(32)}-${SPAN}-01`, "", undefined],
    [`00-${TRACE}-${"0".repeat(16)}-01`, "", undefined],
    [`00-${TRACE.toUpperCase()}-${SPAN}-01`, "", undefined],
    [`00-${TRACE}-${SPAN}`, "", undefined],
    [`00-${TRACE}-${SPAN}-01-`, "", undefined],
    [`00-${TRACE}-${SPAN}-01-more-than-version-00-has`, "", undefined],
    ["", binary(1).slice(4), undefined],
    ["", Buffer.alloc(29).toString("base64"), undefined],
    ["", "", undefined],
  ])("%s %s", (header, bin, flags) => {
    const parsed = parseTraceParent(header, bin);
    expect(parsed).toEqual(flags === undefined ? undefined : { traceId: TRACE, spanId: SPAN, isSampled: flags === 1 });
  });
});

describe("createSampling", () => {
  const sampled = parseTraceParent(`00-${TRACE}-${SPAN}-01`, "");
  const unsampled = parseTraceParent(`00-${TRACE}-${SPAN}-00`, "");
  const of = (name: Parameters<typeof createSampling>[0]["name"], ratio = 1): boolean[] => {
    const isSampled = createSampling({ name, ratio }, () => 0.5);
    return [isSampled(undefined), isSampled(sampled), isSampled(unsampled)];
  };
  test.each([
    ["always_on", 1, [true, true, true]],
    ["always_off", 1, [false, false, false]],
    ["traceidratio", 1, [true, true, true]],
    ["traceidratio", 0, [false, false, false]],
    ["parentbased_always_on", 1, [true, true, false]],
    ["parentbased_always_off", 1, [false, true, false]],
    ["parentbased_traceidratio", 0.51, [true, true, false]],
    ["parentbased_traceidratio", 0.5, [false, true, false]],
  ] as const)("%s %s", (name, ratio, expected) => {
    expect(of(name, ratio)).toEqual(expected);
  });
});

describe("TailRule", () => {
  const call = (more: Partial<CallContext> = {}): CallContext => ({
    startMs: 0,
    deadlineMs: Number.POSITIVE_INFINITY,
    cancelled: false,
    ...more,
  });
  const attempt = (kind: "first" | "hedge"): NonNullable<CallContext["attempts"]>[number] => ({
    ...{ node: "h:1", role: "primary", zone: "", kind, keys: 1, sentMs: 0, endMs: 1, bytes: 1, outcome: "answered" },
  });
  const stale = { view: "v", policy: "stale", reason: "lag", rows: 1, cells: 1, ageMs: 1 } as const;

  test.each<[string, boolean, boolean]>([
    ["a quick good one", false, new TailRule(5).keeps("OK", call(), 5, 0)],
    ["a slow one", true, new TailRule(5).keeps("OK", call(), 5.1, 0)],
    ["a failed one", true, new TailRule(5).keeps("UNAVAILABLE", call(), 1, 0)],
    ["a caller's mistake", false, new TailRule(5).keeps("INVALID_ARGUMENT", call(), 1, 0)],
    ["a degraded one", true, new TailRule(5).keeps("OK", call({ degraded: [stale] }), 1, 0)],
    ["a hedged one", true, new TailRule(5).keeps("OK", call({ attempts: [attempt("first"), attempt("hedge")] }), 1, 0)],
    ["one that was not hedged", false, new TailRule(5).keeps("OK", call({ attempts: [attempt("first")] }), 1, 0)],
  ])("%s", (_what, expected, kept) => {
    expect(kept).toBe(expected);
  });

  test("keeps no more than its rate, and counts the others", () => {
    const rule = new TailRule(5);
    const kept = (nowMs: number, calls: number): number =>
      Array.from({ length: calls }, () => rule.keeps("UNAVAILABLE", call(), 1, nowMs)).filter(Boolean).length;
    expect(kept(0, 100)).toBe(20);
    expect(rule.dropped).toBe(80);
    expect(kept(1000, 100)).toBe(10);
    expect(kept(1_000_000, 100)).toBe(20);
  });
});

test("hops follow one another, and the loop's time lies before the first and after the read", () => {
  const ledger = new Ledger(1000);
  ledger.end(Hop.LOOP, 1000.1);
  ledger.end(Hop.PLAN, 1000.3);
  ledger.end(Hop.REDIS, 1002);
  ledger.endLoopBack(1002.5);
  ledger.end(Hop.ASSEMBLE, 1003);
  ledger.end(Hop.WRITE, 1003.2);
  expect(hopTimes(ledger).map(({ hop, startMs, endMs }) => [hop, startMs, endMs])).toEqual([
    [Hop.PLAN, 1000.1, 1000.3],
    [Hop.REDIS, 1000.3, 1002],
    [Hop.ASSEMBLE, 1002.5, 1003],
    [Hop.WRITE, 1003, 1003.2],
  ]);
  expect(ledger.us[Hop.LOOP]).toBe(600);
  expect(ledger.sumUs).toBe(3200);
});

test("SpanClock follows the wall clock when that is set, not its rounding", () => {
  let epochMs = 1_700_000_000_000;
  let nowMs = 500;
  const clock = new SpanClock(
    () => nowMs,
    () => epochMs,
  );
  expect(clock.at(500.25)).toBe(1_700_000_000_000_250);
  nowMs += 1;
  epochMs += 2;
  clock.look();
  expect(clock.at(500)).toBe(1_700_000_000_000_000);
  epochMs += 5000;
  clock.look();
  expect(Math.floor(clock.at(501) / 1e6)).toBe(1_700_000_005);
});

test("SpanIds have all their digits, and are never zeros", () => {
  const words = [0, 0, 1 / 2 ** 32, 1 - 2 ** -32];
  const ids = new SpanIds(() => words.shift()!);
  expect(ids.trace()).toBe("0000000100000001" + "00000001ffffffff");
});
