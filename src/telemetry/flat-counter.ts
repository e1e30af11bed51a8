/** A counter whose series are known beforehand: one number each, counted without labels, hashes or objects. */
import type { Scrape, ScrapedMetric, SeriesLabels } from "./scraped-metric.ts";

export class FlatCounter implements ScrapedMetric {
  name: string;
  readonly help: string;
  readonly type = "counter";
  readonly #labels: readonly SeriesLabels[];
  /** float64: exact up to 2^53, where 32 bits would start again at 0 after a few days. */
  readonly #counts: Float64Array;
  /** Series that happened, in the order of their first time: prom-client prints them so. */
  readonly #seen: number[] = [];

  /** @param series the labels of every series there can be; its place here is its number */
  constructor(row: { readonly name: string; readonly help: string }, series: readonly SeriesLabels[]) {
    this.name = row.name;
    this.help = row.help;
    this.#labels = series;
    this.#counts = new Float64Array(series.length);
  }

  /** Counts one. A number without a series is ignored. */
  inc(series: number): void {
    const count = this.#counts[series];
    if (count === undefined) return;
    if (count === 0) this.#seen.push(series);
    this.#counts[series] = count + 1;
  }

  /** One line for each series that happened. */
  get(): Scrape {
    const values = this.#seen.map((series) => ({
      labels: this.#labels[series] ?? {},
      value: this.#counts[series] ?? 0,
    }));
    return { name: this.name, help: this.help, type: this.type, values };
  }
}
