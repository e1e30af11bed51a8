/** The whole configuration, complete and frozen. The composition root hands each room its part. */
import type { AdmissionSettings, BudgetSettings } from "../model/budget-settings.ts";
import type { CacheSettings } from "../model/cache-settings.ts";
import type { FreshnessSettings } from "../model/freshness-settings.ts";
import type { ListenAddress } from "../model/listen-address.ts";
import type { OtelSettings } from "../model/otel-settings.ts";
import type { RedisSettings } from "../model/redis-settings.ts";

export interface RegistrySettings {
  readonly kind: "file";
  /** Absolute. */
  readonly path: string;
  /** `enable_online_feature_view_versioning` */
  readonly versioning: boolean;
  /** `serve_features_while_materializing` */
  readonly serveWhileMaterializing: boolean;
  /** The smaller of `cache_ttl_seconds` (0 = never) and `sidecar.registry.refresh`. */
  readonly refreshMs: number;
}

export type OnlineStoreSettings =
  | { readonly type: "redis"; readonly redis: RedisSettings }
  | {
      readonly type: "sqlite";
      /** Absolute. */
      readonly path: string;
      readonly writerTimeZone: string;
    };

/** Absolute paths of PEM files. */
export interface TlsSettings {
  readonly certFile: string;
  readonly keyFile: string;
  readonly clientCaFile?: string;
}

export interface DebugSettings {
  readonly listen: ListenAddress;
  /** Absolute; undefined = whoever can connect is let in, which only a Unix socket allows. */
  readonly tokenFile: string | undefined;
}

export interface CompatSettings {
  readonly serviceVersionBug: "fix" | "copy";
  readonly precomputeNames: "fix" | "copy";
  readonly errorStatus: "feast" | "strict4xx";
  readonly nullKey: "error" | "not_found";
  readonly coerceGrpcKeys: boolean;
  readonly stateGate: "per_surface" | "enforce" | "ignore";
}

export interface LimitSettings {
  readonly maxRequestBytes: number;
  readonly maxResponseBytes: number;
  readonly maxRows: number;
  readonly maxReferences: number;
  readonly maxCells: number;
  readonly maxConnections: number;
  /** Per connection. */
  readonly maxStreams: number;
  /** 0 = no limit. */
  readonly maxConnectionAgeMs: number;
}

export interface Settings {
  /** Absolute; relative paths of the file are relative to it. */
  readonly repoDir: string;
  /** Where the file was read, for messages. */
  readonly yamlPath: string;
  readonly project: string;
  readonly entityKeyVersion: number;
  readonly registry: RegistrySettings;
  readonly onlineStore: OnlineStoreSettings;
  readonly cache: CacheSettings;
  readonly budget: BudgetSettings;
  readonly freshness: FreshnessSettings;
  readonly admission: AdmissionSettings;
  /** A slow, degraded, hedged or failed call is traced though nobody sampled it. */
  readonly traceTail: "link" | "off";
  readonly otel: OtelSettings;
  readonly listen: readonly ListenAddress[];
  /** undefined = no admin port. */
  readonly admin: ListenAddress | undefined;
  /** undefined = no debug listener. */
  readonly debug: DebugSettings | undefined;
  /** Lower-cased. */
  readonly adminHosts: readonly string[];
  readonly allowInsecureListen: boolean;
  /** undefined = cleartext. */
  readonly tls: TlsSettings | undefined;
  readonly drain: { readonly waitMs: number; readonly timeoutMs: number };
  readonly metrics: boolean;
  readonly transport: "lean" | "grpc-js";
  readonly statuses: "per_surface" | "feast_python" | "strict";
  readonly compat: CompatSettings;
  readonly limits: LimitSettings;
  readonly probes: {
    readonly readiness: "any" | "store";
    /** 0 = the store never fails liveness. */
    readonly storeGraceMs: number;
  };
  /** Sentences to log at the start. */
  readonly warnings: readonly string[];
}
