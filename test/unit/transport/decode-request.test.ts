import { fileURLToPath } from "node:url";
import type { ServiceDefinition } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FeatureRequest } from "../../../src/model/request.ts";
import { ServeError } from "../../../src/model/serve-error.ts";
import { decodeRequest } from "../../../src/transport/decode-request.ts";
import { refusalOf } from "../refusal-of.ts";

const protoRoot = fileURLToPath(new URL("../../../proto", import.meta.url));
const definitions = loadSync("feast/serving/ServingService.proto", { includeDirs: [protoRoot], keepCase: true });
const service = definitions["feast.serving.ServingService"] as unknown as ServiceDefinition;
const encode = (request: object): Buffer => service["GetOnlineFeatures"]?.requestSerialize(request) as Buffer;

function decode(...parts: (Buffer | number[] | string)[]): FeatureRequest {
  return decodeRequest(Buffer.concat(parts.map((part) => Buffer.from(part as string))), "serving_service");
}

/** One length-delimited field. */
function field(number: number, content: Buffer | string | number[]): Buffer {
  const bytes = Buffer.from(content as string);
  return Buffer.concat([Buffer.of(number * 8 + 2, bytes.length), bytes]);
}

function values(request: FeatureRequest, name: string): string[] {
  const column = request.columns.find((candidate) => candidate.name === name);
  if (column?.kind !== "values") throw new Error(`no column ${name}`);
  const { bytes, spans } = column.column;
  expect(spans.length).toBe(2 * column.rows);
  return Array.from({ length: column.rows }, (_, row) => bytes.toString("hex", spans[2 * row], spans[2 * row + 1]));
}

