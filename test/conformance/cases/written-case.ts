/** A written request, sent to both over HTTP; and over gRPC too when `grpc` gives its columns as Values. */
import type { DifferenceName } from "../known-differences.ts";
import type { RepoName } from "../oracle/manifest.ts";

export interface WrittenCase {
  readonly name: string;
  /** The body of POST /get-online-features; text is sent as it is. */
  readonly body: string | Record<string, unknown>;
  /** Columns as proto Values, for the same request over gRPC. */
  readonly grpc?: Readonly<Record<string, readonly Record<string, unknown>[]>>;
  /** Default: the sqlite and the redis repository. */
  readonly repos?: readonly RepoName[];
  /** The listed difference that this case must show. */
  readonly difference?: DifferenceName;
  /** The same, for gRPC only. */
  readonly grpcDifference?: DifferenceName;
}

export const VERSIONS: readonly RepoName[] = ["versions-sqlite", "versions-redis"];

export const int64 = (...values: (number | string)[]): Record<string, unknown>[] =>
  values.map((value) => ({ int64_val: String(value) }));
export const int32 = (...values: number[]): Record<string, unknown>[] => values.map((value) => ({ int32_val: value }));
export const text = (...values: string[]): Record<string, unknown>[] => values.map((value) => ({ string_val: value }));

/** A request for refs. */
export function refs(
  features: readonly string[],
  entities: Record<string, unknown>,
  more: Record<string, unknown> = {},
) {
  return { entities, features, ...more };
}

/** A request for a service. */
export function service(name: string, entities: Record<string, unknown>, more: Record<string, unknown> = {}) {
  return { entities, feature_service: name, ...more };
}

export const FULL = { full_feature_names: true };
export const META = { include_feature_view_version_metadata: true };
