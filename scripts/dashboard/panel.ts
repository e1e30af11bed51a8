/** What a panel of the dashboard is made of, and the usual queries. */

export type Unit = "s" | "percentunit" | "reqps" | "ops" | "rowsps" | "bytes" | "short" | "none";

export interface Query {
  /** PromQL; `$on` stands for the dashboard's own matchers, `$__rate_interval` is Grafana's. */
  readonly expr: string;
  /** `{{label}}` is its value. */
  readonly legend: string;
}

export interface Panel {
  readonly title: string;
  /** Shown behind the i. */
  readonly about: string;
  readonly kind: "stat" | "timeseries";
  readonly unit: Unit;
  readonly queries: readonly Query[];
  readonly isStacked?: boolean;
  /** A line, or the colour of a number: red from here on. */
  readonly alarmAt?: number;
}

export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

const SHARES = [0.5, 0.99, 0.999] as const;

/** The upper quantiles of a histogram, one query each. @param by labels that are kept apart */
export function quantiles(name: string, by: readonly string[]): Query[] {
  const legend = by.map((label) => `{{${label}}}`).join(" ");
  return SHARES.map((share) => ({
    expr: `histogram_quantile(${share}, sum by (${["le", ...by].join(", ")}) (rate(${name}_bucket{$on}[$__rate_interval])))`,
    legend: `P${share * 100}${legend === "" ? "" : ` ${legend}`}`,
  }));
}

/** Per second, a line for each value of the labels. */
export function rates(name: string, by: readonly string[]): Query {
  return {
    expr: `sum by (${by.join(", ")}) (rate(${name}{$on}[$__rate_interval]))`,
    legend: by.map((label) => `{{${label}}}`).join(" "),
  };
}

/** Per second, all of it. */
export function rate(name: string, legend: string): Query {
  return { expr: `sum(rate(${name}{$on}[$__rate_interval]))`, legend };
}
