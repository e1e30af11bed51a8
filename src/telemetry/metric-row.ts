/** One metric as the tables have it. */
export interface MetricRow {
  readonly name: string;
  readonly kind: "counter" | "gauge" | "histogram";
  readonly help: string;
  readonly labels: readonly string[];
}

/** What is printed as it is: no buckets. */
export type FigureRow = MetricRow & { readonly kind: "counter" | "gauge" };