describe("decodeRequest", () => {
  it("reads what protobuf writes", () => {
    const request = decode(
      encode({
        features: { val: ["driver_stats:trips", "é:ü"] },
        entities: { driver_id: { val: [{ int64_val: 1 }, {}, { string_val: "x" }] }, empty: { val: [] } },
        full_feature_names: true,
        request_context: { ignored: { val: [{ int64_val: 1 }] } },
        include_feature_view_version_metadata: true,
      }),
    );
    expect(request).toMatchObject({
      surface: "serving_service",
      featureService: "",
      features: ["driver_stats:trips", "é:ü"],
      fullFeatureNames: true,
      includeVersionMetadata: true,
    });
    expect(request.columns.map((column) => [column.name, column.rows])).toEqual([
      ["driver_id", 3],
      ["empty", 0],
    ]);
    expect(values(request, "driver_id")).toEqual(["2001", "", "120178"]);
  });

  it("accepts an empty message", () => {
    expect(decode()).toMatchObject({ featureService: "", features: [], columns: [], fullFeatureNames: false });
  });

  it("lets the last of the oneof win, and merges lists", () => {
    const list = (ref: string): Buffer => field(2, field(1, ref));
    expect(decode(list("a:b"), list("c:d")).features).toEqual(["a:b", "c:d"]);
    expect(decode(list("a:b"), field(1, "svc"))).toMatchObject({ featureService: "svc", features: [] });
    expect(decode(field(1, "svc"), list("a:b"))).toMatchObject({ featureService: "", features: ["a:b"] });
    expect(decode(list("a:b"), field(1, "svc"), list("c:d")).features).toEqual(["c:d"]);
  });

  it("lets the last of duplicate columns win, and merges the parts of one value", () => {
    const row = (byte: number): Buffer => field(1, [0x20, byte]);
    const entry = (...parts: Buffer[]): Buffer => field(3, Buffer.concat(parts));
    const request = decode(
      entry(field(1, "a"), field(2, row(1))),
      entry(field(1, "b"), field(2, row(2)), field(2, Buffer.concat([row(3), row(4)]))),
      entry(field(2, row(9)), field(1, "x"), field(1, "a")),
      entry(),
    );
    expect(request.columns.map((column) => column.name)).toEqual(["a", "b", ""]);
    expect(values(request, "a")).toEqual(["2009"]);
    expect(values(request, "b")).toEqual(["2002", "2003", "2004"]);
    expect(values(request, "")).toEqual([]);
  });

  it("skips unknown fields, other wire types and groups", () => {
    const request = decode(
      [0x08, 0x01, 0x12, 0x00, 0x22, 0x01, 0x07],
      [0x79, 1, 2, 3, 4, 5, 6, 7, 8, 0x7d, 1, 2, 3, 4],
      [0x7b, 0x0b, 0x08, 0x01, 0x0c, 0x12, 0x01, 0x61, 0x7c],
      field(1, "svc"),
      [0x20, 0x80, 0x80, 0x01],
    );
    expect(request).toMatchObject({ featureService: "svc", fullFeatureNames: true });
  });

  it.each([
    ["a cut-off varint", [0x20, 0x80], /byte 1: it ends inside a varint/],
    ["a varint without end", [0x20, ...Array(11).fill(0xff)], /byte 1: it has a varint of more than ten bytes/],
    ["a length past the end", [0x0a, 0x05, 0x61], /byte 1: it ends inside a field/],
    [
      "a length past the enclosing message",
      [0x1a, 0x03, 0x0a, 0x05, 0x61, 0x61, 0x61, 0x61, 0x61],
      /byte 3: it ends inside a field/,
    ],
    [
      "a huge length",
      [0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
      /byte 1: it has a length of more than 32 bits/,
    ],
    ["field number 0", [0x02, 0x00], /byte 0: it has a field number of zero/],
    ["a tag over 32 bits", [0xfa, 0xff, 0xff, 0xff, 0xff, 0x01, 0x00], /byte 0: it has a tag of more than 32 bits/],
    ["a stray end of group", [0x7c], /byte 1: it has a field of wire type 4/],
    ["another group's end", [0x7b, 0x74], /byte 1: it ends a group that was not begun/],
    ["an open group", [0x7b, 0x08, 0x01], /byte 3: it ends inside a tag/],
    ["nested groups", Array(1000).fill(0x7b), /byte 101: it is nested more than 100 messages deep/],
    ["wire type 6", [0x7e], /wire type 6/],
    ["wire type 7 in a value", [0x1a, 0x03, 0x12, 0x01, 0x0f], /wire type 7/],
    ["a cut-off fixed64", [0x79, 1, 2], /byte 1: it ends inside a field/],
    ["a service that is not UTF-8", [0x0a, 0x01, 0xff], /byte 1: it has a feature_service that is not valid UTF-8/],
    [
      "a ref that is not UTF-8",
      [0x12, 0x03, 0x0a, 0x01, 0xff],
      /byte 3: it has a feature reference that is not valid UTF-8/,
    ],
    [
      "a column name that is not UTF-8",
      [0x1a, 0x03, 0x0a, 0x01, 0xff],
      /byte 3: it has a name of an entity column that is not valid UTF-8/,
    ],
  ])("refuses %s", (_name, bytes, message) => {
    const error = refusalOf(() => decode(bytes as number[]));
    expect(error.code).toBe("INVALID_ARGUMENT");
    expect(error.message).toMatch(message);
    expect(error.message).toMatch(/^Malformed GetOnlineFeaturesRequest at byte \d+: /);
  });

  it("takes a million rows", () => {
    const rows = Buffer.alloc(2_000_000, Buffer.of(0x0a, 0x00));
    const length = Buffer.of(0x80, 0x89, 0x7a);
    const request = decode([0x1a, 0x84, 0x89, 0x7a, 0x12], length, rows);
    expect(request.columns[0]?.rows).toBe(1_000_000);
  });

  it("throws nothing but ServeError on mutated and truncated requests, and never looks outside", () => {
    const base = encode({
      features: { val: ["a:b", "c:d"] },
      entities: { k: { val: [{ int64_val: 7 }, { string_val: "s" }] } },
      full_feature_names: true,
    });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(base.length - 1), fc.integer({ min: 0, max: 255 })), { maxLength: 4 }),
        fc.nat(base.length),
        (changes, length) => {
          const bytes = Buffer.from(base);
          for (const [at, byte] of changes) bytes[at] = byte;
          try {
            const request = decodeRequest(bytes.subarray(0, length), "grpc_feature_server");
            for (const column of request.columns) {
              if (column.kind !== "values") throw new Error("not values");
              for (const offset of column.column.spans) expect(offset >= 0 && offset <= length).toBe(true);
            }
          } catch (error) {
            if (!(error instanceof ServeError)) throw error;
          }
        },
      ),
      { numRuns: 3000 },
    );
  });
});

describe("limits", () => {
  const limits = { maxRows: 3, maxReferences: 2 };
  const decode = (...parts: readonly Buffer[]) => decodeRequest(Buffer.concat(parts), "serving_service", limits);
  const field = (tag: number, bytes: Buffer): Buffer => Buffer.concat([Buffer.of(tag, bytes.length), bytes]);
  const features = (count: number): Buffer =>
    field(0x12, Buffer.concat(Array(count).fill(field(0x0a, Buffer.from("v:f")))));
  const entity = (name: string, rows: number): Buffer => {
    const values = Buffer.concat(Array(rows).fill(Buffer.of(0x0a, 0)));
    return field(0x1a, Buffer.concat([field(0x0a, Buffer.from(name)), field(0x12, values)]));
  };

  it("lets through what is just within them", () => {
    expect(decode(features(2), entity("id", 3))).toMatchObject({ features: ["v:f", "v:f"], columns: [{ rows: 3 }] });
  });

  it.each([
    ["features", [features(3)], /names more features than sidecar.limits.max_references = 2/],
    ["features in two parts", [features(2), features(1)], /max_references/],
    ["rows", [entity("id", 4)], /^Column 'id' has more rows than sidecar.limits.max_rows = 3$/],
    ["columns", Array.from({ length: 1001 }, (_, index) => entity(`c${index}`, 1)), /more than 1000 entity columns/],
  ])("stops at too many %s", (_, parts, sentence) => {
    expect(() => decode(...(parts as Buffer[]))).toThrow(sentence as RegExp);
  });
});
