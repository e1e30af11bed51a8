import { readFileSync } from "node:fs";
import { describe, test } from "vitest";
import { Registry } from "../../../src/gen/feast/core/Registry.ts";
import type { FeatureView, Field, Projection, RegistrySnapshot } from "../../../src/model/snapshot.ts";
import { parseSnapshot } from "../../../src/registry/parse-snapshot.ts";
import { emptySpecs, featureView, label, onDemandView, registryOf, stream } from "./messages.ts";

/** Written by real Feast, see make-registry.py there; expected.json is how Feast's own registry reads the same file. */
const fixtures = new URL("../../fixtures/registry/", import.meta.url);
const registry = Registry.decode(readFileSync(new URL("registry.db", fixtures)));
const expected = JSON.parse(readFileSync(new URL("expected.json", fixtures), "utf8"));

/** In the form of expected.json. */
function plain(snapshot: RegistrySnapshot): unknown {
  const fields = (items: readonly Field[]) => items.map((field) => [field.name, field.valueType]);
  const projection = (item: Projection) => ({
    ...item,
    features: fields(item.features),
    joinKeyMap: Object.fromEntries(item.joinKeyMap),
    versionTag: item.versionTag ?? null,
  });
  const view = (item: FeatureView) => ({
    ...item,
    features: fields(item.features),
    entityColumns: fields(item.entityColumns),
    state: item.state ?? null,
    currentVersion: item.currentVersion ?? null,
    onDemand: item.onDemand
      ? { ...item.onDemand, sourceProjections: item.onDemand.sourceProjections.map(projection) }
      : null,
  });
  const mapped = <T>(map: ReadonlyMap<string | number, T>, to: (item: T) => unknown) =>
    Object.fromEntries([...map].map(([key, item]) => [key, to(item)]));
  return {
    ...snapshot,
    entities: mapped(snapshot.entities, (entity) => [entity.joinKey, entity.valueType]),
    views: mapped(snapshot.views, view),
    services: mapped(snapshot.services, (service) => ({
      projections: service.projections.map(projection),
      precomputeOnline: service.precomputeOnline,
    })),
    versions: mapped(snapshot.versions, (ofView) => mapped(ofView, view)),
  };
}

describe("a registry written by real Feast", () => {
  test.for(["demo", "other"])("project %s reads as Feast reads it", (project, { expect }) => {
    const parsed = parseSnapshot(registry, project);
    expect(parsed.problems).toEqual([]);
    expect(parsed.projectFound).toBe(true);
    expect(plain(parsed.snapshot)).toEqual(expected[project]);
  });

  test("covers every view kind, disabled views, states, pins, aliases and request data", ({ expect }) => {
    const { views, services, versions } = parseSnapshot(registry, "demo").snapshot;
    expect(new Set([...views.values()].map((view) => view.kind)).size).toBe(4);
    expect(views.get("off")?.disabled).toBe(true);
    expect(views.get("loc_stats")).toMatchObject({ state: "MATERIALIZING", ttlSeconds: 90 });
    expect(views.get("labels")?.state).toBeUndefined();
    expect(views.get("computed")?.onDemand?.requestFields).toEqual(["amount", "kind"]);
    expect(services.get("pinned")?.projections[0]?.versionTag).toBe(0);
    expect(
      versions
        .get("driver_stats")
        ?.get(0)
        ?.features.map((field) => field.name),
    ).toEqual(["trips", "conv_rate"]);
  });

  test("an unknown project gives an empty snapshot that says so", ({ expect }) => {
    const parsed = parseSnapshot(registry, "nope");
    expect(parsed.projectFound).toBe(false);
    expect(parsed.projects).toEqual(expect.arrayContaining(["demo", "other"]));
    expect(parsed.snapshot.views.size + parsed.snapshot.services.size + parsed.snapshot.entities.size).toBe(0);
    expect(parsed.snapshot.project).toBe("nope");
  });

  test("nothing of it can be changed", ({ expect }) => {
    const { snapshot } = parseSnapshot(registry, "demo");
    const view = snapshot.views.get("driver_stats");
    expect(Object.isFrozen(snapshot)).toBe(true);
    for (const part of [view, view?.features, view?.features[0], view?.entities, view?.entityColumns]) {
      expect(Object.isFrozen(part)).toBe(true);
    }
  });
});

