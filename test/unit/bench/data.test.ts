/** The bench's own encoders agree with the rooms that real Feast's golden files hold, and its check of answers can fail. */
import { describe, expect, it } from "vitest";
import { featureField as benchField, redisKey } from "../../../bench/data/encode.ts";
import {
  checkGrpcAnswer,
  checkHttpAnswer,
  grpcRequest,
  httpRequest,
  type KeyColumn,
} from "../../../bench/data/requests.ts";
import { FEATURE_COUNTS, featureName, PROJECT, storedValue, viewName } from "../../../bench/data/shape.ts";
import { hashFields } from "../../../bench/data/write-redis.ts";
import { blocksOf, boundOf, entitiesOf, RULES, readSnapshot } from "../../../bench/micro/bench-data.ts";
import { assemble } from "../../../src/assemble/assemble.ts";
import { GetOnlineFeaturesRequest, GetOnlineFeaturesResponse } from "../../../src/gen/feast/serving/ServingService.ts";
import { featureField } from "../../../src/store/redis/field-hash.ts";

const OPTIONS = { absentCells: "null", nowSeconds: 1_770_000_000, maxResponseBytes: 2 ** 26 } as const;

function protoAnswer(features: number, rows: number): Buffer {
  const bound = boundOf(features, rows);
  return assemble(bound, blocksOf(bound), { ...OPTIONS, rules: RULES.serving_service });
}

describe("the registry that real Feast wrote", () => {
  it("has the shape that shape.ts says", () => {
    const { services, views } = readSnapshot();
    expect(views.size).toBe(25);
    for (const features of FEATURE_COUNTS) {
      const names = services
        .get(`bench_${features}`)
        ?.projections.flatMap((each) => each.features.map(({ name }) => name));
      expect(names).toEqual(Array.from({ length: features }, (_, feature) => featureName(feature)));
    }
  });
});

describe("names in Redis", () => {
  it("of fields are those of the store room", () => {
    for (let feature = 0; feature < 250; feature += 1) {
      const view = viewName(Math.floor(feature / 10));
      expect(benchField(view, featureName(feature))).toEqual(featureField(view, featureName(feature)));
    }
    expect(new Set(hashFields().map((field) => field.toString("hex"))).size).toBe(275);
  });

  it("of rows are those of the plan room", () => {
    const keys = boundOf(10, 300).lookups[0]?.keys ?? [];
    const wanted = keys.map((key) => Buffer.concat([key, Buffer.from(PROJECT)]));
    expect(entitiesOf(300).map((entity) => redisKey("entity", entity, PROJECT))).toEqual(wanted);
  });
});

describe("requests", () => {
  it("say over gRPC what they say over HTTP", () => {
    const request = GetOnlineFeaturesRequest.decode(grpcRequest(50, [3, 9_999]));
    expect(request.kind).toEqual({ $case: "featureService", featureService: "bench_50" });
    const cells = request.entities.get("entity")?.val.map(({ val }) => val);
    expect(cells).toEqual([3n, 9_999n].map((value) => ({ $case: "int64Val", int64Val: value })));
    expect(JSON.parse(httpRequest(50, [3, 9_999]).toString())).toEqual({
      feature_service: "bench_50",
      entities: { entity: [3, 9_999] },
    });
  });
});

