/**
 * What prom-client's Registry asks of a metric when it is scraped (lib/registry.js: metrics, getMetricsAsString), so that a
 * metric may keep its numbers as it likes.
 */
import type { FigureRow } from "./metric-row.ts";

/** Label values by name, in the order in which they are printed. */
export type SeriesLabels = Readonly<Record<string, string | number>>;

/** An example of a bucket, as prom-client prints it (lib/registry.js: getMetricsAsString). */
export interface Exemplar {
  readonly labelSet: SeriesLabels;
  readonly value: number;
  /** Epoch seconds. */
  readonly timestamp: number;
}

/** One line of the text. */
export interface ScrapedValue {
  readonly labels: SeriesLabels;
  readonly value: number;
  /** The line's name where it is not the metric's own: `…_bucket`, `…_sum`, `…_count`. */
  readonly metricName?: string;
  /** Shown in the OpenMetrics format only. */
  readonly exemplar?: Exemplar;
}

/** The metric's lines at one moment. */
export interface Scrape {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly values: readonly ScrapedValue[];
}

export interface ScrapedMetric {
  /** Not readonly: for OpenMetrics the Registry takes `_total` off a counter's name before it calls `get`. */
  name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
  get(): Scrape;
}

/** A metric whose numbers are kept elsewhere. @param values asked at each scrape */
export function figureMetric({ name, help, kind }: FigureRow, values: () => readonly ScrapedValue[]): ScrapedMetric {
  return {
    name,
    help,
    type: kind,
    get(): Scrape {
      return { name: this.name, help, type: kind, values: values() };
    },
  };
}
