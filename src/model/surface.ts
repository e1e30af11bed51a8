/**
 * The three ways a caller can ask. They differ in a few rules only, and those differences are the data below,
 * not branches spread over the rooms.
 */

/** `serving_service` = feast.serving.ServingService, `grpc_feature_server` = GrpcFeatureServer, `http` = POST /get-online-features. */
export type Surface = "serving_service" | "grpc_feature_server" | "http";

export interface SurfaceRules {
  /** Body of the answer. */
  readonly answer: "proto" | "json";
  /** `go`: NOT_FOUND for absent cells and OUTSIDE_MAX_AGE past the view's ttl; `python`: neither (see assemble/resolve-cells.ts). */
  readonly statuses: "go" | "python";
  /** Refuse views that are not AVAILABLE_ONLINE (feast/utils.py:_get_feature_views_to_use). */
  readonly stateGate: boolean;
  /** Convert key values sent over gRPC to the declared type of the join key. HTTP always converts. */
  readonly coerceKeys: boolean;
}

/** What `sidecar.statuses` and `sidecar.compat` decide for the surfaces. */
export interface SurfaceOptions {
  readonly statuses: "per_surface" | "feast_python" | "strict";
  readonly coerceGrpcKeys: boolean;
  readonly stateGate: "per_surface" | "enforce" | "ignore";
}

/** Rules of each surface, complete, for the given options. */
export function surfaceRules(options: SurfaceOptions): Readonly<Record<Surface, SurfaceRules>> {
  const statuses = (perSurface: "go" | "python"): "go" | "python" => {
    if (options.statuses === "strict") return "go";
    return options.statuses === "feast_python" ? "python" : perSurface;
  };
  const stateGate = (perSurface: boolean): boolean =>
    options.stateGate === "per_surface" ? perSurface : options.stateGate === "enforce";
  return {
    serving_service: {
      answer: "proto",
      statuses: statuses("go"),
      stateGate: stateGate(false),
      coerceKeys: options.coerceGrpcKeys,
    },
    grpc_feature_server: {
      answer: "proto",
      statuses: statuses("python"),
      stateGate: stateGate(true),
      coerceKeys: options.coerceGrpcKeys,
    },
    http: { answer: "json", statuses: statuses("python"), stateGate: stateGate(true), coerceKeys: true },
  };
}
