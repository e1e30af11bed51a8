/** Golden requests that the sidecar means to answer otherwise than Feast did. One that agrees after all must leave its list. */
import type { DifferenceName } from "../../conformance/known-differences.ts";
import type { GoldenExchange, GoldenStore } from "./golden-responses.ts";

export type GoldenSurface = "http" | "grpc";

export interface GoldenDifference {
  readonly surface: GoldenSurface;
  /** Body of the HTTP request of the same exchange. */
  readonly request: string;
  /** Where the reason is. */
  readonly name: DifferenceName;
  /** How the only sentence of the comparison begins. */
  readonly sentence: string;
}

/** The options by which the sidecar copies Feast's bugs; all that differs with them is in {@link KNOWN}. */
export const COPY_BUGS = {
  FEAST_SIDECAR__COMPAT__SERVICE_VERSION_BUG: "copy",
  FEAST_SIDECAR__COMPAT__PRECOMPUTE_NAMES: "copy",
};

const NO_TYPE = "Value with native type value cannot be converted into Feast value type";
const NO_NUMBER = "int() argument must be a string, a bytes-like object or a real number, not 'Value'";

/** The requests that both the SQLite and the Redis repository were asked. */
const BOTH_STORES: readonly GoldenDifference[] = [
  {
    surface: "grpc",
    request: '{"entities": {"customer_id": ["a"]}, "features": ["driver_stats:trips"]}',
    name: "undeclared-grpc-column",
    sentence: `sentence: Feast ${NO_TYPE}, sidecar "Missing join key values for keys: ['Region', `,
  },
  {
    surface: "grpc",
    request: '{"entities": {"driver": [1]}, "features": ["driver_stats:trips"]}',
    name: "undeclared-grpc-column",
    sentence: `sidecar answers, Feast: ${NO_TYPE}`,
  },
  {
    surface: "grpc",
    request: '{"entities": {"whatever": [1, 2]}, "features": ["glob:rate", "glob:label"]}',
    name: "undeclared-grpc-column",
    sentence: `sidecar answers, Feast: ${NO_TYPE}`,
  },
  {
    surface: "grpc",
    request: '{"entities": {"moment_ts": [1700000000, 0, -1, 5]}, "features": ["moment_stats:load"]}',
    name: "grpc-key-type",
    sentence: `sidecar answers, Feast: ${NO_NUMBER}`,
  },
  {
    surface: "grpc",
    request:
      '{"entities": {"location_id": [-7, 2], "driver_id": [1, 1152921504606846976], "Region": ["eu", "us"], "moment_ts": [1700000000, 0]}, "features": ["quad:quad_cnt", "quad:quad_tag"]}',
    name: "grpc-key-type",
    sentence: `sidecar answers, Feast: ${NO_NUMBER}`,
  },
];

export const KNOWN: Readonly<Record<GoldenStore, readonly GoldenDifference[]>> = {
  sqlite: BOTH_STORES,
  redis: BOTH_STORES,
  "versions-sqlite": [],
};

/** Requests that differ, on both surfaces, only because the sidecar does not copy Feast's bugs by default. */
export const REPAIRED: Readonly<Record<GoldenStore, readonly string[]>> = {
  // Without vectors short names make no difference.
  sqlite: [],
  redis: ['{"entities": {"driver_id": [2, 1, 1]}, "feature_service": "svc_pre"}'],
  "versions-sqlite": [
    '{"entities": {"driver_id": [1, 4], "customer_id": ["c1", "x"]}, "include_feature_view_version_metadata": true, "feature_service": "vsvc"}',
    '{"entities": {"driver_id": [1, 2, 3, 1]}, "full_feature_names": true, "feature_service": "vsvc_alias"}',
    '{"entities": {"driver_id": [1, 2, 3, 1]}, "feature_service": "vsvc_fixed"}',
    '{"entities": {"driver_id": [1, 2, 3, 1]}, "feature_service": "vsvc_latest"}',
  ],
};

export function knownDifference(
  store: GoldenStore,
  surface: GoldenSurface,
  { http }: GoldenExchange,
): GoldenDifference | undefined {
  return KNOWN[store].find((known) => known.surface === surface && known.request === http.request);
}
