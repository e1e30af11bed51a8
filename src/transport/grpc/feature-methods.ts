/**
 * The two services by which Feast answers features over gRPC: `feast.serving.ServingService` (its Go server) and the
 * package-less `GrpcFeatureServer` (feast/infra/contrib/grpc_server.py).
 */
import type { RequestLimits } from "../../model/request-limits.ts";
import type { Serve } from "../../model/serve.ts";
import { ServeError } from "../../model/serve-error.ts";
import type { Surface } from "../../model/surface.ts";
import { decodeRequest } from "../decode-request.ts";
import { type GrpcMethod, type UnaryHandler, type UnaryMethod, unary } from "./method-table.ts";

export const FEATURE_SERVICE_NAMES = ["feast.serving.ServingService", "GrpcFeatureServer"];

const WRITE_HINT =
  "feast-sidecar only reads features: write with Feast's own server (`feast listen`, `feast serve`) or the Python SDK (FeatureStore.push, write_to_online_store)";

/** @param version answer of GetFeastServingInfo */
export function featureMethods(serve: Serve, version: string, limits: RequestLimits): readonly GrpcMethod[] {
  const info = encodeVersion(version);
  return [
    unary("/feast.serving.ServingService/GetFeastServingInfo", () => info),
    features("/feast.serving.ServingService/GetOnlineFeatures", "serving_service", serve, limits),
    features("/GrpcFeatureServer/GetOnlineFeatures", "grpc_feature_server", serve, limits),
    unary("/GrpcFeatureServer/Push", refuseWrite),
    unary("/GrpcFeatureServer/WriteToOnlineStore", refuseWrite),
  ];
}

function features(path: string, surface: Surface, serve: Serve, limits: RequestLimits): UnaryMethod {
  const handle: UnaryHandler = (request, call) =>
    serve.admit?.(call) ?? serve(decodeRequest(request, surface, limits), call);
  return unary(path, handle, surface);
}

const refuseWrite: UnaryHandler = () => {
  throw new ServeError("UNIMPLEMENTED", WRITE_HINT);
};

/** GetFeastServingInfoResponse {1 version}. */
function encodeVersion(version: string): Buffer {
  const text = Buffer.from(version);
  if (text.length > 127) throw new RangeError(`version '${version}' is longer than 127 bytes`);
  return Buffer.concat([Buffer.of(0x0a, text.length), text]);
}
