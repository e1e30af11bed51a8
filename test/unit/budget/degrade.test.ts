/** Rows in, rows out: which cells stand in for late ones, and how the answer says so. */
import { describe, expect, test } from "vitest";
import { assemble } from "../../../src/assemble/assemble.ts";
import { type DegradedRows, degrade } from "../../../src/budget/degrade.ts";
import { LateViews } from "../../../src/budget/late-views.ts";
import type { BoundRequest } from "../../../src/model/bound-request.ts";
import type { BudgetSettings, DefaultValue, LatePolicy } from "../../../src/model/budget-settings.ts";
import type { HeldRows } from "../../../src/model/held-rows.ts";
import type { RegistrySnapshot } from "../../../src/model/snapshot.ts";
import { ValueType } from "../../../src/model/value-type.ts";
import { OPTIONS, RULES } from "../assemble/fixture.ts";
import { snapshot as fixture } from "../plan/fixture.ts";
import { shapeOf } from "../store/lookup-fixture.ts";

const [driver] = [...fixture.views.values()];
const view = (name: string, ...features: [string, number][]): [string, NonNullable<typeof driver>] => [
  name,
  { ...driver!, name, features: features.map(([field, valueType]) => ({ name: field, valueType })), ttlSeconds: 60 },
];
const snapshot: RegistrySnapshot = {
  ...fixture,
  views: new Map([view("v", ["a", ValueType.INT64], ["b", ValueType.STRING]), view("w", ["c", ValueType.BOOL])]),
};
const shape = shapeOf(["v", "a", "b"], ["w", "c"]);
/** Three rows of two keys; the second key stands twice. */
const bound: BoundRequest = {
  shape: {
    echoNames: [],
    outputs: [
      { name: "a", lookup: 0, view: 0, slot: 0, timestampSlot: 2, ttlSeconds: 60 },
      { name: "b", lookup: 0, view: 0, slot: 1, timestampSlot: 2, ttlSeconds: 60 },
      { name: "c", lookup: 0, view: 1, slot: 3, timestampSlot: 4, ttlSeconds: 60 },
    ],
    viewVersions: [],
    precomputed: undefined,
  },
  rows: 3,
  echoes: [],
  lookups: [{ shape, keys: [Buffer.of(1), Buffer.of(2)] }],
  rowToKey: [Int32Array.of(0, 1, 1)],
};

function late(
  onLate: LatePolicy,
  views: Record<string, [LatePolicy | undefined, Record<string, DefaultValue>]> = {},
): LateViews {
  const settings: BudgetSettings = {
    ...{ sliceMs: 10, sliceBinds: true, reserveMs: 0.5, envelopeCells: 5000, onLate },
    views: new Map(
      Object.entries(views).map(([name, [own, defaults]]) => [
        name,
        { onLate: own, defaults: new Map(Object.entries(defaults)) },
      ]),
    ),
  };
  const made = new LateViews(settings);
  made.registryChanged(snapshot);
  return made;
}

/** Cells of key k as `[int64 k] ["k"] ts | [true] ts`, ages as given: by key, then view. */
function held(...ages: number[]): HeldRows {
  const sources: Buffer[] = [];
  const spans: number[] = [];
  for (const key of [0, 1]) {
    sources.push(Buffer.of(0x20, 7 + key, 0x12, 1, 0x61, 0x08, 100), Buffer.of(0x38, 1, 0x08, 100));
    spans.push(0, 2, 2, 5, 5, 7, 0, 2, 2, 4);
  }
  return { blocks: [{ sources, sourcesPerKey: 2, spans: Int32Array.from(spans) }], ages: [Float64Array.from(ages)] };
}

interface Column {
  readonly values: readonly unknown[];
  readonly statuses: readonly string[];
  readonly event_timestamps: readonly string[];
}

/** As the strict surface prints them: with the ages of values. */
function columns({ blocks }: DegradedRows): Column[] {
  const rules = { ...RULES.http, statuses: "go" as const };
  const text = assemble(bound, blocks, { ...OPTIONS, rules }).toString();
  return (JSON.parse(text) as { results: Column[] }).results;
}

const EPOCH = "1970-01-01T00:00:00Z";
const HELD = "1970-01-01T00:01:40Z";

