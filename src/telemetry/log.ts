/**
 * Structured log: one JSON object per line on stderr, one line per lifecycle event, none per request.
 * Faults that can repeat (per connection, per refresh) go through `fault`, which is rate limited per event.
 */

export type LogLevel = "debug" | "info" | "warn" | "error";

/** Values must be safe to show: no entity keys, no secrets. Errors are printed as `name: message`, with their causes. */
export type LogFields = Readonly<Record<string, unknown>>;

export interface Log {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
  /** An error that may repeat: printed at most once per interval and event, with the number left out since (`suppressed`). */
  fault(event: string, fields?: LogFields): void;
}

export interface LogOptions {
  readonly level: LogLevel;
  /** Takes one complete line, newline included. */
  readonly write: (line: string) => void;
  /** Epoch milliseconds. */
  readonly epochMs: () => number;
  /** Least time between two lines of the same fault; default 10 s. */
  readonly faultIntervalMs?: number;
}

const RANK: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };
const DEFAULT_FAULT_INTERVAL_MS = 10_000;
/** Causes can form a loop. */
const MAX_CAUSES = 4;

/** A log that writes nothing. */
export const silentLog: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {}, fault: () => {} };

export function createLog(options: LogOptions): Log {
  const faults = new Map<string, { quietUntilMs: number; suppressed: number }>();
  const intervalMs = options.faultIntervalMs ?? DEFAULT_FAULT_INTERVAL_MS;
  const emit = (level: LogLevel, event: string, fields: LogFields): void => {
    if (RANK[level] < RANK[options.level]) return;
    const time = new Date(options.epochMs()).toISOString();
    options.write(`${JSON.stringify({ time, level, event, ...fields }, printable)}\n`);
  };
  return {
    debug: (event, fields = {}) => emit("debug", event, fields),
    info: (event, fields = {}) => emit("info", event, fields),
    warn: (event, fields = {}) => emit("warn", event, fields),
    error: (event, fields = {}) => emit("error", event, fields),
    fault(event, fields = {}) {
      const nowMs = options.epochMs();
      const state = faults.get(event);
      if (state !== undefined && nowMs < state.quietUntilMs) {
        state.suppressed++;
        return;
      }
      const suppressed = state?.suppressed ?? 0;
      faults.set(event, { quietUntilMs: nowMs + intervalMs, suppressed: 0 });
      emit("error", event, suppressed === 0 ? fields : { ...fields, suppressed });
    },
  };
}

function printable(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  if (!(value instanceof Error)) return value;
  let text = `${value.name}: ${value.message}`;
  let cause: unknown = value.cause;
  for (let depth = 0; cause instanceof Error && depth < MAX_CAUSES; depth++) {
    text += ` (caused by ${cause.name}: ${cause.message})`;
    cause = cause.cause;
  }
  return text;
}
