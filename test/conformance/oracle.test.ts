/** The oracle itself works: real Feast builds the repositories, and both of its servers answer. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildFixture, type Fixture } from "./oracle/build-fixture.ts";
import { grpcGetOnlineFeatures, postJson } from "./oracle/feast-client.ts";
import { type FeastServers, startFeast } from "./oracle/start-feast.ts";

const EPOCH = "1970-01-01T00:00:00Z";
const MATERIALIZED = "2024-01-02T03:04:05Z";

describe("the Feast oracle", () => {
  let fixture: Fixture;
  let feast: FeastServers;

  beforeAll(async () => {
    fixture = await buildFixture();
    feast = await startFeast(fixture.repo("sqlite"));
  });

  afterAll(async () => {
    await feast?.stop();
    await fixture?.stop();
  });

  it("answers over HTTP through feast serve", async () => {
    const body = { features: ["driver_stats:trips"], entities: { driver_id: [1, 2, 3, 1] } };
    const answer = await postJson(`${feast.httpUrl}/get-online-features`, body);
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual({
      results: [
        { values: [1, 2, 3, 1], statuses: Array(4).fill("PRESENT"), event_timestamps: Array(4).fill(EPOCH) },
        {
          values: [10, 20, null, 10],
          statuses: ["PRESENT", "PRESENT", "NOT_FOUND", "PRESENT"],
          event_timestamps: [MATERIALIZED, MATERIALIZED, EPOCH, MATERIALIZED],
        },
      ],
      metadata: { feature_names: ["driver_id", "trips"] },
    });
  });

  it("answers over gRPC through feast listen", async () => {
    const answer = await grpcGetOnlineFeatures(feast.grpcAddress, "GrpcFeatureServer", {
      features: { val: ["driver_stats:trips"] },
      entities: { driver_id: { val: [{ int64_val: "1" }, { int64_val: "3" }] } },
    });
    expect(answer.details).toBe("");
    expect(answer.code).toBe(0);
    expect(answer.response?.metadata?.feature_names?.val).toEqual(["driver_id", "trips"]);
    const trips = answer.response?.results[1];
    expect(trips?.values.map((value) => value["int64_val"])).toEqual(["10", undefined]);
    expect(trips?.statuses).toEqual(["PRESENT", "NOT_FOUND"]);
  });

  it("shows a failed gRPC call as an answer", async () => {
    const answer = await grpcGetOnlineFeatures(feast.grpcAddress, "GrpcFeatureServer", {
      features: { val: ["nope:trips"] },
      entities: { driver_id: { val: [{ int64_val: "1" }] } },
    });
    expect(answer.code).toBe(2);
    expect(answer.details).toContain("Feature view nope does not exist in project demo");
    expect(answer.rawBody).toBeUndefined();
  });

  it("has the data of every Redis repository behind the port that their files name", async () => {
    const { repos, redisPort } = fixture.manifest;
    expect(redisPort).toBe(fixture.redis.port);
    expect(repos.redis.views.filter((view) => view.error === null).length).toBeGreaterThan(30);
    expect(await fixture.redis.command("DBSIZE")).not.toBe(":0");
  });
});
