/**
 * Latencies in buckets of at most 1.6 % width (as HdrHistogram), 1 µs to some minutes, in bounded memory. A failed call counts as
 * infinitely slow: it stands above every latency.
 */

/** Below as many microseconds a bucket for each, above half as many for each doubling. */
const SUB_BUCKETS = 128;
const DOUBLINGS = 20;
const BUCKETS = SUB_BUCKETS * DOUBLINGS;

/** Sparse, for JSON: bucket, count, bucket, count, … */
export interface HistogramJson {
  readonly buckets: readonly number[];
  readonly failures: number;
}

export class LatencyHistogram {
  readonly #counts = new Float64Array(BUCKETS);
  #failures = 0;
  #total = 0;

  /** All of these together. */
  static of(...parts: readonly HistogramJson[]): LatencyHistogram {
    const whole = new LatencyHistogram();
    for (const part of parts) whole.add(part);
    return whole;
  }

  /** Calls recorded, failures included. */
  get total(): number {
    return this.#total;
  }

  record(latencyMs: number): void {
    const bucket = bucketOf(latencyMs * 1000);
    this.#counts[bucket] = (this.#counts[bucket] as number) + 1;
    this.#total += 1;
  }

  recordFailure(count = 1): void {
    this.#failures += count;
    this.#total += count;
  }

  /** @param share in (0, 1] @returns milliseconds, the upper edge of the bucket; Infinity when it lies among the failures, NaN without calls */
  percentileMs(share: number): number {
    if (this.#total === 0) return Number.NaN;
    const rank = Math.ceil(this.#total * share);
    let seen = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
      seen += this.#counts[bucket] as number;
      if (seen >= rank) return upperEdgeMicros(bucket) / 1000;
    }
    return Number.POSITIVE_INFINITY;
  }

  /** Calls that took at most so long, to the width of a bucket. */
  countWithin(latencyMs: number): number {
    let count = 0;
    for (let bucket = 0; bucket < BUCKETS && upperEdgeMicros(bucket) <= latencyMs * 1000; bucket += 1) {
      count += this.#counts[bucket] as number;
    }
    return count;
  }

  add({ buckets, failures }: HistogramJson): void {
    for (let at = 0; at + 1 < buckets.length; at += 2) {
      const bucket = buckets[at] as number;
      const count = buckets[at + 1] as number;
      this.#counts[bucket] = (this.#counts[bucket] as number) + count;
      this.#total += count;
    }
    this.recordFailure(failures);
  }

  toJSON(): HistogramJson {
    const buckets: number[] = [];
    for (const [bucket, count] of this.#counts.entries()) if (count > 0) buckets.push(bucket, count);
    return { buckets, failures: this.#failures };
  }
}

/** Linear below 128 µs (1 µs each), then 64 buckets for each doubling: bucket = doubling × 64 + upper seven bits. */
function bucketOf(micros: number): number {
  const whole = Math.max(0, Math.min(Math.round(micros), 2 ** 30));
  if (whole < SUB_BUCKETS) return whole;
  const doubling = 25 - Math.clz32(whole);
  return doubling * (SUB_BUCKETS / 2) + (whole >> doubling);
}

function upperEdgeMicros(bucket: number): number {
  if (bucket < SUB_BUCKETS) return bucket;
  const doubling = Math.floor(bucket / (SUB_BUCKETS / 2)) - 1;
  const upper = bucket - doubling * (SUB_BUCKETS / 2);
  return (upper + 1) * 2 ** doubling - 1;
}
