/** What a transport hands to `serve`: one GetOnlineFeatures request, whatever wire it came over. */
import type { Degradation } from "./degradation.ts";
import type { Ledger } from "./ledger.ts";
import type { ReadAttempt } from "./read-attempt.ts";
import type { Surface } from "./surface.ts";

/**
 * A parsed JSON value with Python's number kinds kept apart: an integer literal is a `bigint` (exact), any other number a
 * `number`. Objects are Maps, so that no key is special; the last of duplicate keys wins.
 */
export type JsonValue = null | boolean | bigint | number | string | JsonValue[] | Map<string, JsonValue>;

/**
 * A column of serialized `feast.types.Value` messages: row r is `bytes[spans[2r] … spans[2r+1])`.
 * An empty span is an unset Value (null). `spans.length` is exactly 2 × rows.
 */
export interface ValueColumn {
  readonly bytes: Buffer;
  readonly spans: Int32Array;
}

/** One entry of the request's `entities`, in request order: protos over gRPC, JSON values over HTTP. */
export type RequestColumn =
  | { readonly kind: "values"; readonly name: string; readonly rows: number; readonly column: ValueColumn }
  | { readonly kind: "json"; readonly name: string; readonly rows: number; readonly cells: readonly JsonValue[] };

export interface FeatureRequest {
  readonly surface: Surface;
  /** Name of the feature service, "" = none; a non-empty name wins over `features`. */
  readonly featureService: string;
  /** Feature refs (`view[@version]:feature`) in request order. */
  readonly features: readonly string[];
  readonly fullFeatureNames: boolean;
  readonly includeVersionMetadata: boolean;
  /** Column names are unique (the last of duplicates won). */
  readonly columns: readonly RequestColumn[];
}

/**
 * Something that goes with an OK answer beside its bytes: a trailer over gRPC, a header over HTTP. The value is ASCII; what a header
 * may not hold is replaced, and it is cut at 2 KiB.
 */
export type AnswerTrailer = readonly [name: `feast-sidecar-${string}`, value: string];

/** `live` = somebody waits for a prediction; `batch` and `shadow` give way to it, and their rows are not kept. */
export type Priority = "live" | "batch" | "shadow";

/** What a call brings beside its request, and what its answer takes along beside its bytes. */
export interface CallContext {
  /** When its first byte was read, on the same clock. */
  readonly startMs: number;
  /** Absolute deadline on the monotonic clock (`performance.now()` milliseconds), Infinity = none. */
  readonly deadlineMs: number;
  /** Turns true when nobody waits for the answer any more: the caller left, or was told that its deadline passed. */
  readonly cancelled: boolean;
  /** Absent = `live`. */
  readonly priority?: Priority;
  /** The caller wants to know where the time went. */
  readonly isDebug?: boolean;
  /** Where it went; absent = nobody asks. */
  readonly ledger?: Ledger;
  /** Reads that were made for it; undefined = nobody looks at them. */
  readonly attempts?: ReadAttempt[] | undefined;
  /** The caller's trace: `traceparent`, and `grpc-trace-bin` in base64; "" = none. */
  readonly traceparent?: string;
  readonly traceBin?: string;
  /** Marks on the answer, set before it is handed over; undefined or empty = it is as it should be. */
  degraded?: Degradation[] | undefined;
  /** What else the caller is told with the answer, each name once; undefined = nothing. There is room for three. */
  trailers?: AnswerTrailer[] | undefined;
}
