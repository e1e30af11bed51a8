/** The latest latencies of one node, for a percentile. */

const SIZE = 128;
/** With fewer, a 95th percentile is one outlier. */
const LEAST = 16;
const WHERE = 0.95;

/** A ring of the latest 128, sorted when asked: about 5 µs, so ask every few milliseconds, not per read. */
export class RecentLatencies {
  readonly #ring = new Float64Array(SIZE);
  readonly #sorted = new Float64Array(SIZE);
  #count = 0;
  #next = 0;

  add(latencyMs: number): void {
    this.#ring[this.#next] = latencyMs;
    this.#next = (this.#next + 1) % SIZE;
    if (this.#count < SIZE) this.#count += 1;
  }

  /** Nearest rank; Infinity while fewer than 16 are known. */
  p95Ms(): number {
    if (this.#count < LEAST) return Number.POSITIVE_INFINITY;
    this.#sorted.set(this.#ring);
    this.#sorted.subarray(0, this.#count).sort();
    return this.#sorted[Math.ceil(WHERE * this.#count) - 1]!;
  }
}
