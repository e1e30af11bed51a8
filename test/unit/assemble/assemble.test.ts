import { describe, expect, it } from "vitest";
import { type AssembleOptions, assemble, assembleInSlices } from "../../../src/assemble/assemble.ts";
import { SliceTurns, TimeSlices } from "../../../src/timing/time-slices.ts";
import { refusalOf } from "../refusal-of.ts";
import { blockOf, boundOf, fromBase64, OPTIONS, RULES, timestampBytes } from "./fixture.ts";
import { type GoldenResponse, goldenResponses, goldenVectors } from "./golden.ts";

const PROTO: AssembleOptions = { ...OPTIONS, rules: RULES.grpc_feature_server };
const GO: AssembleOptions = { ...OPTIONS, rules: { ...RULES.serving_service, answer: "json" } };
const INT64_7 = Buffer.from([0x20, 7]);
const NULL_VAL = Buffer.from([0x98, 0x01, 0x00]);
const EMPTY = Buffer.alloc(0);
const NOW = timestampBytes(1_700_000_000);

function goldenBound({ rows, echoes, views, versions }: GoldenResponse) {
  return boundOf(
    views.map(({ timestamps, features }) => ({
      features: features.map(({ name }) => name),
      rows: timestamps.map((timestamp, row) => [
        ...features.map(({ cells }) => (typeof cells[row] === "string" ? fromBase64(cells[row]) : null)),
        fromBase64(timestamp),
      ]),
    })),
    {
      rows,
      echoes: echoes.map(({ name, values }) => ({ name, values: values.map(fromBase64) })),
      viewVersions: versions.map(([name, version]) => ({ name, version })),
    },
  );
}

interface JsonAnswer {
  results: { values: unknown[]; statuses: string[]; event_timestamps?: string[] }[];
}

const jsonOf = (...args: Parameters<typeof assemble>): JsonAnswer["results"] =>
  (JSON.parse(assemble(...args).toString()) as JsonAnswer).results;

describe("answers made by Feast", () => {
  it.each(goldenResponses.map((golden, index) => ({ index, golden })))(
    "protobuf, byte for byte: $index",
    ({ golden }) => {
      const { bound, blocks } = goldenBound(golden);
      expect(assemble(bound, blocks, PROTO).toString("hex")).toBe(fromBase64(golden.response).toString("hex"));
      // Once more, now that the shape's metadata is known.
      expect(assemble(bound, blocks, PROTO).toString("base64")).toBe(golden.response);
    },
  );

  it.each(goldenResponses.map((golden, index) => ({ index, golden })))("JSON, byte for byte: $index", ({ golden }) => {
    const { bound, blocks } = goldenBound(golden);
    expect(assemble(bound, blocks, OPTIONS).toString()).toBe(golden.json);
  });
});

describe("an answer in slices", () => {
  it.each(["protobuf", "JSON"])("is the same bytes as one made at once: %s", async (form) => {
    const { bound, blocks } = goldenBound(goldenResponses.at(-1) as GoldenResponse);
    const options = form === "JSON" ? OPTIONS : PROTO;
    let slices = 0;
    let clock = 0;
    const checkpoint = (): void => {
      slices += 1;
    };
    // Every look at the clock is a millisecond later, so each column is a slice of its own.
    const answer = await assembleInSlices(
      bound,
      blocks,
      options,
      new TimeSlices(new SliceTurns(() => 0), 1, () => clock++, checkpoint),
    );
    expect(answer.toString("hex")).toBe(assemble(bound, blocks, options).toString("hex"));
    expect(slices).toBeGreaterThan(1);
  });

  it("ends when nobody waits any more", async () => {
    const { bound, blocks } = goldenBound(goldenResponses.at(-1) as GoldenResponse);
    let clock = 0;
    const checkpoint = (): void => {
      throw new Error("left");
    };
    const answer = assembleInSlices(
      bound,
      blocks,
      PROTO,
      new TimeSlices(new SliceTurns(() => 0), 1, () => clock++, checkpoint),
    );
    await expect(answer).rejects.toThrow("left");
  });
});

