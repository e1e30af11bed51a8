/** `sidecar.transport`: the one place that knows both implementations. */
import type { GrpcServer, GrpcServerOptions, TransportKind } from "./grpc/grpc-server.ts";
import { createLeanServer } from "./http2/create-lean-server.ts";

export async function openGrpcServer(kind: TransportKind, options: GrpcServerOptions): Promise<GrpcServer> {
  if (kind === "lean") return createLeanServer(options);
  // Loaded only when asked for: it costs 25 ms of the start and 10 MB.
  const { createGrpcServer } = await import("./grpc-js/create-grpc-server.ts");
  return createGrpcServer(options);
}
