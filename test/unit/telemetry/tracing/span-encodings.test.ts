/** Both encodings of spans against those of the SDK, for the same spans. */
import { SpanKind as ApiKind, SpanStatusCode, TraceFlags } from "@opentelemetry/api";
import { JsonTraceSerializer, ProtobufTraceSerializer } from "@opentelemetry/otlp-transformer";
import { resourceFromAttributes } from "@opentelemetry/resources";
import type { ReadableSpan } from "@opentelemetry/sdk-trace";
import { expect, test } from "vitest";
import { JsonSpans } from "../../../../src/telemetry/tracing/json-spans.ts";
import { ProtobufSpans } from "../../../../src/telemetry/tracing/protobuf-spans.ts";
import { type SpanEncoder, SpanKind } from "../../../../src/telemetry/tracing/span-writer.ts";

const ORIGIN = {
  attributes: {
    "service.name": "s",
    "process.pid": 70_000,
    "process.command_args": ["node", "ü"],
    flag: true,
    share: 0.5,
  },
  scopeName: "feast-sidecar",
  scopeVersion: "1.2.3",
};
const TRACE = "0af7651916cd43dd8448eb211c80319c";
const PARENT = "b7ad6b7169203331";
const LINKED = "f".repeat(32);
/** Microseconds: no power of two is near. */
const START_US = 1_795_961_855_123_457;
const HOSTILE = `view </script> ${"日本".repeat(40)} \u0000`;

function write(encoder: SpanEncoder): Uint8Array {
  const ids = { traceId: TRACE, isParentRemote: false };
  const times = { startUs: START_US, endUs: START_US + 999 };
  encoder.begin({
    ...ids,
    ...times,
    isParentRemote: true,
    spanId: "1".repeat(16),
    parentSpanId: PARENT,
    name: "a/b",
    kind: SpanKind.SERVER,
  });
  encoder.attribute("rpc.system", "grpc");
  encoder.attribute("rows", 300);
  encoder.attribute("large", 2 ** 40);
  encoder.attribute("negative", -1.5);
  encoder.attribute("is", false);
  encoder.link(LINKED, PARENT, true);
  encoder.beginEvent("degraded", START_US + 5);
  encoder.attribute("view", HOSTILE);
  encoder.endEvent();
  encoder.attribute("after", "");
  encoder.fail("UNAVAILABLE");
  encoder.end();
  for (let more = 0; more < 400; more += 1) {
    encoder.begin({
      ...ids,
      ...times,
      spanId: "2".repeat(16),
      parentSpanId: "",
      name: "plan",
      kind: SpanKind.INTERNAL,
    });
    encoder.end();
  }
  expect(encoder.spans).toBe(401);
  const batch = encoder.take()!;
  expect([batch.spans, encoder.spans, encoder.take()]).toEqual([401, 0, undefined]);
  return batch.request;
}

function sdkSpans(): ReadableSpan[] {
  const time = (us: number): [number, number] => [Math.floor(us / 1e6), (us % 1e6) * 1000];
  const flags = { traceFlags: TraceFlags.SAMPLED };
  const rest = {
    startTime: time(START_US),
    endTime: time(START_US + 999),
    resource: resourceFromAttributes(ORIGIN.attributes),
    instrumentationScope: { name: ORIGIN.scopeName, version: ORIGIN.scopeVersion },
    ...{ droppedAttributesCount: 0, droppedEventsCount: 0, droppedLinksCount: 0 },
  };
  const first = {
    ...rest,
    spanContext: () => ({ ...flags, traceId: TRACE, spanId: "1".repeat(16) }),
    parentSpanContext: { ...flags, traceId: TRACE, spanId: PARENT, isRemote: true },
    name: "a/b",
    kind: ApiKind.SERVER,
    attributes: { "rpc.system": "grpc", rows: 300, large: 2 ** 40, negative: -1.5, is: false, after: "" },
    links: [{ context: { ...flags, traceId: LINKED, spanId: PARENT, isRemote: true } }],
    events: [{ name: "degraded", time: time(START_US + 5), attributes: { view: HOSTILE } }],
    status: { code: SpanStatusCode.ERROR, message: "UNAVAILABLE" },
  };
  const other = {
    ...rest,
    spanContext: () => ({ ...flags, traceId: TRACE, spanId: "2".repeat(16) }),
    ...{ name: "plan", kind: ApiKind.INTERNAL, attributes: {}, links: [], events: [], status: { code: 0 } },
  };
  return [first, ...Array.from({ length: 400 }, () => other)] as unknown as ReadableSpan[];
}

