/** Requests that are too large, too deep or not text, against the live server: a named refusal, and the right answer afterwards. */
import { once } from "node:events";
import { connect } from "node:net";
import { status } from "@grpc/grpc-js";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { askGrpc, askHttp, TRIPS } from "../helpers/ask-sidecar.ts";
import { copyRepository, type RepositoryCopy } from "../helpers/feature-repository.ts";
import { startSidecar, type TestSidecar } from "../helpers/start-sidecar.ts";
import {
  entityColumn,
  FrameType,
  featureList,
  field,
  grpcCallFrames,
  http2Frame,
  http2Opening,
  int64Value,
  stringValue,
} from "../helpers/wire-requests.ts";

const NOT_UTF8 = Buffer.of(0xff, 0xfe, 0x80);
const LONGEST_ANSWER_MS = 5000;
const MAX_RSS_BYTES = 768 * 1024 * 1024;

let repo: RepositoryCopy;
let sidecar: TestSidecar;

beforeAll(async () => {
  repo = copyRepository("sqlite");
  sidecar = await startSidecar({ repo: repo.dir });
});
afterAll(async () => {
  await sidecar?.stop();
  repo?.remove();
});
afterEach(async () => {
  expect((await askHttp(sidecar.url)).values).toEqual(TRIPS);
  expect((await askGrpc(sidecar.address)).values).toEqual(TRIPS);
  expect(sidecar.events("unexpected_error")).toEqual([]);
  const rss = /^feast_sidecar_process_resident_memory_bytes (.*)$/m.exec((await sidecar.admin("/metrics")).body)?.[1];
  expect(Number(rss)).toBeLessThan(MAX_RSS_BYTES);
});

const TRIPS_REF = featureList(["driver_stats:trips"]);
const DRIVER_ONE = entityColumn("driver_id", [int64Value(1)]);

/** `driver_id` with so many rows of 1, four bytes each. */
function driverRows(rows: number): Buffer {
  const values = Buffer.alloc(4 * rows, field(1, int64Value(1)));
  return Buffer.concat([TRIPS_REF, field(3, Buffer.concat([field(1, "driver_id"), field(2, values)]))]);
}

function manyRefs(ref: (index: number) => string): readonly string[] {
  return Array.from({ length: 100_000 }, (_, index) => ref(index));
}

describe("gRPC", () => {
  it.each([
    ["10^6 rows", driverRows(1_000_000), status.INVALID_ARGUMENT, /has more rows than sidecar.limits.max_rows = 10000/],
    ["a 5 MB message", driverRows(1_250_000), status.RESOURCE_EXHAUSTED, /larger than max/],
    [
      "a ref",
      Buffer.concat([featureList([NOT_UTF8]), DRIVER_ONE]),
      status.INVALID_ARGUMENT,
      /reference.* not valid UTF-8/,
    ],
    [
      "a service",
      Buffer.concat([field(1, NOT_UTF8), DRIVER_ONE]),
      status.INVALID_ARGUMENT,
      /feature_service.* not valid UTF-8/,
    ],
    [
      "a column name",
      Buffer.concat([TRIPS_REF, entityColumn(NOT_UTF8, [int64Value(1)])]),
      status.INVALID_ARGUMENT,
      /entity column.* not valid UTF-8/,
    ],
    [
      "a string key",
      Buffer.concat([featureList(["cust_stats:spend"]), entityColumn("customer_id", [stringValue(NOT_UTF8)])]),
      status.INVALID_ARGUMENT,
      /'customer_id' holds a string that is not valid UTF-8/,
    ],
    [
      "100k unknown features",
      Buffer.concat([featureList(manyRefs((index) => `driver_stats:f${index}`)), DRIVER_ONE]),
      status.INVALID_ARGUMENT,
      /sidecar.limits.max_references = 5000/,
    ],
    [
      "100k times a feature",
      Buffer.concat([featureList(manyRefs(() => "driver_stats:trips")), DRIVER_ONE]),
      status.INVALID_ARGUMENT,
      /sidecar.limits.max_references = 5000/,
    ],
    [
      "100k views",
      Buffer.concat([featureList(manyRefs((index) => `v${index}:f`)), DRIVER_ONE]),
      status.INVALID_ARGUMENT,
      /sidecar.limits.max_references = 5000/,
    ],
    [
      "100k columns",
      Buffer.concat([
        TRIPS_REF,
        ...manyRefs((index) => `c${index}`).map((name) => entityColumn(name, [int64Value(1)])),
      ]),
      status.INVALID_ARGUMENT,
      /more than 1000 entity columns/,
    ],
    [
      "a message that ends early",
      Buffer.concat([TRIPS_REF, DRIVER_ONE]).subarray(0, -1),
      status.INVALID_ARGUMENT,
      /at byte/,
    ],
    ["an empty message", Buffer.alloc(0), status.INVALID_ARGUMENT, /No features specified for retrieval/],
  ])("refuses %s", async (_what, message, code, details) => {
    for (const path of ["feast.serving.ServingService", "GrpcFeatureServer"] as const) {
      const answer = await askGrpc(sidecar.address, path, message);
      expect([answer.code, answer.details]).toEqual([code, expect.stringMatching(details)]);
      expect(answer.pushback).toBeUndefined();
      expect(answer.tookMs).toBeLessThan(LONGEST_ANSWER_MS);
    }
  });

  it("takes the last of columns with the same name, as protobuf maps do", async () => {
    const message = Buffer.concat([TRIPS_REF, DRIVER_ONE, entityColumn("driver_id", [int64Value(2), int64Value(1)])]);
    expect((await askGrpc(sidecar.address, "GrpcFeatureServer", message)).values).toEqual([20, 10]);
  });

  it("survives a stream that is reset in the packet that opened it, whatever it asked for", async () => {
    const reset = (stream: number): Buffer => http2Frame(FrameType.RST_STREAM, 0, stream, Buffer.of(0, 0, 0, 8));
    const call = (stream: number, path: string, headers: Record<string, string>): Buffer =>
      Buffer.concat([grpcCallFrames(stream, path, Buffer.alloc(0), headers), reset(stream)]);
    const socket = connect(Number(new URL(sidecar.url).port), "127.0.0.1");
    socket.on("error", () => {});
    socket.end(
      Buffer.concat([
        http2Opening(),
        call(1, "/feast.serving.ServingService/GetOnlineFeatures", { "content-type": "text/plain" }),
        call(3, "/nowhere", {}),
        call(5, "/feast.serving.ServingService/GetOnlineFeatures", {}),
      ]),
    );
    socket.resume();
    await once(socket, "close");
  });
});

