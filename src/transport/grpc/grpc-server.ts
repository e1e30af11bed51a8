/** A gRPC server that never binds: sockets are injected once they are known to speak HTTP/2. */
import type { Socket } from "node:net";
import type { Recorder } from "../../telemetry/recorder.ts";
import type { TurnClock } from "../../timing/turn-clock.ts";
import type { Clock } from "../clock.ts";
import type { TransportLimits, TransportTimeouts } from "../options.ts";
import type { MethodTable } from "./method-table.ts";

/** The two HTTP/2 implementations (`sidecar.transport`): ours, and the one that is compared with it. */
export type TransportKind = "lean" | "grpc-js";

export interface GrpcServer {
  /** The socket's bytes so far, the HTTP/2 preface, must have been put back. */
  inject(socket: Socket): void;
  /** Asks all clients to go away; calls in flight go on. */
  goAway(): void;
  /** Ends everything now. */
  destroy(): void;
}

export interface GrpcServerOptions {
  readonly methods: MethodTable;
  readonly limits: TransportLimits;
  readonly timeouts: TransportTimeouts;
  readonly recorder: Recorder;
  readonly clock: Clock;
  readonly turn: TurnClock;
  /** Uniform in [0, 1): spreads retries and connection ages. */
  readonly random: () => number;
  /** An exception that is no ServeError. */
  readonly onUnexpectedError: (error: unknown) => void;
}
