/** Spans as OTLP's JSON (opentelemetry-proto, docs/specification.md, JSON Protobuf Encoding): ids in hex, 64-bit numbers as texts. */
import {
  type AttributeValue,
  IS_REMOTE,
  isWhole,
  KNOWS_REMOTE,
  SAMPLED,
  type SpanBatch,
  type SpanEncoder,
  type SpanOrigin,
  type SpanStart,
  STATUS_ERROR,
} from "./span-writer.ts";

interface KeyValue {
  readonly key: string;
  readonly value: object;
}

interface JsonEvent {
  readonly name: string;
  readonly timeUnixNano: string;
  readonly attributes: KeyValue[];
}

interface JsonSpan {
  readonly attributes: KeyValue[];
  readonly events: JsonEvent[];
  readonly links: object[];
  status?: object;
}

export class JsonSpans implements SpanEncoder {
  readonly #resource: object;
  readonly #scope: object;
  #ended: JsonSpan[] = [];
  #span: JsonSpan = { attributes: [], events: [], links: [] };
  /** undefined = none is open. */
  #event: JsonEvent | undefined;

  constructor({ attributes, scopeName, scopeVersion }: SpanOrigin) {
    this.#resource = { attributes: Object.entries(attributes).map(([key, value]) => keyValue(key, value)) };
    this.#scope = { name: scopeName, version: scopeVersion };
  }

  get spans(): number {
    return this.#ended.length;
  }

  begin({ startUs, endUs, isParentRemote, parentSpanId, ...span }: SpanStart): void {
    this.#span = {
      ...span,
      ...(parentSpanId !== "" && { parentSpanId }),
      ...{ startTimeUnixNano: nanos(startUs), endTimeUnixNano: nanos(endUs) },
      ...{ flags: SAMPLED | KNOWS_REMOTE | (isParentRemote ? IS_REMOTE : 0) },
      attributes: [],
      events: [],
      links: [],
    };
  }

  attribute(key: string, value: AttributeValue): void {
    (this.#event ?? this.#span).attributes.push(keyValue(key, value));
  }

  beginEvent(name: string, atUs: number): void {
    this.#event = { name, timeUnixNano: nanos(atUs), attributes: [] };
    this.#span.events.push(this.#event);
  }

  endEvent(): void {
    this.#event = undefined;
  }

  link(traceId: string, spanId: string, isSampled: boolean): void {
    this.#span.links.push({ traceId, spanId, flags: (isSampled ? SAMPLED : 0) | KNOWS_REMOTE | IS_REMOTE });
  }

  fail(message: string): void {
    this.#span.status = { code: STATUS_ERROR, message };
  }

  end(): void {
    this.#ended.push(this.#span);
  }

  take(): SpanBatch | undefined {
    const spans = this.#ended;
    if (spans.length === 0) return undefined;
    this.#ended = [];
    const resourceSpans = [{ resource: this.#resource, scopeSpans: [{ scope: this.#scope, spans }] }];
    return { spans: spans.length, request: Buffer.from(JSON.stringify({ resourceSpans })) };
  }
}

function keyValue(key: string, value: AttributeValue): KeyValue {
  return { key, value: anyValue(value) };
}

function anyValue(value: AttributeValue): object {
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "boolean") return { boolValue: value };
  if (typeof value === "number") return isWhole(value) ? { intValue: String(value) } : { doubleValue: value };
  return { arrayValue: { values: value.map(anyValue) } };
}

/** @param us whole microseconds */
function nanos(us: number): string {
  return `${us}000`;
}
