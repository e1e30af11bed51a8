/** What a bench run says: the percentile table, and the verdict. */
import type { OpenLoopResult } from "../load/open-loop.ts";

/** Below this share of the rate the client, or the server by holding it up, did not keep it. */
const KEPT_SHARE = 0.98;
/** A percentile says something with so many calls above it. */
const LEAST_ABOVE = 100;
const SHARES = [0.5, 0.9, 0.99, 0.999] as const;

export interface BenchReport {
  readonly calls: number;
  readonly askedPerSecond: number;
  readonly sentPerSecond: number;
  readonly isRateKept: boolean;
  /** By outcome, `OK` among them. */
  readonly outcomes: Readonly<Record<string, number>>;
  readonly degraded: number;
  /** From when each call was due; null = infinite: so many calls failed. */
  readonly latencyMs: Readonly<Record<string, number | null>>;
  /** P99 of how late calls left; large = this client is what was measured. */
  readonly sendDelayMs: number;
}

export function benchReport(result: OpenLoopResult, askedPerSecond: number): BenchReport {
  const { latencies } = result;
  const at = (share: number): number | null => {
    const ms = latencies.percentileMs(share);
    return Number.isFinite(ms) ? ms : null;
  };
  return {
    calls: result.calls,
    askedPerSecond,
    sentPerSecond: result.ratePerSecond,
    isRateKept: result.ratePerSecond >= KEPT_SHARE * askedPerSecond,
    outcomes: Object.fromEntries(result.outcomes),
    degraded: result.degraded,
    latencyMs: Object.fromEntries([...SHARES.map((share) => [percentName(share), at(share)]), ["max", at(1)]]),
    sendDelayMs: result.delays.percentileMs(0.99),
  };
}

/** Some call was answered, and calls left when they should. */
export function isGood({ outcomes, isRateKept }: BenchReport): boolean {
  return (outcomes["OK"] ?? 0) > 0 && isRateKept;
}

export function renderReport(report: BenchReport): string {
  const { calls, askedPerSecond, sentPerSecond, outcomes, degraded, latencyMs, sendDelayMs, isRateKept } = report;
  const lines = [
    `${calls} calls, ${sentPerSecond.toFixed(1)}/s of ${askedPerSecond}/s${isRateKept ? "" : ": the rate was NOT kept"}`,
    `sent within ${sendDelayMs.toFixed(2)} ms of when they were due (P99)`,
    "",
    "latency, from when a call was due; one that failed counts as infinite",
  ];
  for (const [name, ms] of Object.entries(latencyMs)) {
    const share = SHARES.find((each) => percentName(each) === name);
    const above = share === undefined ? LEAST_ABOVE : Math.floor(calls * (1 - share) + 1e-9);
    const note = above < LEAST_ABOVE ? `   (${above} calls above it: says little)` : "";
    lines.push(`  ${name.padEnd(6)}${ms === null ? "infinite" : `${ms.toFixed(3)} ms`}${note}`);
  }
  lines.push("", "outcomes");
  for (const [outcome, count] of Object.entries(outcomes).sort(([, a], [, b]) => b - a)) {
    lines.push(`  ${outcome.padEnd(20)}${count}`);
  }
  lines.push(`  ${"marked as degraded".padEnd(20)}${degraded}`);
  return lines.join("\n");
}

function percentName(share: number): string {
  return `P${Number((share * 100).toFixed(3))}`;
}
