import { describe, expect, it } from "vitest";
import type { FeatureRequest, JsonValue, RequestColumn } from "../../../src/model/request.ts";
import { surfaceRules } from "../../../src/model/surface.ts";
import { Planner, type PlannerOptions } from "../../../src/plan/plan-request.ts";
import { SliceTurns, TimeSlices } from "../../../src/timing/time-slices.ts";
import { refusalOf } from "../refusal-of.ts";
import { snapshot } from "./fixture.ts";

const OPTIONS: PlannerOptions = {
  versioning: true,
  serveWhileMaterializing: false,
  serviceVersionBug: "fix",
  precomputeNames: "fix",
  entityKeyVersion: 3,
  nullKey: "error",
  maxRows: 100,
  maxReferences: 1000,
  maxCells: 1000,
  onPartialKey: () => {},
};
const RULES = surfaceRules({ statuses: "per_surface", coerceGrpcKeys: false, stateGate: "per_surface" });

interface Ask extends Partial<Omit<FeatureRequest, "columns">> {
  readonly entities?: Record<string, JsonValue[]>;
}

function requestOf(ask: Ask): FeatureRequest {
  const columns = Object.entries(ask.entities ?? { driver_id: [1n] }).map(
    ([name, cells]): RequestColumn => ({ kind: "json", name, rows: cells.length, cells }),
  );
  return {
    surface: "http",
    featureService: "",
    features: [],
    fullFeatureNames: false,
    includeVersionMetadata: false,
    ...ask,
    columns,
  };
}

function bind(ask: Ask, options: Partial<PlannerOptions> = {}) {
  const request = requestOf(ask);
  return new Planner({ ...OPTIONS, ...options }).bind(snapshot, request, RULES[request.surface]);
}

/** Test titles: JSON with BigInts as their digits. */
const title = (value: unknown) =>
  JSON.stringify(value, (_key, item: unknown) => (typeof item === "bigint" ? `${item}n` : item));

const names = (bound: ReturnType<typeof bind>) => [
  ...bound.shape.echoNames,
  ...bound.shape.outputs.map((output) => output.name),
];
const hexKeys = (bound: ReturnType<typeof bind>) =>
  bound.lookups.map((lookup) => lookup.keys.map((key) => key.toString("hex")));
const driverKey = (hex: string) => `0100000002000000090000006472697665725f69640400000008000000${hex}`;

describe("a request of many rows", () => {
  const ask: Ask = {
    features: ["driver_stats:trips"],
    entities: { driver_id: Array.from({ length: 2_000 }, (_, row) => BigInt(row % 700)) },
  };
  const options = { ...OPTIONS, maxRows: 2_000, maxCells: 2_000 };

  it("is bound in slices to the same keys", async () => {
    let slices = 0;
    let clock = 0;
    const eachLook = new TimeSlices(
      new SliceTurns(() => 0),
      1,
      () => clock++,
      () => {
        slices += 1;
      },
    );
    const request = requestOf(ask);
    const bound = await new Planner(options).bindInSlices(snapshot, request, RULES.http, eachLook);
    expect(bound).toEqual(bind(ask, options));
    expect(bound.lookups[0]?.keys).toHaveLength(700);
    expect(slices).toBeGreaterThan(10);
  });

  it("stops between two slices when nobody waits any more", async () => {
    let clock = 0;
    const left = new TimeSlices(
      new SliceTurns(() => 0),
      1,
      () => clock++,
      () => {
        throw new Error("left");
      },
    );
    const bound = new Planner(options).bindInSlices(snapshot, requestOf(ask), RULES.http, left);
    await expect(bound).rejects.toThrow("left");
  });
});

