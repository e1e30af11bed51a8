/** Where the sidecar by default does not copy a bug of Feast: what Feast answers, and what the sidecar answers instead. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { askBothOverHttp } from "./ask-both.ts";
import { buildFixture, type Fixture } from "./oracle/build-fixture.ts";
import type { RepoName } from "./oracle/manifest.ts";
import { type RunningCore, startSidecarFor } from "./oracle/start-core.ts";
import { type FeastServers, startFeastServe } from "./oracle/start-feast.ts";

let fixture: Fixture;
beforeAll(async () => {
  fixture = await buildFixture();
});
afterAll(() => fixture?.stop());

function withBoth(repo: RepoName): () => { feast: FeastServers; sidecar: RunningCore } {
  let feast: FeastServers;
  let sidecar: RunningCore;
  beforeAll(async () => {
    const [serve, core] = await Promise.all([startFeastServe(fixture.repo(repo)), startSidecarFor(fixture.repo(repo))]);
    feast = { httpUrl: `http://${serve.address}`, grpcAddress: "", stop: () => serve.stop() };
    sidecar = core;
  });
  afterAll(async () => {
    await Promise.all([feast?.stop(), sidecar?.stop()]);
  });
  return () => ({ feast, sidecar });
}

interface Answer {
  readonly metadata: { feature_names: string[]; feature_view_metadata?: { name: string; version?: number }[] };
  readonly results: { values: unknown[]; statuses: string[] }[];
}

const column = (body: string, name: string): { values: unknown[]; statuses: string[] } | undefined => {
  const answer = JSON.parse(body) as Answer;
  return answer.results[answer.metadata.feature_names.indexOf(name)];
};

describe("compat.service_version_bug: fix", () => {
  const both = withBoth("versions-redis");

  it("a service without a pin reads the view's current version, not its first", async () => {
    const { feast, sidecar } = both();
    const entities = { driver_id: [1, 4], customer_id: ["c1", "c1"] };
    const body = { feature_service: "vsvc", entities, include_feature_view_version_metadata: true };
    const result = await askBothOverHttp(feast, sidecar, body);
    expect(result.differences.length).toBeGreaterThan(0);
    expect(column(result.feast.body, "trips")?.values).toEqual([10, null]);
    expect(column(result.sidecar.body, "trips")?.values).toEqual([210, 240]);
    expect(column(result.sidecar.body, "extra")?.values).toEqual([1, 2]);
    const metadata = (JSON.parse(result.sidecar.body) as Answer).metadata.feature_view_metadata;
    expect(metadata).toEqual([{ name: "ds", version: 2 }, { name: "cu" }]);
  });

  it("a pinned service reads its pin, as with Feast", async () => {
    const { feast, sidecar } = both();
    const body = { feature_service: "vsvc_v1", entities: { driver_id: [1, 2], customer_id: ["c1", "x"] } };
    expect((await askBothOverHttp(feast, sidecar, body)).differences).toEqual([]);
  });
});

describe("compat.precompute_names: fix", () => {
  const both = withBoth("redis");

  it("a precomputed service answers short names with the same cells as full ones", async () => {
    const { feast, sidecar } = both();
    const ask = (full: boolean) =>
      askBothOverHttp(feast, sidecar, {
        feature_service: "svc_pre",
        entities: { driver_id: [2, 1, 1] },
        full_feature_names: full,
      });
    const [short, full] = [await ask(false), await ask(true)];
    expect(short.feast.status).toBe(500);
    expect(short.feast.body).toContain("precompute_online=True");
    expect(full.differences).toEqual([]);
    expect(short.sidecar.status).toBe(200);
    for (const [name, fullName] of [
      ["trips", "driver_stats2__trips"],
      ["o", "ttl_old__o"],
      ["y", "ttl_long__y"],
    ] as const) {
      expect(column(short.sidecar.body, name)).toBeDefined();
      expect(column(short.sidecar.body, name)).toEqual(column(full.sidecar.body, fullName));
    }
    expect(column(short.sidecar.body, "o")?.statuses).toContain("OUTSIDE_MAX_AGE");
  });
});