describe("look-up rules", () => {
  test("a feature view hides a stream view, that an on-demand view, that a label view; of equals the first wins", ({
    expect,
  }) => {
    const all = registryOf({
      labelViews: [label("a"), label("b"), label("c"), label("d")],
      onDemandFeatureViews: [onDemandView("a"), onDemandView("b"), onDemandView("c")],
      streamFeatureViews: [stream("a"), stream("b")],
      featureViews: [featureView({ name: "a", disabled: true }), featureView({ name: "a" })],
    });
    const { views } = parseSnapshot(all, "p").snapshot;
    expect(["a", "b", "c", "d"].map((name) => views.get(name)?.kind)).toEqual([
      "feature_view",
      "stream_feature_view",
      "on_demand_feature_view",
      "label_view",
    ]);
    expect(views.get("a")?.disabled).toBe(true);
  });

  test.for<[number, string, number | undefined]>([
    [3, "", 3],
    [3, "latest", 3],
    [0, "v0", 0],
    [0, "LATEST", undefined],
    [0, "", undefined],
    [-1, "v1", undefined],
  ])(
    "current version of number %d and spec.version '%s' is %s",
    ([currentVersionNumber, version, want], { expect }) => {
      const view = featureView({ name: "a", version }, { currentVersionNumber, state: 0 });
      expect(parseSnapshot(registryOf({ featureViews: [view] }), "p").snapshot.views.get("a")?.currentVersion).toBe(
        want,
      );
    },
  );

  test("a state of a later Feast counts as unspecified", ({ expect }) => {
    const view = featureView({ name: "a" }, { currentVersionNumber: 0, state: 17 as 0 });
    const { views } = parseSnapshot(registryOf({ featureViews: [view] }), "p").snapshot;
    expect(views.get("a")?.state).toBe("STATE_UNSPECIFIED");
  });

  test("a source kept as a whole view is projected with all its features", ({ expect }) => {
    const whole = featureView({ name: "old", features: [{ name: "f", valueType: 4 }] });
    const view = onDemandView("a", new Map([["old", { source: { $case: "featureView", featureView: whole } }]]));
    const parsed = parseSnapshot(registryOf({ onDemandFeatureViews: [view] }), "p");
    expect(parsed.snapshot.views.get("a")?.onDemand?.sourceProjections).toEqual([
      {
        viewName: "old",
        alias: "",
        features: [{ name: "f", valueType: 4 }],
        joinKeyMap: new Map(),
        versionTag: undefined,
      },
    ]);
  });
});

describe("broken objects", () => {
  const record = (over: object) => ({
    featureViewName: "a",
    projectId: "p",
    versionNumber: 2,
    featureViewType: "feature_view",
    featureViewProto: Buffer.from([0x0a, 0x7f]),
    ...over,
  });

  test("are named, with the reason, and the rest stays", ({ expect }) => {
    const parsed = parseSnapshot(
      registryOf({
        featureViews: [featureView({ name: "" }), featureView({ name: "fine" })],
        onDemandFeatureViews: [onDemandView("odd", new Map([["s", { source: undefined }]]))],
        featureServices: [{ spec: { ...emptySpecs.service, name: "" } }],
        entities: [{ spec: { ...emptySpecs.entity, name: "" } }],
        featureViewVersionHistory: {
          records: [
            record({}),
            record({ versionNumber: 3, featureViewType: "future_view" }),
            record({ projectId: "q", featureViewType: "future_view" }),
          ],
        },
      }),
      "p",
    );
    expect([...parsed.snapshot.views.keys()]).toEqual(["fine"]);
    expect(parsed.snapshot.versions.size).toBe(0);
    expect(parsed.problems).toEqual([
      "Entity '': it has no name",
      "Feature view '': it has no name",
      "On-demand feature view 'odd': its source 's' is neither a view, a projection nor a request source",
      "Feature service '': it has no name",
      expect.stringMatching(/^Version v2 of feature view 'a': .+/),
      "Version v3 of feature view 'a': unknown feature view type 'future_view'",
    ]);
  });
});
