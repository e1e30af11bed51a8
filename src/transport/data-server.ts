/**
 * The data port: Feast's gRPC services and its JSON API on the same addresses.
 * In: `serve` and options. Out: addresses, drain. Must not know stores, registries or the configuration's form.
 */

import type { CertificateExpiry } from "../model/certificate-expiry.ts";
import type { ListenAddress } from "../model/listen-address.ts";
import type { RequestLimits } from "../model/request-limits.ts";
import type { Serve } from "../model/serve.ts";
import type { Log } from "../telemetry/log.ts";
import type { Recorder } from "../telemetry/recorder.ts";
import { TurnClock } from "../timing/turn-clock.ts";
import { type Clock, systemClock } from "./clock.ts";
import { FEATURE_SERVICE_NAMES, featureMethods } from "./grpc/feature-methods.ts";
import type { TransportKind } from "./grpc/grpc-server.ts";
import { HEALTH_SERVICE_NAME, HealthService } from "./grpc/health-service.ts";
import { methodTable } from "./grpc/method-table.ts";
import { ReflectionService } from "./grpc/reflection-service.ts";
import { createHttpServer } from "./http1/create-http-server.ts";
import type { ErrorStatus } from "./http1/error-body.ts";
import { createFeatureHandler } from "./http1/feature-handler.ts";
import { openGrpcServer } from "./open-grpc-server.ts";
import { DEFAULT_TIMEOUTS, type TransportLimits, type TransportTimeouts } from "./options.ts";
import { openPort } from "./port-server.ts";
import { startReloader } from "./reloader.ts";
import { loadTlsMaterial, type TlsFiles } from "./tls-context.ts";

/** Whether requests should come here now; admin/health-parts.ts is one. */
export interface Readiness {
  isReady(): boolean;
  onChange(listener: () => void): void;
}

export interface DataServerOptions {
  readonly addresses: readonly ListenAddress[];
  readonly tls?: TlsFiles;
  /** Which HTTP/2 implementation serves gRPC. */
  readonly transport: TransportKind;
  readonly limits: TransportLimits;
  readonly requestLimits: RequestLimits;
  readonly timeouts?: TransportTimeouts;
  readonly serve: Serve;
  readonly readiness: Readiness;
  readonly isRegistryLoaded: () => boolean;
  readonly errorStatus: ErrorStatus;
  /** Answer of GetFeastServingInfo. */
  readonly version: string;
  readonly log: Log;
  readonly recorder: Recorder;
  readonly clock?: Clock;
  /** Shared with whatever else the loop wakes; default: one of its own. */
  readonly turn?: TurnClock;
  /** Uniform in [0, 1); spreads retries. */
  readonly random?: () => number;
}

export interface DataServer {
  readonly addresses: readonly ListenAddress[];
  openConnections(): number;
  /** Reads the TLS files again (SIGHUP); without TLS nothing. */
  reloadTls(): void;
  /** Of the certificates in use; without TLS none. */
  certificates(): readonly CertificateExpiry[];
  /** Sets health to not serving, stops accepting, lets requests finish; returns how many connections had to be cut. */
  drain(timeoutMs: number): Promise<number>;
  close(): Promise<void>;
}

const TLS_POLL_MS = 10_000;

/** @throws ListenError for an address, Error with a sentence for the TLS files; nothing is left open then */
export async function createDataServer(options: DataServerOptions): Promise<DataServer> {
  const { log, recorder, readiness, limits } = options;
  const timeouts = options.timeouts ?? DEFAULT_TIMEOUTS;
  const clock = options.clock ?? systemClock;
  const turn = options.turn ?? new TurnClock(() => clock.nowMs());
  const onUnexpectedError = (error: unknown): void => {
    log.fault("unexpected_error", { error, stack: error instanceof Error ? error.stack : undefined });
  };
  const tls = options.tls === undefined ? undefined : { files: options.tls, material: loadTlsMaterial(options.tls) };
  const health = new HealthService([""]);
  const reflection = new ReflectionService([...FEATURE_SERVICE_NAMES, HEALTH_SERVICE_NAME]);
  const grpc = await openGrpcServer(options.transport, {
    methods: methodTable(
      featureMethods(options.serve, options.version, options.requestLimits),
      health.methods(),
      reflection.methods(),
    ),
    limits,
    timeouts,
    recorder,
    clock,
    turn,
    random: options.random ?? Math.random,
    onUnexpectedError,
  });
  const http = createHttpServer(
    createFeatureHandler({
      serve: options.serve,
      recorder,
      clock,
      turn,
      onUnexpectedError,
      isRegistryLoaded: options.isRegistryLoaded,
      errorStatus: options.errorStatus,
      maxRequestBytes: limits.maxRequestBytes,
    }),
    timeouts,
  );
  const port = await openPort({
    name: "data",
    addresses: options.addresses,
    ...(tls && { tls: tls.material }),
    maxConnections: limits.maxConnections,
    timeouts,
    grpc,
    http,
    log,
    recorder,
  });
  let draining = false;
  const follow = (): void => health.set("", readiness.isReady() && !draining);
  follow();
  readiness.onChange(follow);
  let expiries = tls?.material.expiries ?? [];
  const reloader =
    tls &&
    startReloader({
      load: () => loadTlsMaterial(tls.files),
      inUse: tls.material,
      everyMs: TLS_POLL_MS,
      onNew: (material) => {
        port.replaceTls(material);
        expiries = material.expiries;
        log.info("tls_reloaded");
      },
      onBroken: (error) => log.error("tls_reload_failed", { error, kept: "the certificate in use" }),
    });
  const stop = (): void => {
    draining = true;
    follow();
    health.endWatches();
    reflection.endStreams();
    reloader?.stop();
  };
  return {
    addresses: port.addresses,
    openConnections: port.openConnections,
    reloadTls: () => reloader?.reload(),
    certificates: () => expiries,
    drain: (timeoutMs) => {
      stop();
      return port.drain(timeoutMs);
    },
    close: () => {
      stop();
      return port.close();
    },
  };
}
