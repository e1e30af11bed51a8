/**
 * `feast.serving.ServingService` over real data: the values of Feast's Python server with the statuses of its Go server
 * (go/internal/feast/onlineserving/serving.go: TransposeFeatureRowsIntoColumns, checkOutsideTtl). There is no Go server here: its
 * rules are the expectations, Python's answer the control.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildFixture, type Fixture } from "./oracle/build-fixture.ts";
import { type GrpcResponse, grpcGetOnlineFeatures, type ServicePath } from "./oracle/feast-client.ts";
import { type RunningCore, startSidecarFor } from "./oracle/start-core.ts";

let fixture: Fixture;
beforeAll(async () => {
  fixture = await buildFixture();
});
afterAll(() => fixture?.stop());

const int64 = (...values: number[]) => ({ val: values.map((value) => ({ int64_val: String(value) })) });

describe.each(["sqlite", "redis"] as const)("%s", (repo) => {
  let sidecar: RunningCore;
  let strict: RunningCore;
  beforeAll(async () => {
    sidecar = await startSidecarFor(fixture.repo(repo));
    strict = await startSidecarFor(fixture.repo(repo), { STATUSES: "strict" });
  });
  afterAll(async () => {
    await sidecar?.stop();
    await strict?.stop();
  });

  async function ask(path: ServicePath, refs: readonly string[], drivers: readonly number[], of = sidecar) {
    const request = { features: { val: refs }, entities: { driver_id: int64(...drivers) } };
    const answer = await grpcGetOnlineFeatures(of.grpcAddress, path, request);
    expect(answer.details).toBe("");
    return answer.response as GrpcResponse;
  }
  const statuses = (response: GrpcResponse, name: string) =>
    response.results[response.metadata?.feature_names?.val.indexOf(name) ?? -1]?.statuses;

  it("absent rows are NOT_FOUND, stored nulls PRESENT, old rows OUTSIDE_MAX_AGE with their value", async () => {
    const refs = ["ttl_zero:z", "ttl_old:o", "ttl_long:y", "driver_stats:tag"];
    const go = await ask("feast.serving.ServingService", refs, [1, 2, 999]);
    expect(go.metadata?.feature_names?.val).toEqual(["driver_id", "z", "o", "y", "tag"]);
    expect(statuses(go, "driver_id")).toEqual(["PRESENT", "PRESENT", "PRESENT"]);
    expect(statuses(go, "z")).toEqual(["PRESENT", "PRESENT", "NOT_FOUND"]);
    expect(statuses(go, "o")?.slice(0, 1)).toEqual(["OUTSIDE_MAX_AGE"]);
    expect(statuses(go, "o")?.[2]).toBe("NOT_FOUND");
    expect(statuses(go, "y")?.[0]).toBe("PRESENT");
    // Driver 2's tag was written as null, two seconds of ttl long ago: still outside its age, and still without a value.
    expect(statuses(go, "tag")).toEqual(["OUTSIDE_MAX_AGE", "OUTSIDE_MAX_AGE", "NOT_FOUND"]);
    const python = await ask("GrpcFeatureServer", refs, [1, 2, 999]);
    expect(go.results.map((result) => result.values)).toEqual(python.results.map((result) => result.values));
    expect(go.results.map((result) => result.event_timestamps)).toEqual(
      python.results.map((result) => result.event_timestamps),
    );
    expect(statuses(python, "o")?.[0]).toBe("PRESENT");
    expect(statuses(python, "z")?.[2]).toBe(repo === "redis" ? "PRESENT" : "NOT_FOUND");
  });

  it("serves views in any state, and refuses disabled ones", async () => {
    const created = await ask("feast.serving.ServingService", ["created:c"], [1]);
    expect(statuses(created, "c")).toHaveLength(1);
    const off = await grpcGetOnlineFeatures(sidecar.grpcAddress, "feast.serving.ServingService", {
      features: { val: ["off:d"] },
      entities: { driver_id: int64(1) },
    });
    expect(off.code).toBe(9);
    expect(off.details).toContain("is disabled");
  });

  it("statuses: strict gives every surface these statuses", async () => {
    const response = await ask("GrpcFeatureServer", ["ttl_old:o"], [1, 999], strict);
    expect(statuses(response, "o")).toEqual(["OUTSIDE_MAX_AGE", "NOT_FOUND"]);
  });

  it.each([
    ["an unknown view", { features: { val: ["nope:x"] } }, 5, "Feature view nope does not exist in project demo"],
    ["an unknown service", { feature_service: "nope" }, 5, "Feature service nope does not exist in project demo"],
    ["an unknown feature", { features: { val: ["ttl_old:x"] } }, 3, "'Feature x not found in projection ttl_old'"],
    ["nothing asked for", {}, 3, "No features specified for retrieval"],
    [
      "a computed view",
      { features: { val: ["odfv_pandas:twice"] } },
      12,
      "On-demand feature view 'odfv_pandas' is computed",
    ],
  ])("%s has a code of its own", async (_name, what, code, sentence) => {
    const request = { ...what, entities: { driver_id: int64(1) } };
    const answer = await grpcGetOnlineFeatures(sidecar.grpcAddress, "feast.serving.ServingService", request);
    expect(answer.code).toBe(code);
    expect(answer.details).toContain(sentence);
  });
});
