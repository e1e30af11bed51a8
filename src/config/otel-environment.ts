/**
 * The standard variables of OpenTelemetry (its specification, configuration/sdk-environment-variables.md). Traces and metrics are sent when
 * one of them says where to, or names an exporter; a value that means nothing is a warning, and the default counts.
 */
import type { OtelSettings, OtlpProtocol, SamplerSettings } from "../model/otel-settings.ts";
import type { Findings } from "./problem.ts";
import type { Environment } from "./substitute.ts";

const PROTOCOLS: readonly OtlpProtocol[] = ["grpc", "http/protobuf", "http/json"];
const SAMPLERS: readonly SamplerSettings["name"][] = [
  "always_on",
  "always_off",
  "traceidratio",
  "parentbased_always_on",
  "parentbased_always_off",
  "parentbased_traceidratio",
];
const LOG_LEVELS: readonly OtelSettings["logLevel"][] = ["none", "error", "warn", "info", "debug", "verbose", "all"];
const DEFAULT_SAMPLER = "parentbased_traceidratio";
const DEFAULT_RATIO = 0.01;
/** Half of the standard's: some 40 calls in 50 kB. */
const DEFAULT_BATCH_SPANS = 256;
const DEFAULT_QUEUE_SPANS = 2048;
/** A call with a hedge and a repetition has a dozen, and is kept whole or not at all. */
const LEAST_QUEUE_SPANS = 16;
const DEFAULT_DELAY_MS = 1000;
const DEFAULT_INTERVAL_MS = 60_000;
/** A timer that is to wait longer does not wait at all. */
const MOST_MS = 2 ** 31 - 1;

type Signal = "TRACES" | "METRICS";

/** @param findings gets warnings */
export function readOtelSettings(env: Environment, { warnings }: Findings): OtelSettings {
  const reader = new Reader(env, warnings);
  return {
    logLevel: reader.logLevel(),
    traces: reader.isSent("TRACES")
      ? {
          protocol: reader.protocol("TRACES"),
          sampler: reader.sampler(),
          maxQueueSpans: reader.number("OTEL_BSP_MAX_QUEUE_SIZE", DEFAULT_QUEUE_SPANS, LEAST_QUEUE_SPANS),
          maxBatchSpans: reader.number("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", DEFAULT_BATCH_SPANS, 1),
          scheduleDelayMs: reader.number("OTEL_BSP_SCHEDULE_DELAY", DEFAULT_DELAY_MS, 0, MOST_MS),
        }
      : undefined,
    metrics: reader.isSent("METRICS")
      ? {
          protocol: reader.protocol("METRICS"),
          intervalMs: reader.number("OTEL_METRIC_EXPORT_INTERVAL", DEFAULT_INTERVAL_MS, 1, MOST_MS),
        }
      : undefined,
  };
}

class Reader {
  readonly #env: Environment;
  readonly #warnings: string[];

  constructor(env: Environment, warnings: string[]) {
    this.#env = env;
    this.#warnings = warnings;
  }

  isSent(signal: Signal): boolean {
    if (this.#text("OTEL_SDK_DISABLED")?.toLowerCase() === "true") return false;
    const exporter = this.#text(`OTEL_${signal}_EXPORTER`);
    if (exporter === "none") return false;
    if (exporter !== undefined && exporter !== "otlp") {
      this.#warnings.push(`OTEL_${signal}_EXPORTER: only otlp and none are known here; expected one of them`);
      return false;
    }
    const endpoint = this.#text(`OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`) ?? this.#text("OTEL_EXPORTER_OTLP_ENDPOINT");
    return exporter === "otlp" || endpoint !== undefined;
  }

  logLevel(): OtelSettings["logLevel"] {
    return this.#word("OTEL_LOG_LEVEL", LOG_LEVELS, "error", (text) => text.toLowerCase());
  }

  protocol(signal: Signal): OtlpProtocol {
    const own = `OTEL_EXPORTER_OTLP_${signal}_PROTOCOL`;
    const name = this.#text(own) === undefined ? "OTEL_EXPORTER_OTLP_PROTOCOL" : own;
    return this.#word(name, PROTOCOLS, "http/protobuf");
  }

  sampler(): SamplerSettings {
    const name = this.#word("OTEL_TRACES_SAMPLER", SAMPLERS, DEFAULT_SAMPLER);
    const isNamed = this.#text("OTEL_TRACES_SAMPLER") === name;
    const fallback = isNamed ? 1 : DEFAULT_RATIO;
    const ratio = this.number("OTEL_TRACES_SAMPLER_ARG", fallback, 0);
    if (ratio <= 1) return { name, ratio };
    this.#warn("OTEL_TRACES_SAMPLER_ARG", "a ratio from 0 to 1", fallback);
    return { name, ratio: fallback };
  }

  number(name: string, fallback: number, least: number, most = Number.MAX_VALUE): number {
    const text = this.#text(name);
    if (text === undefined) return fallback;
    const value = Number(text);
    if (value >= least && value <= most) return value;
    this.#warn(name, `a number, at least ${least}${most === MOST_MS ? ` and at most ${most}` : ""}`, fallback);
    return fallback;
  }

  #word<W extends string>(name: string, words: readonly W[], fallback: W, fold = (text: string): string => text): W {
    const text = this.#text(name);
    if (text === undefined) return fallback;
    const found = words.find((word) => word === fold(text));
    if (found === undefined) this.#warn(name, `one of ${words.join(", ")}`, fallback);
    return found ?? fallback;
  }

  /** An empty variable is as good as none. */
  #text(name: string): string | undefined {
    const text = this.#env[name]?.trim();
    return text === "" ? undefined : text;
  }

  #warn(name: string, expected: string, fallback: string | number): void {
    this.#warnings.push(`environment variable ${name}: expected ${expected}; ${fallback} is used`);
  }
}