describe("degrade", () => {
  test("rows that are good need no policy and no mark", () => {
    const rows = degrade(bound, "deadline", held(0, 0, 0, 0), late("error"))!;
    expect(rows.marks).toEqual([]);
    expect(rows.staleRows).toBe(0);
    // As old as they are.
    expect(columns(rows)[0]!.statuses).toEqual(["OUTSIDE_MAX_AGE", "OUTSIDE_MAX_AGE", "OUTSIDE_MAX_AGE"]);
    expect(columns(rows)[0]!.values).toEqual([7, 8, 8]);
  });

  test("stale rows are PRESENT with their event time, and marked with rows and the greatest age", () => {
    const rows = degrade(bound, "outage", held(20, 0, 50.5, 0), late("stale"))!;
    expect(rows.marks).toEqual([{ view: "v", policy: "stale", reason: "outage", rows: 3, cells: 6, ageMs: 50.5 }]);
    expect(rows.staleRows).toBe(2);
    const [a, b, c] = columns(rows);
    expect(a).toEqual({
      values: [7, 8, 8],
      statuses: ["PRESENT", "PRESENT", "PRESENT"],
      event_timestamps: [HELD, HELD, HELD],
    });
    expect(b!.values).toEqual(["a", "a", "a"]);
    expect(c!.statuses).toEqual(["OUTSIDE_MAX_AGE", "OUTSIDE_MAX_AGE", "OUTSIDE_MAX_AGE"]);
  });

  test("declared values are PRESENT at time zero", () => {
    const views = late("error", { v: ["default", { a: 5n, b: "x" }], w: ["default", { c: false }] });
    const rows = degrade(bound, "deadline", undefined, views)!;
    expect(rows.marks).toEqual([
      { view: "v", policy: "default", reason: "deadline", rows: 3, cells: 6, ageMs: undefined },
      { view: "w", policy: "default", reason: "deadline", rows: 3, cells: 3, ageMs: undefined },
    ]);
    expect(columns(rows)).toEqual([
      { values: [5, 5, 5], statuses: ["PRESENT", "PRESENT", "PRESENT"], event_timestamps: [EPOCH, EPOCH, EPOCH] },
      { values: ["x", "x", "x"], statuses: ["PRESENT", "PRESENT", "PRESENT"], event_timestamps: [EPOCH, EPOCH, EPOCH] },
      {
        values: [false, false, false],
        statuses: ["PRESENT", "PRESENT", "PRESENT"],
        event_timestamps: [EPOCH, EPOCH, EPOCH],
      },
    ]);
  });

  test("partial cells have no value and are INVALID, never NOT_FOUND", () => {
    const rows = degrade(bound, "deadline", held(0, -1, -1, -1), late("partial"))!;
    expect(rows.marks).toEqual([
      { view: "v", policy: "partial", reason: "deadline", rows: 2, cells: 4, ageMs: undefined },
      { view: "w", policy: "partial", reason: "deadline", rows: 3, cells: 3, ageMs: undefined },
    ]);
    const [a, , c] = columns(rows);
    expect(a).toMatchObject({ values: [7, null, null], statuses: ["OUTSIDE_MAX_AGE", "INVALID", "INVALID"] });
    expect(c).toEqual({
      values: [null, null, null],
      statuses: ["INVALID", "INVALID", "INVALID"],
      event_timestamps: [EPOCH, EPOCH, EPOCH],
    });
  });

  test("stale falls back to declared values row by row, and from there to failure", () => {
    const views = late("stale", { v: [undefined, { a: 5n, b: "x" }] });
    const rows = degrade(bound, "deadline", held(20, 20, -1, 20), views)!;
    expect(rows.marks).toEqual([
      { view: "v", policy: "stale", reason: "deadline", rows: 1, cells: 2, ageMs: 20 },
      { view: "v", policy: "default", reason: "deadline", rows: 2, cells: 4, ageMs: undefined },
      { view: "w", policy: "stale", reason: "deadline", rows: 3, cells: 3, ageMs: 20 },
    ]);
    expect(columns(rows)[0]!.values).toEqual([7, 5, 5]);
    expect(degrade(bound, "deadline", held(20, 20, 20, -1), views)).toBeUndefined();
  });

  test.each<[string, LateViews, HeldRows | undefined]>([
    ["error fails for a row that is not good, stale or not", late("error"), held(0, 0, 0, 5)],
    ["default fails without a value", late("default"), undefined],
    [
      "default fails when one feature has none",
      late("error", { v: ["default", { a: 5n }], w: ["default", { c: true }] }),
      undefined,
    ],
    ["default does not show stale rows", late("default"), held(5, 5, 5, 5)],
    ["one view of two fails the call", late("error", { v: ["partial", {}] }), undefined],
  ])("%s", (_what, views, rows) => {
    expect(degrade(bound, "deadline", rows, views)).toBeUndefined();
  });

  test("vectors computed ahead can be stale, and nothing else", () => {
    const vectors = { ...bound, shape: { ...bound.shape, precomputed: { service: "s", storedNames: [] } } };
    expect(degrade(vectors, "deadline", held(5, 5, 5, 5), late("stale"))?.marks).toHaveLength(2);
    expect(degrade(vectors, "deadline", undefined, late("partial"))).toBeUndefined();
  });
});

describe("LateViews", () => {
  test("tells which declared values do not fit the registry, and takes them for undeclared", () => {
    const settings: BudgetSettings = {
      ...{ sliceMs: 10, sliceBinds: true, reserveMs: 0.5, envelopeCells: 5000, onLate: "error" },
      views: new Map([
        [
          "v",
          {
            onLate: "default",
            defaults: new Map<string, DefaultValue>([
              ["a", "x"],
              ["b", "y"],
              ["gone", 1n],
            ]),
          },
        ],
        ["unknown", { onLate: "default", defaults: new Map([["a", 1n]]) }],
      ]),
    };
    const views = new LateViews(settings);
    expect(views.registryChanged(snapshot)).toEqual([
      { view: "v", feature: "a", reason: "type" },
      { view: "v", feature: "gone", reason: "unknown_feature" },
    ]);
    expect([...views.of("v").defaults.keys()]).toEqual(["b"]);
    expect(views.of("v_v2").policy).toBe("default");
    expect(views.of("other").policy).toBe("error");
    expect(views.mayAnswer).toBe(true);
    expect(late("error", { v: [undefined, {}] }).mayAnswer).toBe(false);
  });
});
