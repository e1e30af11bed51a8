/** A histogram whose series are known beforehand: a number for each bucket of each series, and a sum. */
import type { Exemplar, Scrape, ScrapedMetric, ScrapedValue, SeriesLabels } from "./scraped-metric.ts";

export class FlatHistogram implements ScrapedMetric {
  name: string;
  readonly help: string;
  readonly type = "histogram";
  readonly #labels: readonly SeriesLabels[];
  readonly #bounds: Float64Array;
  /** Series after series: its buckets (each without those below it), the last one for what is above every bound. */
  readonly #counts: Float64Array;
  readonly #sums: Float64Array;
  /** Series that happened, in the order of their first time: prom-client prints them so. */
  readonly #seen: number[] = [];
  /** By bucket; few calls are traced. */
  readonly #exemplars = new Map<number, Exemplar>();

  /**
   * @param series the labels of every series there can be; its place here is its number
   * @param bounds upper bounds of the buckets, ascending, without +Inf
   */
  constructor(
    row: { readonly name: string; readonly help: string },
    series: readonly SeriesLabels[],
    bounds: readonly number[],
  ) {
    this.name = row.name;
    this.help = row.help;
    this.#labels = series;
    this.#bounds = Float64Array.from(bounds);
    this.#counts = new Float64Array(series.length * (bounds.length + 1));
    this.#sums = new Float64Array(series.length);
  }

  /**
   * Counts one value. A number without a series is ignored.
   * @throws TypeError for NaN and the infinities, as prom-client does (lib/histogram.js:observe): they would spoil the sum for good
   */
  observe(series: number, value: number): void {
    if (!Number.isFinite(value)) throw new TypeError(`Value is not a valid number: ${value}`);
    const sum = this.#sums[series];
    if (sum === undefined) return;
    const at = this.#bucketOf(series, value);
    const count = this.#counts[at] as number;
    // Only the first value of a bucket can be the first of its series.
    if (count === 0 && !this.#seen.includes(series)) this.#seen.push(series);
    this.#counts[at] = count + 1;
    this.#sums[series] = sum + value;
  }

  /** An example of the bucket that a value falls into: the latest one is shown. @param timestamp epoch seconds */
  exemplar(series: number, value: number, traceId: string, timestamp: number): void {
    this.#exemplars.set(this.#bucketOf(series, value), { labelSet: { trace_id: traceId }, value, timestamp });
  }

  #bucketOf(series: number, value: number): number {
    const bounds = this.#bounds;
    let bucket = 0;
    while (bucket < bounds.length && value > (bounds[bucket] as number)) bucket += 1;
    return series * (bounds.length + 1) + bucket;
  }

  /** For each series that happened its buckets (each with those below it), `_sum` and `_count`. */
  get(): Scrape {
    return { name: this.name, help: this.help, type: this.type, values: this.#seen.flatMap((n) => this.#lines(n)) };
  }

  #lines(series: number): ScrapedValue[] {
    const labels = this.#labels[series] ?? {};
    const buckets = this.#bounds.length + 1;
    let below = 0;
    const lines: ScrapedValue[] = [];
    for (let bucket = 0; bucket < buckets; bucket += 1) {
      below += this.#counts[series * buckets + bucket] ?? 0;
      const le = this.#bounds[bucket] ?? "+Inf";
      const exemplar = this.#exemplars.get(series * buckets + bucket);
      const line = { metricName: `${this.name}_bucket`, labels: { le, ...labels }, value: below };
      lines.push(exemplar === undefined ? line : { ...line, exemplar });
    }
    lines.push({ metricName: `${this.name}_sum`, labels, value: this.#sums[series] ?? 0 });
    lines.push({ metricName: `${this.name}_count`, labels, value: below });
    return lines;
  }
}