describe("statuses", () => {
  const view = {
    features: ["f"],
    ttlSeconds: 10,
    rows: [
      [INT64_7, timestampBytes(1_699_999_990)],
      [INT64_7, timestampBytes(1_699_999_989)],
      [EMPTY, NOW],
      [EMPTY, timestampBytes(1)],
      [NULL_VAL, NOW],
      [null, NOW],
      [null, null],
      [INT64_7, null],
    ],
  };
  const statusesOf = (options: AssembleOptions): string[] | undefined => {
    const { bound, blocks } = boundOf([view]);
    return jsonOf(bound, blocks, options)[0]?.statuses;
  };

  it("python, stores that answer every field: all is present", () => {
    expect(statusesOf({ ...OPTIONS, absentCells: "null" })).toEqual(new Array(8).fill("PRESENT"));
  });

  it("python, other stores: absent cells are not found", () => {
    const P = "PRESENT";
    expect(statusesOf(OPTIONS)).toEqual([P, P, P, P, P, "NOT_FOUND", "NOT_FOUND", P]);
  });

  it.each(["null", "not_found"] as const)(
    "go: ttl in whole seconds, explicit null is not found (%s)",
    (absentCells) => {
      const expected = [
        "PRESENT",
        "OUTSIDE_MAX_AGE",
        "PRESENT",
        "OUTSIDE_MAX_AGE",
        "NOT_FOUND",
        "NOT_FOUND",
        "NOT_FOUND",
      ];
      expect(statusesOf({ ...GO, absentCells })).toEqual([...expected, "OUTSIDE_MAX_AGE"]);
    },
  );

  it("go: no ttl, no limit; and the ttl of one view is not the next one's", () => {
    const old = [[INT64_7, INT64_7, timestampBytes(1)]];
    const { bound, blocks } = boundOf([
      { features: ["a", "b"], ttlSeconds: 10, rows: old },
      { features: ["e", "f"], ttlSeconds: 10, rows: [[INT64_7, INT64_7, NOW]] },
      { features: ["c", "d"], rows: old },
      { features: ["g", "h"], ttlSeconds: 2_000_000_000, rows: old },
    ]);
    const statuses = jsonOf(bound, blocks, GO).map((column) => column.statuses[0]);
    expect(statuses).toEqual([...new Array(2).fill("OUTSIDE_MAX_AGE"), ...new Array(6).fill("PRESENT")]);
  });

  it("keeps the value of an old cell and drops that of an explicit null", () => {
    const { bound, blocks } = boundOf([view]);
    const go = assemble(bound, blocks, { ...GO, rules: RULES.serving_service });
    expect(jsonOf(bound, blocks, GO)[0]?.values).toEqual([7, 7, null, null, null, null, null, 7]);
    expect(go.includes(NULL_VAL)).toBe(false);
    expect(assemble(bound, blocks, PROTO).includes(NULL_VAL)).toBe(true);
  });

  it("rows without a timestamp have time zero, as has a row without a key, which is not found", () => {
    const rowToKey = [1, -1, 0, 1];
    const { bound, blocks } = boundOf(
      [
        {
          features: ["f", "g"],
          rows: [
            [INT64_7, EMPTY, null],
            [INT64_7, EMPTY, NOW],
          ],
        },
      ],
      {
        rowToKey,
      },
    );
    const [first, second] = jsonOf(bound, blocks, { ...OPTIONS, absentCells: "null" });
    const [epoch, now] = ["1970-01-01T00:00:00Z", "2023-11-14T22:13:20Z"];
    expect(first).toEqual({
      values: [7, null, 7, 7],
      statuses: ["PRESENT", "NOT_FOUND", "PRESENT", "PRESENT"],
      event_timestamps: [now, epoch, epoch, now],
    });
    expect(second?.event_timestamps).toEqual(first?.event_timestamps);
    const proto = assemble(bound, blocks, PROTO);
    const vector = `0a0220070a000a0220070a0220071204010301011a06${NOW.toString("hex")}1a001a001a06${NOW.toString("hex")}`;
    expect(proto.toString("hex")).toContain(vector);
  });
});

