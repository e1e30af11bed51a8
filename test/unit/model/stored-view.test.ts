/** Names under which rows lie, against views, versions and services of a snapshot. */
import { describe, expect, it } from "vitest";
import type { RegistrySnapshot } from "../../../src/model/snapshot.ts";
import { isStorageName, storedView } from "../../../src/model/stored-view.ts";
import { UnknownViews } from "../../../src/unknown-views.ts";
import { snapshot } from "../plan/fixture.ts";

describe("the view of a stored name", () => {
  it("is the one of that name, or the version that it says", () => {
    expect(storedView(snapshot, "driver_stats")?.name).toBe("driver_stats");
    expect(storedView(snapshot, "versioned_v1")?.currentVersion).toBe(1);
    expect(storedView(snapshot, "versioned_v2")?.currentVersion).toBe(2);
  });

  it("is the view as it is now where the version is not known", () => {
    expect(storedView(snapshot, "versioned_v9")).toBe(snapshot.views.get("versioned"));
    expect(storedView(snapshot, "driver_stats_v1")?.name).toBe("driver_stats");
  });

  it("is the one that is really called so before any version", () => {
    const odd = { ...snapshot.views.get("driver_stats")!, name: "versioned_v1" };
    const views = new Map([...snapshot.views, [odd.name, odd]]);
    expect(storedView({ ...snapshot, views }, "versioned_v1")).toBe(odd);
  });

  it.each(["", "nobody", "nobody_v1", "_v1", "driver_stats_v", "driver_stats_vx"])("is none for %j", (name) => {
    expect(storedView(snapshot, name)).toBeUndefined();
    expect(isStorageName(snapshot, name)).toBe(false);
  });

  it("holds rows only where the registry knows the version", () => {
    expect(isStorageName(snapshot, "versioned_v2")).toBe(true);
    for (const name of ["versioned_v9", "versioned_v02", "driver_stats_v1"])
      expect(isStorageName(snapshot, name)).toBe(false);
  });

  it("of a service's vectors is made up from the service", () => {
    expect(isStorageName(snapshot, "__precomputed__svc_pre")).toBe(true);
    expect(isStorageName(snapshot, "__precomputed__nobody")).toBe(false);
    expect(storedView(snapshot, "__precomputed__svc_pre")).toBeUndefined();
  });
});

describe("views that only the configuration knows", () => {
  it("are told once, and again after they were known", () => {
    const unknown = new UnknownViews(["driver_stats", "soon", "versioned_v1"]);
    const look = (now: RegistrySnapshot) => unknown.look((name) => isStorageName(now, name));
    expect(look(snapshot)).toEqual(["soon"]);
    expect(look(snapshot)).toEqual([]);
    const view = { ...snapshot.views.get("driver_stats")!, name: "soon" };
    expect(look({ ...snapshot, views: new Map([...snapshot.views, ["soon", view]]) })).toEqual([]);
    expect(look(snapshot)).toEqual(["soon"]);
  });
});