describe("the check of answers", () => {
  it("passes what the assemble room makes of the data", () => {
    expect(checkGrpcAnswer(protoAnswer(250, 3), 250, [0, 1, 2])).toBeUndefined();
    const bound = boundOf(50, 3);
    const json = assemble(bound, blocksOf(bound), { ...OPTIONS, rules: RULES.http });
    expect(checkHttpAnswer(json, 50, [0, 1, 2])).toBeUndefined();
  });

  it("finds another entity's values", () => {
    const message = GetOnlineFeaturesResponse.decode(protoAnswer(10, 2));
    const [key] = GetOnlineFeaturesResponse.decode(protoAnswer(10, 3)).results;
    message.results[0]?.values.splice(1, 1, key!.values[2]!);
    expect(checkGrpcAnswer(Buffer.from(GetOnlineFeaturesResponse.encode(message).finish()), 10, [0, 2])).toBe(
      `feature_0 of entity 2 is ${storedValue(1, 0)}, not ${storedValue(2, 0)}`,
    );
  });

  const spoilt = (
    spoil: (message: GetOnlineFeaturesResponse) => void,
    keyColumn: KeyColumn = "zero-time",
  ): string | undefined => {
    const message = GetOnlineFeaturesResponse.decode(protoAnswer(10, 1));
    spoil(message);
    return checkGrpcAnswer(Buffer.from(GetOnlineFeaturesResponse.encode(message).finish()), 10, [0], keyColumn);
  };

  it("finds a status that is not PRESENT, an event time that is another, a missing column", () => {
    expect(spoilt(() => {})).toBeUndefined();
    expect(spoilt(({ results }) => results[4]?.statuses.splice(0, 1, 3))).toBe("feature_3 of entity 0 is not PRESENT");
    expect(spoilt(({ results }) => results[4]?.eventTimestamps.splice(0, 1, { seconds: 5n, nanos: 0 }))).toMatch(
      /^feature_3 of entity 0 is of 5, not \d+$/,
    );
    expect(
      spoilt(({ results }) => {
        results[4]!.eventTimestamps[0]!.nanos = 500_000_000;
      }),
    ).toMatch(/^feature_3 of entity 0 is of \d+\.5, not \d+$/);
    expect(spoilt(({ metadata }) => metadata?.featureNames?.val.splice(3, 1, "other"))).toBe("feature_2 is missing");
    expect(spoilt(({ metadata }) => metadata?.featureNames?.val.pop())).toBe("11 vectors came for 10 names");
    const last = (message: GetOnlineFeaturesResponse): void => {
      message.results.pop();
      message.metadata?.featureNames?.val.pop();
    };
    expect(spoilt(last)).toBe("10 columns came, not 11");
  });

  it("finds rows and columns that were not asked for, and rows that are missing", () => {
    expect(spoilt(({ results }) => results[4]?.values.push({ val: { $case: "int64Val", int64Val: 1n } }))).toBe(
      "feature_3 has 2 values for 1 row",
    );
    expect(spoilt(({ results }) => results[4]?.statuses.push(1))).toBe("feature_3 has 2 statuses for 1 row");
    expect(spoilt(({ results }) => results[4]?.statuses.pop())).toBe("feature_3 has 0 statuses for 1 row");
    expect(spoilt(({ results }) => results[4]?.eventTimestamps.push({ seconds: 0n, nanos: 0 }))).toBe(
      "feature_3 has 2 event times for 1 row",
    );
    expect(spoilt(({ results }) => results[0]?.values.push({ val: undefined }))).toBe("entity has 2 values for 1 row");
    expect(spoilt(({ results }) => results.push(results[4]!))).toBe("12 vectors came for 11 names");
    expect(spoilt(({ metadata }) => metadata?.featureNames?.val.push("more"))).toBe("11 vectors came for 12 names");
  });

  it("finds a key column that is not the one asked for", () => {
    const key = (spoil: (vector: GetOnlineFeaturesResponse["results"][number]) => void, keyColumn?: KeyColumn) =>
      spoilt(({ results }) => spoil(results[0]!), keyColumn);
    expect(key(({ values }) => values.splice(0, 1, { val: { $case: "int64Val", int64Val: 1n } }))).toBe(
      "entity of entity 0 is 1, not 0",
    );
    expect(key(({ values }) => values.splice(0, 1, { val: { $case: "stringVal", stringVal: "0" } }))).toBe(
      "entity of entity 0 is undefined, not 0",
    );
    expect(key(({ statuses }) => statuses.splice(0, 1, 2))).toBe("entity of entity 0 is not PRESENT");
    const now = { seconds: BigInt(Math.floor(Date.now() / 1000)), nanos: 0 };
    expect(key(({ eventTimestamps }) => eventTimestamps.splice(0, 1, now))).toMatch(
      /^entity of entity 0 is of \d+, not 0$/,
    );
    // Feast's Go server writes the time of the answer there.
    expect(key(({ eventTimestamps }) => eventTimestamps.splice(0, 1, now), "now")).toBeUndefined();
    expect(key(() => {}, "now")).toMatch(/^entity of entity 0 is of 0, not \d+$/);
    const without = (message: GetOnlineFeaturesResponse): void => {
      message.results.shift();
      message.metadata?.featureNames?.val.shift();
    };
    expect(spoilt(without)).toBe("entity is missing");
    expect(spoilt(without, "optional")).toBeUndefined();
  });

  it("finds the same over HTTP", () => {
    const bound = boundOf(10, 2);
    const good = assemble(bound, blocksOf(bound), { ...OPTIONS, rules: RULES.http }).toString();
    const changed = (change: (answer: ReturnType<typeof JSON.parse>) => void): string | undefined => {
      const answer = JSON.parse(good);
      change(answer);
      return checkHttpAnswer(Buffer.from(JSON.stringify(answer)), 10, [0, 1]);
    };
    expect(changed(() => {})).toBeUndefined();
    expect(changed(({ results }) => results[1].values.push(1))).toBe("feature_0 has 3 values for 2 rows");
    expect(changed(({ results }) => results[1].statuses.push("PRESENT"))).toBe("feature_0 has 3 statuses for 2 rows");
    expect(changed(({ results }) => results[1].event_timestamps.pop())).toBe("feature_0 has 1 event times for 2 rows");
    expect(changed(({ results }) => results[0].values.reverse())).toBe("entity of entity 0 is 1, not 0");
    expect(changed(({ results }) => results[0].statuses.fill("NOT_FOUND"))).toBe("entity of entity 0 is not PRESENT");
    expect(changed(({ results }) => results.push(results[1]))).toBe("12 vectors came for 11 names");
  });
});
