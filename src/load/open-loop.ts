/**
 * Calls at a fixed rate, whatever the server does; each one's time is counted from when it should have left, so that a server that
 * stalls is charged for the calls that had to wait. A failed call counts as infinitely slow. In bounded memory.
 */
import { LatencyHistogram } from "./latency-histogram.ts";
import { startPacer } from "./pacer.ts";

/** How a call ended. */
export interface CallEnd {
  /** `OK`, or what was wrong: a gRPC code or an HTTP status, never the server's own words. */
  readonly outcome: string;
  /** The answer is marked: it is not as it should be. */
  readonly isDegraded: boolean;
}

export interface OpenLoopOptions {
  readonly ratePerSecond: number;
  readonly seconds: number;
  /** From the time a call should have left. */
  readonly timeoutMs: number;
  /**
   * Makes one call; never rejects.
   * @param call its number, from 0
   * @param leftMs of its timeout; 0 or less = it is over
   */
  readonly send: (call: number, leftMs: number) => Promise<CallEnd>;
}

export interface OpenLoopResult {
  readonly calls: number;
  /** Calls sent a second. */
  readonly ratePerSecond: number;
  readonly outcomes: ReadonlyMap<string, number>;
  readonly degraded: number;
  readonly latencies: LatencyHistogram;
  /** How late calls left: more than a little, and this client is what was measured. */
  readonly delays: LatencyHistogram;
}

/** Calls in flight; one more counts as failed at once. */
const MOST_IN_FLIGHT = 10_000;
/** From the first tick until the rate is due: connections and code are warm by then. */
const LEAD_MS = 50;
const TOO_MANY = "TOO_MANY_IN_FLIGHT";

export async function runOpenLoop(options: OpenLoopOptions): Promise<OpenLoopResult> {
  const { ratePerSecond, seconds, timeoutMs, send } = options;
  const total = Math.max(1, Math.round(ratePerSecond * seconds));
  const latencies = new LatencyHistogram();
  const delays = new LatencyHistogram();
  const outcomes = new Map<string, number>();
  let sent = 0;
  let inFlight = 0;
  let degraded = 0;
  let drained = (): void => {};
  const ended = (outcome: string, latencyMs: number): void => {
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    if (outcome === "OK") latencies.record(latencyMs);
    else latencies.recordFailure();
  };
  const call = (dueMs: number, nowMs: number): void => {
    delays.record(nowMs - dueMs);
    if (inFlight === MOST_IN_FLIGHT) {
      ended(TOO_MANY, 0);
      return;
    }
    inFlight += 1;
    void send(sent, dueMs + timeoutMs - nowMs).then(({ outcome, isDegraded }) => {
      ended(outcome, performance.now() - dueMs);
      if (isDegraded) degraded += 1;
      inFlight -= 1;
      if (inFlight === 0 && sent === total) drained();
    });
  };
  const startMs = performance.now() + LEAD_MS;
  const startNs = Number(process.hrtime.bigint()) + LEAD_MS * 1e6;
  const done = new Promise<void>((resolve) => {
    drained = resolve;
  });
  await new Promise<void>((resolve) => {
    const pacer = startPacer(startNs, ratePerSecond, () => {
      const nowMs = performance.now();
      const due = Math.min(total, Math.floor(((nowMs - startMs) / 1000) * ratePerSecond) + 1);
      for (; sent < due; sent += 1) call(startMs + (sent / ratePerSecond) * 1000, performance.now());
      if (sent < total) return;
      // Ticks that were on their way still come, and find nothing due.
      void pacer.stop();
      resolve();
    });
  });
  // The last one was due one interval before the end.
  const elapsedMs = performance.now() - startMs + 1000 / ratePerSecond;
  if (inFlight > 0) await done;
  return { calls: total, ratePerSecond: (total / elapsedMs) * 1000, outcomes, degraded, latencies, delays };
}