/** Messages below messages, by field number: what is not listed is a value. */
type Shape = Readonly<Record<number, unknown>>;
const VALUE: Record<number, unknown> = {};
VALUE[5] = { 1: VALUE };
const KEY_VALUE = { 2: VALUE };
const SPAN = { 9: KEY_VALUE, 11: { 3: KEY_VALUE }, 13: {}, 15: {} };
const REQUEST = { 1: { 1: { 1: KEY_VALUE }, 2: { 1: {}, 2: SPAN } } };

/** All that is in a message, sorted, without the zeros that say nothing but in attributes. */
function decoded(bytes: Buffer, shape: Shape): unknown[] {
  const fields: [number, unknown][] = [];
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++]!;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    const [number, type] = [tag >>> 3, tag & 7];
    let value: unknown;
    if (type === 2) {
      const length = Number(varint());
      const part = bytes.subarray(at, at + length);
      expect(part.length).toBe(length);
      at += length;
      value = shape[number] === undefined ? part.toString("hex") : decoded(part, shape[number] as Shape);
    } else if (type === 0) value = varint();
    else {
      const width = type === 1 ? 8 : 4;
      value = bytes.subarray(at, at + width).toString("hex");
      at += width;
    }
    const isNothing = value === 0n || (Array.isArray(value) && value.length === 0);
    if (!isNothing || shape === VALUE) fields.push([number, value]);
  }
  expect(at).toBe(bytes.length);
  return fields.sort(([one], [other]) => one - other);
}

test("protobuf is what the SDK writes, but for the order of fields and the width of lengths", () => {
  const sdk = ProtobufTraceSerializer.serializeRequest(sdkSpans())!;
  const own = write(new ProtobufSpans(ORIGIN));
  expect(decoded(Buffer.from(own), REQUEST)).toEqual(decoded(Buffer.from(sdk), REQUEST));
});

test("JSON is what the SDK writes, integers as texts, as the specification has it", () => {
  const sdk = JsonTraceSerializer.serializeRequest(sdkSpans())!;
  const own = write(new JsonSpans(ORIGIN));
  const plain = (request: Uint8Array): unknown => JSON.parse(Buffer.from(request).toString(), normal);
  expect(plain(own)).toEqual(plain(sdk));
  expect(Buffer.from(own).toString()).toContain('"intValue":"300"');
});

/** Without what says nothing. */
function normal(this: object, key: string, value: unknown): unknown {
  if (/^dropped/.test(key)) return undefined;
  if (key === "status" && (value as { code: number }).code === 0) return undefined;
  if (key === "attributes" && (value as object[]).length === 0 && !("name" in this)) return undefined;
  return key === "intValue" ? String(value) : value;
}

test("a text that is too long is cut, not the request", () => {
  const encoder = new ProtobufSpans(ORIGIN);
  const times = { startUs: START_US, endUs: START_US };
  const ids = { traceId: TRACE, spanId: PARENT, parentSpanId: "", isParentRemote: false };
  encoder.begin({ ...ids, ...times, name: "n", kind: SpanKind.INTERNAL });
  encoder.attribute("view", "日".repeat(100_000));
  encoder.end();
  const request = Buffer.from(encoder.take()!.request);
  expect(request.length).toBeLessThan(30_000);
  decoded(request, REQUEST);
});