describe("what is read", () => {
  it("reads each unique key once and maps the rows back", () => {
    const bound = bind({ features: ["driver_stats:trips"], entities: { driver_id: [1n, 2n, 3n, 1n] } });
    expect(names(bound)).toEqual(["driver_id", "trips"]);
    expect(bound.lookups[0]?.keys).toHaveLength(3);
    expect([...(bound.rowToKey[0] ?? [])]).toEqual([0, 1, 2, 0]);
    expect(hexKeys(bound)[0]?.[0]).toBe(driverKey("0100000000000000"));
  });
  it("merges views that share a key into one lookup, answers in order of first mention", () => {
    const bound = bind({
      features: ["driver_stats:conv_rate", "cust_stats:spend", "driver_stats2:other", "driver_stats:trips"],
      entities: { driver_id: [1n], customer_id: [5n] },
    });
    expect(names(bound)).toEqual(["driver_id", "customer_id", "conv_rate", "trips", "spend", "other"]);
    expect(bound.lookups).toHaveLength(2);
    expect(bound.lookups[0]?.shape).toEqual({
      views: [
        { storageName: "driver_stats", featureNames: ["conv_rate", "trips"], firstSlot: 0, timestampSlot: 2 },
        { storageName: "driver_stats2", featureNames: ["other"], firstSlot: 3, timestampSlot: 4 },
      ],
      stride: 5,
    });
    expect(bound.shape.outputs[3]).toMatchObject({ name: "other", lookup: 0, view: 1, slot: 3, timestampSlot: 4 });
  });
  it.each([
    [{ driver_id: ["1", "2"] }, ["0100000000000000", "0200000000000000"]],
    [{ driver_id: [1, 2.9] }, ["0100000000000000", "0200000000000000"]],
    [{ driver_id: [true] }, ["0100000000000000"]],
    [{ driver_id: [" 1_0 "] }, ["0a00000000000000"]],
    [{ driver: [-1n] }, ["ffffffffffffffff"]],
    [{ driver_id: [9007199254740993n] }, ["0100000000002000"]],
  ] as [Record<string, JsonValue[]>, string[]][])("converts column %# to the declared key type", (entities, keys) => {
    const bound = bind({ features: ["driver_stats:trips"], entities });
    expect(hexKeys(bound)[0]).toEqual(keys.map(driverKey));
    expect(bound.shape.echoNames).toEqual(["driver_id"]);
  });
  it("sorts composite keys by name whatever the order of the columns", () => {
    const one = bind({ features: ["combo:cnt"], entities: { driver_id: [7n], customer_id: ["u1"] } });
    const other = bind({ features: ["combo:cnt"], entities: { customer_id: ["u1"], driver_id: [7n] } });
    expect(hexKeys(one)).toEqual(hexKeys(other));
    expect(hexKeys(one)[0]?.[0]).toContain(Buffer.from("customer_id").toString("hex"));
  });
  it("looks up a shorter key when a composite view gets only some of its columns, as Feast does", () => {
    const told: unknown[] = [];
    const bound = bind({ features: ["combo:cnt"] }, { onPartialKey: (...what) => told.push(what) });
    expect(hexKeys(bound)[0]?.[0]).toBe(driverKey("0100000000000000"));
    expect(told).toEqual([["combo", ["customer_id"]]]);
  });
  it("reads entityless views under the empty stand-in key, once", () => {
    const bound = bind({ features: ["glob:g"], entities: { whatever: [1n, 2n] } });
    expect(hexKeys(bound)[0]).toEqual(["01000000020000000a0000005f5f64756d6d795f69640200000000000000"]);
    expect(bound.rows).toBe(2);
    expect(names(bound)).toEqual(["g"]);
  });
  it("maps key names of aliased projections", () => {
    const bound = bind({
      featureService: "svc_alias",
      fullFeatureNames: true,
      entities: { origin_id: [1n, 2n], dest_id: [2n, 1n] },
    });
    expect(names(bound)).toEqual(["origin_id", "dest_id", "origin__temp", "dest__temp"]);
    expect(bound.lookups).toHaveLength(2);
    expect(hexKeys(bound)[0]).toEqual([...(hexKeys(bound)[1] ?? [])].reverse());
    expect(hexKeys(bound)[0]?.[0]).toBe("01000000020000000b0000006c6f636174696f6e5f6964030000000400000001000000");
  });
  it("echoes unrelated keys, ignores unknown columns", () => {
    const bound = bind({
      features: ["driver_stats:trips"],
      entities: { driver_id: [1n], customer_id: [5n], foo: ["x"] },
    });
    expect(names(bound)).toEqual(["driver_id", "customer_id", "trips"]);
    expect(bound.echoes[1]?.bytes.toString("hex")).toBe("2005");
  });
  it("reads stored on-demand views like any other, unknown names included", () => {
    const bound = bind({ features: ["stored_odfv:out", "stored_odfv:nope"] });
    expect(bound.lookups[0]?.shape.views[0]?.featureNames).toEqual(["out", "nope"]);
  });
});

