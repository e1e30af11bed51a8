/** What OpenTelemetry's packages say of themselves, as log lines: on the console it would come before the listening line. */
import { type DiagLogFunction, DiagLogLevel, diag } from "@opentelemetry/api";
import type { OtelSettings } from "../../model/otel-settings.ts";
import type { Log } from "../log.ts";

const VARIABLE = "OTEL_LOG_LEVEL";
const EVENT = "otel_says";

const LEVELS: Readonly<Record<OtelSettings["logLevel"], DiagLogLevel>> = {
  none: DiagLogLevel.NONE,
  error: DiagLogLevel.ERROR,
  warn: DiagLogLevel.WARN,
  info: DiagLogLevel.INFO,
  debug: DiagLogLevel.DEBUG,
  verbose: DiagLogLevel.VERBOSE,
  all: DiagLogLevel.ALL,
};

export function diagToLog(log: Log, level: OtelSettings["logLevel"]): void {
  const line =
    (tell: Log["info"]): DiagLogFunction =>
    (message, ...more) =>
      tell(EVENT, { said: masked([message, ...more.filter((each) => typeof each !== "object")].join(" ")) });
  const logger = {
    error: line(log.fault),
    warn: line(log.warn),
    info: line(log.info),
    // Whoever asks for it by the variable wants to see it.
    debug: line(log.info),
    verbose: line(log.info),
  };
  diag.setLogger(logger, { logLevel: LEVELS[level], suppressOverrideMessage: true });
}

/** Makes the SDK, which would open the console for its own words by the variable. */
export function withoutConsole<T>(make: () => T): T {
  // The SDK reads it there, whatever it is given.
  const { env } = process;
  const written = env[VARIABLE];
  delete env[VARIABLE];
  try {
    return make();
  } finally {
    if (written !== undefined) env[VARIABLE] = written;
  }
}

/** What exporters quote may be a header with a secret. */
export function masked(said: string): string {
  return said.replace(/"[^"]*"/g, '"…"');
}
