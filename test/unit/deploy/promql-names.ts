/** What a PromQL expression reads: the metrics of ours, and the labels that it asks of them. Enough of the grammar for our own files. */

/** Labels that Prometheus or a histogram brings along. */
const ANYWHERE = ["namespace", "job", "instance", "le", "quantile"];

export interface Selector {
  readonly metric: string;
  /** Named in its braces. */
  readonly labels: readonly string[];
}

/** Each `feast_sidecar_…` with its braces; recorded series (with a colon) are none. */
export function selectorsOf(expr: string): Selector[] {
  const found = expr.matchAll(/\b(feast_sidecar_\w+)(?:\s*\{([^}]*)\})?/g);
  return [...found].map(([, metric = "", matchers = ""]) => ({
    metric,
    labels: [...matchers.matchAll(/(\w+)\s*(?:=~|!~|!=|=)\s*"/g)]
      .map(([, label = ""]) => label)
      .filter((label) => !ANYWHERE.includes(label)),
  }));
}

/** Labels that results are grouped by. */
export function groupLabelsOf(expr: string): string[] {
  return [...expr.matchAll(/\b(?:by|on)\s*\(([^)]*)\)/g)]
    .flatMap(([, list = ""]) => list.split(",").map((label) => label.trim()))
    .filter((label) => label !== "" && !ANYWHERE.includes(label));
}