describe("limits and damage", () => {
  const { bound, blocks } = boundOf([{ features: ["f"], rows: [[Buffer.from([0x12, 3, 97, 98, 99]), NOW]] }], {
    echoes: [{ name: "id", values: [INT64_7] }],
  });

  it.each([OPTIONS, PROTO])("answers up to the limit, to the byte", (options) => {
    const size = assemble(bound, blocks, options).length;
    expect(assemble(bound, blocks, { ...options, maxResponseBytes: size })).toHaveLength(size);
    const error = refusalOf(() => assemble(bound, blocks, { ...options, maxResponseBytes: size - 1 }));
    expect(error).toMatchObject({ code: "INVALID_ARGUMENT", reason: "limit" });
    expect(error.message).toContain(`${size} bytes, more than sidecar.limits.max_response_bytes = ${size - 1}`);
  });

  it("grows to answers much larger than the first guess", () => {
    const text = 'ż"'.repeat(100_000);
    const value = Buffer.concat([Buffer.from([0x12, 0xe0, 0xa7, 0x12]), Buffer.from(text)]);
    const big = boundOf([
      {
        features: ["f"],
        rows: [
          [value, NOW],
          [value, NOW],
        ],
      },
    ]);
    expect(jsonOf(big.bound, big.blocks, OPTIONS)[0]?.values).toEqual([text, text]);
    const error = refusalOf(() => assemble(big.bound, big.blocks, { ...OPTIONS, maxResponseBytes: 100_000 }));
    expect(error.reason).toBe("limit");
  });

  it("stops writing at the first cell past the limit", () => {
    const many = boundOf([{ features: ["f"], rows: new Array(1000).fill([INT64_7, NOW]) }]);
    const error = refusalOf(() => assemble(many.bound, many.blocks, { ...OPTIONS, maxResponseBytes: 1500 }));
    expect(error.message).toBe(
      "The answer takes at least 1502 bytes, more than sidecar.limits.max_response_bytes = 1500",
    );
  });

  it("names the feature whose stored value is no Value", () => {
    const broken = boundOf([{ features: ["good", "bad"], rows: [[INT64_7, Buffer.from([0x12, 5, 97]), NOW]] }]);
    const error = refusalOf(() => assemble(broken.bound, broken.blocks, OPTIONS));
    expect(error.code).toBe("INTERNAL");
    expect(error.message).toBe("The stored value of feature 'bad' cannot be read: it ends inside a field");
  });

  it.each([OPTIONS, GO])("names the feature whose stored timestamp is none", (options) => {
    const broken = boundOf([{ features: ["f"], ttlSeconds: 1, rows: [[INT64_7, Buffer.from([0x08])]] }]);
    const error = refusalOf(() => assemble(broken.bound, broken.blocks, options));
    expect(error.code).toBe("INTERNAL");
    expect(error.message).toBe("The stored event timestamp of feature 'f' cannot be read: it ends inside a varint");
  });
});

describe("precomputed vectors", () => {
  const { nowSeconds, outputs, cases } = goldenVectors;

  function vectorBound(vectors: readonly (string | null)[], rowToKey: readonly number[], short = false) {
    const plain = boundOf([{ features: ["vector"], rows: [] }], { rowToKey });
    const shape = {
      ...plain.bound.shape,
      outputs: outputs.map(({ name, ttlSeconds }) => ({
        name: short ? `short_${name}` : name,
        lookup: 0,
        view: 0,
        slot: 0,
        timestampSlot: 1,
        ttlSeconds,
      })),
      precomputed: { service: "S", storedNames: outputs.map(({ name }) => name) },
    };
    const rows = vectors.map((value) => [value === null ? null : fromBase64(value), NOW]);
    return { bound: { ...plain.bound, shape }, blocks: [blockOf(rows)] };
  }

  it.each(cases)("$name", ({ vectors, rowToKey, response }) => {
    const { bound, blocks } = vectorBound(vectors, rowToKey);
    const run = () => assemble(bound, blocks, { ...PROTO, nowSeconds });
    if (response === null) {
      expect(refusalOf(run)).toMatchObject({
        code: "FAILED_PRECONDITION",
        message:
          "FeatureService 'S' has precompute_online=True but pre-computed vectors could not be read. Run `feast precompute S` or materialize to populate vectors.",
      });
    } else {
      expect(run().toString("hex")).toBe(fromBase64(response).toString("hex"));
    }
  });

  it("answers under other names than the stored ones, and a row without key as not found", () => {
    const vectors = cases.find(({ name }) => name === "fresh")?.vectors ?? [];
    const { bound, blocks } = vectorBound(vectors, [0, -1], true);
    const text = assemble(bound, blocks, { ...OPTIONS, nowSeconds }).toString();
    expect(text).toContain('"feature_names":["short_a__x","short_a__y__z","short_b__x","short_c__d__x"]');
    expect(text).toContain('{"values":["a__x",null],"statuses":["PRESENT","NOT_FOUND"]');
  });

  it("takes a Value that holds no bytes for a missing vector", () => {
    const { bound, blocks } = vectorBound([INT64_7.toString("base64")], [0]);
    expect(refusalOf(() => assemble(bound, blocks, PROTO)).code).toBe("FAILED_PRECONDITION");
  });
});
