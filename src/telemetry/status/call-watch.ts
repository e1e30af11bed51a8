/** What the status page shows of calls: kept in flat arrays as they are answered, summed up when somebody looks. */
import type { DegradationPolicy, DegradationReason } from "../../model/degradation.ts";
import { HOPS, type Ledger } from "../../model/ledger.ts";
import type { Surface } from "../../model/surface.ts";
import { namesOf, OUTCOME_INDEX } from "../outcome-index.ts";
import type { RequestOutcome } from "../recorder.ts";
import { RecentCounts } from "./recent-counts.ts";
import { RecentTimes, type TimeFigures } from "./recent-times.ts";
import { type SlowCall, SlowestCalls } from "./slowest-calls.ts";

export interface HopFigures extends TimeFigures {
  /** One of HOPS, or `total`. `count` is of the calls that went through it. */
  readonly hop: string;
}

/** Of the last minute, where nothing else is said. */
export interface CallFigures {
  /** Of the last 5 to 10 seconds. */
  readonly perSecond: number;
  readonly count: number;
  /** Took longer than the slice. */
  readonly overSlice: number;
  /** Those that happened. */
  readonly outcomes: readonly { readonly outcome: RequestOutcome; readonly count: number }[];
  /** In the order of HOPS, then the total. */
  readonly hops: readonly HopFigures[];
  /** Rows of answers that others stood in for. */
  readonly degraded: readonly {
    readonly policy: DegradationPolicy;
    readonly reason: DegradationReason;
    readonly rows: number;
  }[];
  /** Of the last five minutes, slowest first. */
  readonly slowest: readonly SlowCall[];
}

const POLICIES: Readonly<Record<DegradationPolicy, number>> = { stale: 0, default: 1, partial: 2 };
const REASONS: Readonly<Record<DegradationReason, number>> = { deadline: 0, outage: 1, lag: 2, overload: 3 };
const REASON_COUNT = Object.keys(REASONS).length;
const DEGRADED_SLOTS = Object.keys(POLICIES).length * REASON_COUNT;
const TOTAL = HOPS.length;
/** After the outcomes: calls over the slice. */
const OVER_SLICE = Object.keys(OUTCOME_INDEX).length;
/** The window that runs and the one before it. */
const RATE_WINDOWS = 2;

export class CallWatch {
  readonly #sliceUs: number;
  readonly #now: () => number;
  readonly #times: RecentTimes;
  readonly #calls: RecentCounts;
  readonly #degraded: RecentCounts;
  readonly #slowest = new SlowestCalls();

  /** @param now the clock of ledgers, monotonic milliseconds */
  constructor(sliceMs: number, now: () => number) {
    const startMs = now();
    this.#sliceUs = sliceMs * 1000;
    this.#now = now;
    this.#times = new RecentTimes(HOPS.length + 1, startMs);
    this.#calls = new RecentCounts(OVER_SLICE + 1, startMs);
    this.#degraded = new RecentCounts(DEGRADED_SLOTS, startMs);
  }

  /** A call was answered, or refused. Allocates nothing. @param nowMs the write of the answer has returned */
  answered(surface: Surface, outcome: RequestOutcome, ledger: Ledger, nowMs: number): void {
    const totalUs = Math.max(0, ledger.totalUs(nowMs));
    this.#times.add(ledger.us, nowMs);
    this.#times.addOne(TOTAL, totalUs, nowMs);
    this.#calls.add(OUTCOME_INDEX[outcome], 1, nowMs);
    if (totalUs > this.#sliceUs) this.#calls.add(OVER_SLICE, 1, nowMs);
    this.#slowest.offer(surface, outcome, ledger, totalUs, nowMs);
  }

  /** Rows of an answer are stood in for. */
  degraded(policy: DegradationPolicy, reason: DegradationReason, rows: number): void {
    this.#degraded.add(POLICIES[policy] * REASON_COUNT + REASONS[reason], rows, this.#now());
  }

  figures(): CallFigures {
    const nowMs = this.#now();
    const counts = this.#calls.sums(nowMs);
    const outcomes = namesOf(OUTCOME_INDEX).map((outcome, index) => ({ outcome, count: counts[index]! }));
    const degraded = this.#degraded.sums(nowMs);
    const recent = this.#calls.sums(nowMs, RATE_WINDOWS).subarray(0, OVER_SLICE);
    const spanSeconds = this.#calls.spanMs(nowMs, RATE_WINDOWS) / 1000;
    return {
      // In the first second one call would be many a second.
      perSecond: recent.reduce(sum, 0) / Math.max(1, spanSeconds),
      count: counts.subarray(0, OVER_SLICE).reduce(sum, 0),
      overSlice: counts[OVER_SLICE]!,
      outcomes: outcomes.filter(({ count }) => count > 0),
      hops: this.#times.figures(nowMs).map((times, index) => ({ hop: HOPS[index] ?? "total", ...times })),
      degraded: namesOf(POLICIES)
        .flatMap((policy) => namesOf(REASONS).map((reason) => ({ policy, reason })))
        .map((why, index) => ({ ...why, rows: degraded[index]! }))
        .filter(({ rows }) => rows > 0),
      slowest: this.#slowest.list(nowMs),
    };
  }
}

function sum(all: number, one: number): number {
  return all + one;
}
