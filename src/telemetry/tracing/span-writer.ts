/** What spans are written into, whatever their encoding. */

export interface SpanStart {
  /** 32 hex digits. */
  readonly traceId: string;
  /** 16 hex digits. */
  readonly spanId: string;
  /** "" = a root. */
  readonly parentSpanId: string;
  /** The parent is another process's. */
  readonly isParentRemote: boolean;
  readonly name: string;
  /** A SpanKind of OTLP. */
  readonly kind: number;
  /** Whole microseconds since the epoch. */
  readonly startUs: number;
  readonly endUs: number;
}

export type AttributeValue = string | number | boolean | readonly string[];

/** A span is begun, told of, and ended; attributes belong to the event that is open, else to the span. */
export interface SpanWriter {
  begin(span: SpanStart): void;
  attribute(key: string, value: AttributeValue): void;
  beginEvent(name: string, atUs: number): void;
  endEvent(): void;
  /** To a span of another process's, in another trace. */
  link(traceId: string, spanId: string, isSampled: boolean): void;
  /** The span is of something that failed. */
  fail(message: string): void;
  end(): void;
}

/** Spans on their way. */
export interface SpanBatch {
  readonly spans: number;
  /** An ExportTraceServiceRequest. */
  readonly request: Uint8Array;
}

/** A writer whose spans are taken in batches. */
export interface SpanEncoder extends SpanWriter {
  /** Those that nobody has taken yet. */
  readonly spans: number;
  /** They are no longer the encoder's. @returns undefined when there are none */
  take(): SpanBatch | undefined;
}

/** Who sends the spans: attributes of the process, and the part of it that made them. */
export interface SpanOrigin {
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  readonly scopeName: string;
  readonly scopeVersion: string;
}

/** SpanKind of OTLP (opentelemetry-proto, trace.proto). */
export const SpanKind = { INTERNAL: 1, SERVER: 2, CLIENT: 3 } as const;
/** StatusCode of OTLP. */
export const STATUS_ERROR = 2;
/** SpanFlags of OTLP: sampled; whether the parent is remote is known; it is. */
export const SAMPLED = 0x01;
export const KNOWS_REMOTE = 0x100;
export const IS_REMOTE = 0x200;

/** A number that is written as an integer; others are doubles. */
export function isWhole(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
