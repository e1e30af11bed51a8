/** A small registry snapshot for the plan tests, in the shape that registry/ builds. */
import type { FeatureService, FeatureView, Field, Projection, RegistrySnapshot } from "../../../src/model/snapshot.ts";
import { ValueType } from "../../../src/model/value-type.ts";

export function field(name: string, valueType: number): Field {
  return { name, valueType };
}

export function view(
  name: string,
  entities: string[],
  keys: Field[],
  features: Field[],
  over: Partial<FeatureView> = {},
): FeatureView {
  return {
    kind: "feature_view",
    name,
    entities,
    entityColumns: keys,
    features,
    ttlSeconds: 0,
    disabled: false,
    state: "AVAILABLE_ONLINE",
    currentVersion: undefined,
    onDemand: undefined,
    ...over,
  };
}

export function projection(viewName: string, features: Field[], over: Partial<Projection> = {}): Projection {
  return { viewName, alias: "", features, joinKeyMap: new Map(), versionTag: undefined, ...over };
}

const driver = field("driver_id", ValueType.INT64);
const customer = field("customer_id", ValueType.STRING);
const location = field("location_id", ValueType.INT32);
const temp = field("temp", ValueType.DOUBLE);
const trips = field("trips", ValueType.INT64);
const conv = field("conv_rate", ValueType.FLOAT);
const added = field("added_in_v2", ValueType.INT64);

const views: FeatureView[] = [
  view("driver_stats", ["driver"], [driver], [conv, trips], { ttlSeconds: 2 }),
  view("driver_stats2", ["driver"], [driver], [trips, field("other", ValueType.INT64)]),
  view("cust_stats", ["customer"], [customer], [field("spend", ValueType.DOUBLE)]),
  view("combo", ["driver", "customer"], [driver, customer], [field("cnt", ValueType.INT64)]),
  view("loc_stats", ["location"], [location], [temp]),
  view("glob", ["__dummy"], [field("__dummy_id", ValueType.STRING)], [field("g", ValueType.DOUBLE)]),
  view("off", ["driver"], [driver], [trips], { disabled: true }),
  view("fresh", ["driver"], [driver], [trips], { state: "CREATED" }),
  view("busy", ["driver"], [driver], [trips], { state: "MATERIALIZING" }),
  view("lost", ["nobody"], [driver], [trips]),
  view("versioned", ["driver"], [driver], [trips, added], { currentVersion: 2 }),
  view("stored_odfv", ["driver"], [], [field("out", ValueType.INT64)], {
    kind: "on_demand_feature_view",
    onDemand: { writeToOnlineStore: true, sourceProjections: [projection("driver_stats", [trips])], requestFields: [] },
  }),
  view("computed_odfv", [], [], [field("out", ValueType.INT64)], {
    kind: "on_demand_feature_view",
    onDemand: {
      writeToOnlineStore: false,
      sourceProjections: [projection("driver_stats", [trips])],
      requestFields: ["x"],
    },
  }),
];

const services: FeatureService[] = [
  {
    name: "svc",
    projections: [
      projection("driver_stats", [trips, conv]),
      projection("cust_stats", [field("spend", ValueType.DOUBLE)]),
    ],
    precomputeOnline: false,
  },
  {
    name: "svc_alias",
    projections: [
      projection("loc_stats", [temp], { alias: "origin", joinKeyMap: new Map([["location_id", "origin_id"]]) }),
      projection("loc_stats", [temp], { alias: "dest", joinKeyMap: new Map([["location_id", "dest_id"]]) }),
    ],
    precomputeOnline: false,
  },
  {
    name: "svc_pre",
    projections: [projection("driver_stats", [trips]), projection("driver_stats2", [field("other", ValueType.INT64)])],
    precomputeOnline: true,
  },
  { name: "svc_versioned", projections: [projection("versioned", [trips])], precomputeOnline: false },
  { name: "svc_pinned", projections: [projection("versioned", [trips], { versionTag: 1 })], precomputeOnline: false },
  {
    name: "svc_stale",
    projections: [projection("cust_stats", [field("gone", ValueType.INT64)])],
    precomputeOnline: false,
  },
];

export const snapshot: RegistrySnapshot = {
  project: "demo",
  versionId: "v",
  lastUpdatedMs: 0,
  entities: new Map(
    [
      ["driver", driver],
      ["customer", customer],
      ["location", location],
      ["__dummy", field("__dummy_id", ValueType.UNKNOWN)],
    ].map(([name, key]) => [
      name as string,
      { name: name as string, joinKey: (key as Field).name, valueType: (key as Field).valueType },
    ]),
  ),
  views: new Map(views.map((v) => [v.name, v])),
  services: new Map(services.map((s) => [s.name, s])),
  versions: new Map([
    [
      "versioned",
      new Map([
        [0, view("versioned", ["driver"], [driver], [trips], { currentVersion: 0 })],
        [1, view("versioned", ["driver"], [driver], [trips], { currentVersion: 1 })],
        [2, view("versioned", ["driver"], [driver], [trips, added], { currentVersion: 2 })],
      ]),
    ],
  ]),
};
