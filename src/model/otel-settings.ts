/** What the standard `OTEL_*` variables say, as far as it is not the exporters' own matter (endpoint, headers, certificates, timeouts). */

export type OtlpProtocol = "grpc" | "http/protobuf" | "http/json";

export interface SamplerSettings {
  readonly name:
    | "always_on"
    | "always_off"
    | "traceidratio"
    | "parentbased_always_on"
    | "parentbased_always_off"
    | "parentbased_traceidratio";
  /** 0–1, for the ratio samplers. */
  readonly ratio: number;
}

export interface OtelSettings {
  /** How much of what OpenTelemetry's packages say of themselves goes to the log. */
  readonly logLevel: "none" | "error" | "warn" | "info" | "debug" | "verbose" | "all";
  /** undefined = no traces. */
  readonly traces:
    | {
        readonly protocol: OtlpProtocol;
        readonly sampler: SamplerSettings;
        /** Spans that wait to be sent; more are dropped, and counted. */
        readonly maxQueueSpans: number;
        readonly maxBatchSpans: number;
        readonly scheduleDelayMs: number;
      }
    | undefined;
  /** undefined = metrics are scraped only. */
  readonly metrics: { readonly protocol: OtlpProtocol; readonly intervalMs: number } | undefined;
}
