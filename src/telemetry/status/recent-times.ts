/** How long things of a few kinds took in the last minute: their number, mean and quantiles. */
import { BUCKETS, bucketOf, middleUs } from "./duration-buckets.ts";
import { RecentCounts } from "./recent-counts.ts";

/** Microseconds. A quantile is a value that was there (the nearest rank), within 4 %. */
export interface TimeFigures {
  readonly count: number;
  readonly meanUs: number;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly p999Us: number;
}

/** Of each kind its buckets, and the sum of its durations. */
const SLOTS = BUCKETS + 1;

export class RecentTimes {
  readonly #counts: RecentCounts;
  readonly #kinds: number;

  constructor(kinds: number, startMs: number) {
    this.#kinds = kinds;
    this.#counts = new RecentCounts(kinds * SLOTS, startMs);
  }

  /** @param us by kind, whole; what is 0 did not happen */
  add(us: readonly number[], nowMs: number): void {
    const base = this.#counts.base(nowMs);
    for (let kind = 0; kind < us.length; kind += 1) if (us[kind]! > 0) this.#count(base, kind, us[kind]!);
  }

  /** @param us whole, not negative */
  addOne(kind: number, us: number, nowMs: number): void {
    this.#count(this.#counts.base(nowMs), kind, us);
  }

  /** By kind; zeros where nothing happened. */
  figures(nowMs: number): TimeFigures[] {
    const sums = this.#counts.sums(nowMs);
    return Array.from({ length: this.#kinds }, (_, kind) => {
      const buckets = sums.subarray(kind * SLOTS, kind * SLOTS + BUCKETS);
      const count = buckets.reduce((all, one) => all + one, 0);
      if (count === 0) return { count, meanUs: 0, p50Us: 0, p99Us: 0, p999Us: 0 };
      const [p50Us, p99Us, p999Us] = quantiles(buckets, count);
      return { count, meanUs: sums[kind * SLOTS + BUCKETS]! / count, p50Us, p99Us, p999Us };
    });
  }

  #count(base: number, kind: number, us: number): void {
    const { counts } = this.#counts;
    const from = base + kind * SLOTS;
    counts[from + bucketOf(us)]! += 1;
    counts[from + BUCKETS]! += us;
  }
}

function quantiles(buckets: Float64Array, count: number): [p50Us: number, p99Us: number, p999Us: number] {
  const at = (share: number): number => {
    let left = Math.ceil(count * share);
    for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
      left -= buckets[bucket]!;
      if (left <= 0) return middleUs(bucket);
    }
    return middleUs(BUCKETS - 1);
  };
  return [at(0.5), at(0.99), at(0.999)];
}