describe("HTTP", () => {
  const refs = '"features":["driver_stats:trips"]';
  const deep = (open: string, close: string): string => open.repeat(100_000) + close.repeat(100_000);
  const quoted = (names: readonly string[]): string => names.map((name) => `"${name}"`).join();

  it.each([
    ["10^6 rows", `{${refs},"entities":{"driver_id":[${"1,".repeat(999_999)}1]}}`, 400, /has more rows than/],
    [
      "a 5 MB body",
      `{${refs},"entities":{"driver_id":[${"1,".repeat(2_500_000)}1]}}`,
      413,
      /max_request_bytes = 4194304/,
    ],
    ["100k nested lists", deep("[", "]"), 400, /error parsing the body/],
    ["100k lists that never close", "[".repeat(100_000), 400, /error parsing the body/],
    ["a cell of 100k lists", `{${refs},"entities":{"driver_id":[${deep("[", "]")}]}}`, 400, /error parsing the body/],
    [
      "a cell of 100k objects",
      `{${refs},"entities":{"driver_id":[${deep('{"a":', "}").replace("}", "1}")}]}}`,
      400,
      /error parsing/,
    ],
    [
      "bytes that are not UTF-8",
      Buffer.concat([Buffer.from('{"features":["'), NOT_UTF8, Buffer.from('"]}')]),
      400,
      /error parsing/,
    ],
    [
      "half a surrogate pair as a key",
      '{"features":["cust_stats:spend"],"entities":{"customer_id":["\\ud800"]}}',
      500,
      /surrogates/,
    ],
    [
      "half a surrogate pair as a view",
      '{"features":["\\ud800:x"],"entities":{"driver_id":[1]}}',
      404,
      /FeatureViewNotFound/,
    ],
    [
      "100k unknown features",
      `{"features":[${quoted(manyRefs((index) => `driver_stats:f${index}`))}],"entities":{"driver_id":[1]}}`,
      400,
      /sidecar.limits.max_references = 5000/,
    ],
    [
      "100k times a feature",
      `{"features":[${quoted(manyRefs(() => "driver_stats:trips"))}],"entities":{"driver_id":[1]}}`,
      400,
      /sidecar.limits.max_references = 5000/,
    ],
  ])("refuses %s", async (_what, body, code, text) => {
    const answer = await askHttp(sidecar.url, body);
    expect([answer.status, answer.body]).toEqual([code, expect.stringMatching(text)]);
    expect(answer.retryAfter).toBeNull();
    expect(() => JSON.parse(answer.body)).not.toThrow();
    expect(answer.tookMs).toBeLessThan(LONGEST_ANSWER_MS);
  });

  it("takes the last of members with the same name, as Python's json does", async () => {
    const answer = await askHttp(sidecar.url, `{${refs},"entities":{"driver_id":[1],"driver_id":[2,1]}}`);
    expect(answer.values).toEqual([20, 10]);
  });

  it("serves on while a client sends its request one byte at a time", async () => {
    const socket = connect(Number(new URL(sidecar.url).port), "127.0.0.1");
    socket.on("error", () => {});
    for (const byte of Buffer.from("POST /get-online-features HTTP/1.1\r\nHost: x\r\n")) {
      socket.write(Buffer.of(byte));
      if (byte === 0x20) expect((await askHttp(sidecar.url)).values).toEqual(TRIPS);
    }
    socket.destroy();
  });
});