describe("versions", () => {
  const storage = (ask: Ask, options: Partial<PlannerOptions> = {}) =>
    bind(ask, options).lookups[0]?.shape.views[0]?.storageName;
  it("reads the current, the pinned and the first version's name", () => {
    expect(storage({ features: ["versioned:trips"] })).toBe("versioned_v2");
    expect(storage({ features: ["versioned@latest:trips"] })).toBe("versioned_v2");
    expect(storage({ features: ["versioned@v1:trips"] })).toBe("versioned_v1");
    expect(storage({ features: ["versioned@V0:trips"] })).toBe("versioned");
    expect(storage({ featureService: "svc_pinned" })).toBe("versioned_v1");
    expect(storage({ features: ["versioned:trips"] }, { versioning: false })).toBe("versioned");
  });
  it("reads a service's view at its current version, or at the first where Feast's bug is copied", () => {
    expect(storage({ featureService: "svc_versioned" })).toBe("versioned_v2");
    expect(storage({ featureService: "svc_versioned" }, { serviceVersionBug: "copy" })).toBe("versioned");
  });
  it("prints pinned names and the first version of a view only", () => {
    const bound = bind({
      features: ["versioned@v1:trips", "versioned@v2:trips", "versioned:trips", "cust_stats:spend"],
      fullFeatureNames: true,
      includeVersionMetadata: true,
      entities: { driver_id: [1n], customer_id: ["a"] },
    });
    expect(names(bound).slice(2)).toEqual([
      "versioned@v1__trips",
      "versioned@v2__trips",
      "versioned__trips",
      "cust_stats__spend",
    ]);
    expect(bound.shape.viewVersions).toEqual([
      { name: "versioned", version: 1 },
      { name: "cust_stats", version: 0 },
    ]);
  });
});

describe("precomputed services", () => {
  it("read one blob per key of the first view", () => {
    const bound = bind({ featureService: "svc_pre" });
    expect(bound.lookups[0]?.shape.views).toEqual([
      { storageName: "__precomputed__svc_pre", featureNames: ["vector"], firstSlot: 0, timestampSlot: 1 },
    ]);
    expect(bound.shape.precomputed).toEqual({
      service: "svc_pre",
      storedNames: ["driver_stats__trips", "driver_stats2__other"],
    });
    expect(names(bound)).toEqual(["driver_id", "trips", "other"]);
  });
  it("fail for short names where Feast's bug is copied", () => {
    const error = refusalOf(() => bind({ featureService: "svc_pre" }, { precomputeNames: "copy" }));
    expect(error.message).toBe(
      "FeatureService 'svc_pre' has precompute_online=True but pre-computed vectors could not be read. Run `feast precompute svc_pre` or materialize to populate vectors.",
    );
    expect(names(bind({ featureService: "svc_pre", fullFeatureNames: true }, { precomputeNames: "copy" }))).toContain(
      "driver_stats__trips",
    );
  });
});

const MISSING =
  "\"Missing join key values for keys: ['customer_id', 'driver_id', 'location_id']. No values provided for keys: ['customer_id', 'driver_id', 'location_id']. Provided join_key_values: ['customer_id']\"";

