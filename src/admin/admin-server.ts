/** The admin port: probes, metrics and the status page over HTTP/1.1, the same verdicts over `grpc.health.v1`. Cleartext, no features. */

import type { ListenAddress } from "../model/listen-address.ts";
import type { Log } from "../telemetry/log.ts";
import type { MetricsText } from "../telemetry/metrics.ts";
import { noopRecorder } from "../telemetry/recorder.ts";
import type { StatusSnapshot } from "../telemetry/status/status-snapshot.ts";
import { TurnClock } from "../timing/turn-clock.ts";
import { systemClock } from "../transport/clock.ts";
import type { TransportKind } from "../transport/grpc/grpc-server.ts";
import { HealthService } from "../transport/grpc/health-service.ts";
import { methodTable } from "../transport/grpc/method-table.ts";
import { createHttpServer } from "../transport/http1/create-http-server.ts";
import { openGrpcServer } from "../transport/open-grpc-server.ts";
import { DEFAULT_TIMEOUTS, type TransportLimits, type TransportTimeouts } from "../transport/options.ts";
import { openPort } from "../transport/port-server.ts";
import { createAdminHandler } from "./admin-handler.ts";
import { EventStreams } from "./event-streams.ts";
import type { HealthParts, ProbeName } from "./health-parts.ts";

export interface AdminServerOptions {
  readonly address: ListenAddress;
  readonly health: HealthParts;
  /** Which HTTP/2 implementation serves gRPC. */
  readonly transport: TransportKind;
  /** Undefined: `sidecar.metrics` is false. */
  readonly renderMetrics: ((accept?: string) => Promise<MetricsText>) | undefined;
  /** For the status page; asked once a second while somebody looks. */
  readonly status: () => StatusSnapshot;
  /** `sidecar.admin_hosts`. */
  readonly hosts: readonly string[];
  readonly log: Log;
  readonly timeouts?: TransportTimeouts;
}

export interface AdminServer {
  readonly address: ListenAddress;
  openConnections(): number;
  /** Ends everything now; to be called last, so that probes see the shutdown. */
  close(): Promise<void>;
}

/** Probes, one scraper, a person: far below this. */
const LIMITS: TransportLimits = {
  maxRequestBytes: 16_384,
  maxConnections: 200,
  maxStreams: 100,
  maxConnectionAgeMs: 0,
};

/** gRPC health name → probe. */
const HEALTH_NAMES: readonly (readonly [string, ProbeName])[] = [
  ["", "readiness"],
  ["liveness", "liveness"],
  ["readiness", "readiness"],
  ["startup", "startup"],
];

/** @throws ListenError */
export async function createAdminServer(options: AdminServerOptions): Promise<AdminServer> {
  const { health, log } = options;
  const timeouts = options.timeouts ?? DEFAULT_TIMEOUTS;
  const healthService = new HealthService(HEALTH_NAMES.map(([name]) => name));
  const streams = new EventStreams(options.status);
  const follow = (): void => {
    for (const [name, probe] of HEALTH_NAMES) healthService.set(name, health.report(probe).ok);
  };
  const port = await openPort({
    name: "admin",
    addresses: [options.address],
    maxConnections: LIMITS.maxConnections,
    timeouts,
    grpc: await openGrpcServer(options.transport, {
      methods: methodTable(healthService.methods()),
      limits: LIMITS,
      timeouts,
      recorder: noopRecorder,
      clock: systemClock,
      turn: new TurnClock(() => systemClock.nowMs()),
      random: Math.random,
      onUnexpectedError: (error) => log.fault("unexpected_error", { port: "admin", error }),
    }),
    http: createHttpServer(
      createAdminHandler({
        health,
        renderMetrics: options.renderMetrics,
        streams,
        hosts: options.hosts,
        onUnexpectedError: (error) => log.fault("unexpected_error", { port: "admin", error }),
      }),
      timeouts,
    ),
    log,
    // The connections metric counts clients, not scrapers.
    recorder: noopRecorder,
  });
  follow();
  health.onChange(follow);
  return {
    address: port.addresses[0] as ListenAddress,
    openConnections: port.openConnections,
    close: () => {
      healthService.endWatches();
      streams.close();
      return port.close();
    },
  };
}
