/** The caller's trace, as it came with the call (W3C Trace Context; OpenCensus' binary form for gRPC). */

/** The span below which a call belongs. */
export interface CallerSpan {
  /** 32 hex digits. */
  readonly traceId: string;
  /** 16 hex digits. */
  readonly spanId: string;
  readonly isSampled: boolean;
}

/** Version 00 ends with the flags; others may go on. */
const TRACEPARENT =
  /^(?!ff|00-.{52}-)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/;
/** Version, and a field number before each of trace id, span id and flags. */
const BINARY_BYTES = 29;
const NOWHERE = /^0+$/;
/** Of the flags, which are bits: others may be set beside it. */
const SAMPLED = 1;

/**
 * @param traceparent the header; "" = none
 * @param traceBin `grpc-trace-bin` in base64; looked at when there is no good traceparent
 * @returns undefined = the call belongs to no trace
 */
export function parseTraceParent(traceparent: string, traceBin: string): CallerSpan | undefined {
  const [, traceId, spanId, flags] = TRACEPARENT.exec(traceparent) ?? [];
  if (traceId !== undefined && spanId !== undefined && flags !== undefined) {
    return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & SAMPLED) !== 0 };
  }
  return traceBin === "" ? undefined : parseBinary(Buffer.from(traceBin, "base64"));
}

function parseBinary(bytes: Buffer): CallerSpan | undefined {
  if (bytes.length !== BINARY_BYTES || bytes[0] !== 0 || bytes[1] !== 0 || bytes[18] !== 1 || bytes[27] !== 2)
    return undefined;
  const traceId = bytes.toString("hex", 2, 18);
  const spanId = bytes.toString("hex", 19, 27);
  if (NOWHERE.test(traceId) || NOWHERE.test(spanId)) return undefined;
  return { traceId, spanId, isSampled: (bytes[28]! & SAMPLED) !== 0 };
}