describe("errors are Feast's", () => {
  it.each(
    (
      [
        [{ features: [] }, "INVALID_ARGUMENT", undefined, "No features specified for retrieval"],
        [
          { features: ["trips"] },
          "INVALID_ARGUMENT",
          undefined,
          "Invalid feature reference 'trips'. Expected format: '<feature_view>:<feature>' or '<feature_view>@<version>:<feature>'",
        ],
        [
          { features: ["nope:trips"] },
          "NOT_FOUND",
          "FeatureViewNotFoundException",
          "Feature view nope does not exist in project demo",
        ],
        [
          { features: ["driver_stats@x:trips"] },
          "NOT_FOUND",
          "FeatureViewNotFoundException",
          "Feature view driver_stats@x does not exist in project demo",
        ],
        [
          { features: ["versioned@v9:trips"] },
          "NOT_FOUND",
          "FeatureViewVersionNotFound",
          "Version v9 of feature view versioned does not exist in project demo",
        ],
        [
          { featureService: "nope" },
          "NOT_FOUND",
          "FeatureServiceNotFoundException",
          "Feature service nope does not exist in project demo",
        ],
        [
          { features: ["driver_stats:nope"] },
          "INVALID_ARGUMENT",
          undefined,
          "'Feature nope not found in projection driver_stats'",
        ],
        [
          { features: ["off:trips"] },
          "FAILED_PRECONDITION",
          undefined,
          "Feature view 'off' is disabled and cannot serve features. Enable it with `feast feature-views enable off` or set enabled=True.",
        ],
        [
          { features: ["fresh:trips"] },
          "FAILED_PRECONDITION",
          undefined,
          "Feature view 'fresh' is in state 'CREATED' and cannot serve features. Only AVAILABLE_ONLINE feature views can serve.",
        ],
        [
          { features: ["lost:trips"] },
          "NOT_FOUND",
          "EntityNotFoundException",
          "Entity nobody does not exist in project demo",
        ],
        [
          { featureService: "svc_stale" },
          "FAILED_PRECONDITION",
          undefined,
          "The projection for cust_stats cannot be applied because it contains gone which the FeatureView doesn't have.",
        ],
        [{ features: ["driver_stats:trips"], entities: {} }, "INVALID_ARGUMENT", undefined, "'pop from an empty set'"],
        [
          { features: ["driver_stats:trips"], entities: { driver_id: [1n, 2n], foo: ["a"] } },
          "INVALID_ARGUMENT",
          undefined,
          "All entity rows must have the same columns.",
        ],
        [
          { features: ["driver_stats:trips"], entities: { driver_id: [1n], foo: [[]] } },
          "INVALID_ARGUMENT",
          undefined,
          "Couldn't infer value type from empty value",
        ],
        [
          { features: ["driver_stats:trips"], entities: { driver_id: ["abc"] } },
          "INVALID_ARGUMENT",
          undefined,
          "invalid literal for int() with base 10: 'abc'",
        ],
        [
          { features: ["driver_stats:trips"], entities: { driver_id: [9223372036854775808n] } },
          "INVALID_ARGUMENT",
          undefined,
          "Value out of range: 9223372036854775808",
        ],
        [
          { features: ["driver_stats:trips"], entities: { driver_id: [1n, null] } },
          "INVALID_ARGUMENT",
          undefined,
          "attribute name must be string, not 'NoneType'",
        ],
        [
          { features: ["driver_stats:trips"], entities: { customer_id: ["a"] } },
          "INVALID_ARGUMENT",
          undefined,
          MISSING,
        ],
        [
          { features: ["computed_odfv:out"], entities: { driver_id: [1n], x: [1n] } },
          "UNIMPLEMENTED",
          undefined,
          "On-demand feature view 'computed_odfv' is computed at request time, which feast-sidecar does not do: it runs no Python. Store its outputs (write_to_online_store=True) or ask Feast's own feature server for it.",
        ],
        [
          { features: ["driver_stats:trips"], entities: { driver_id: Array(101).fill(1n) } },
          "INVALID_ARGUMENT",
          undefined,
          "Column 'driver_id' has more rows than sidecar.limits.max_rows = 100",
        ],
      ] as [Ask, string, string | undefined, string][]
    ).map((row) => [title(row[0]).slice(0, 100), ...row] as const),
  )("%s", (_title, ask, code, feastClass, message) => {
    const error = refusalOf(() => bind(ask));
    expect({ code: error.code, feastClass: error.feastClass, message: error.message }).toEqual({
      code,
      feastClass,
      message,
    });
  });
  it("refuses empty columns with the lists that Feast prints", () => {
    const error = refusalOf(() => bind({ features: ["driver_stats:trips"], entities: { driver_id: [] } }));
    expect(error.message).toBe(
      "\"Missing join key values for keys: ['customer_id', 'location_id']. No values provided for keys: ['customer_id', 'driver_id', 'location_id']. Provided join_key_values: ['driver_id']\"",
    );
  });
  it("refuses versioned refs while versioning is off", () => {
    const error = refusalOf(() => bind({ features: ["versioned@v1:trips"] }, { versioning: false }));
    expect(error.message).toMatch(
      /^Version-qualified ref 'versioned@v1' not supported: online versioning is disabled\./,
    );
  });
  it("names collisions, short and full", () => {
    const ask = { features: ["driver_stats:trips", "driver_stats2:trips"] };
    const error = refusalOf(() => bind(ask));
    expect(error.feastClass).toBe("FeatureNameCollisionError");
    expect(error.message).toMatch(/^Duplicate features named trips found\.\nTo resolve this collision, either/);
    expect(names(bind({ ...ask, fullFeatureNames: true }))).toEqual([
      "driver_id",
      "driver_stats__trips",
      "driver_stats2__trips",
    ]);
    const twice = refusalOf(() => bind({ features: ["combo:cnt", "combo:cnt"], fullFeatureNames: true }));
    expect(twice.message).toMatch(/^Duplicate features named combo__cnt found\.\nTo resolve this collision, please/);
  });
  it("gates states by surface and option", () => {
    expect(() => bind({ features: ["busy:trips"] })).toThrow(/MATERIALIZING/);
    expect(names(bind({ features: ["busy:trips"] }, { serveWhileMaterializing: true }))).toContain("trips");
    expect(names(bind({ features: ["fresh:trips"], surface: "serving_service" }))).toContain("trips");
  });
  it("answers null keys as not found when told so", () => {
    const bound = bind(
      { features: ["driver_stats:trips"], entities: { driver_id: [1n, null, 2n] } },
      { nullKey: "not_found" },
    );
    expect([...(bound.rowToKey[0] ?? [])]).toEqual([0, -1, 1]);
  });
  it("counts cells", () => {
    const entities = { driver_id: Array(90).fill(1n) };
    expect(() => bind({ features: ["driver_stats:trips"], entities }, { maxCells: 89 })).toThrow(
      "90 rows × 1 features are 90 cells, more than sidecar.limits.max_cells = 89",
    );
  });
});
