/** `sidecar.transport`: the one place that knows both implementations. */
import type { GrpcServer, GrpcServerOptions, TransportKind } from "./grpc/grpc-server.ts";
import { createGrpcServer } from "./grpc-js/create-grpc-server.ts";
import { createLeanServer } from "./http2/create-lean-server.ts";

export function openGrpcServer(kind: TransportKind, options: GrpcServerOptions): GrpcServer {
  return kind === "lean" ? createLeanServer(options) : createGrpcServer(options);
}
