/** The metrics of /metrics as OpenTelemetry's reader wants them: same names and labels, read when it is time to send. */
import { type HrTime, ValueType } from "@opentelemetry/api";
import { emptyResource } from "@opentelemetry/resources";
import {
  AggregationTemporality,
  type CollectionResult,
  DataPointType,
  type MetricData,
  type MetricProducer,
} from "@opentelemetry/sdk-metrics";
import { unitOf } from "../metric-table.ts";
import type { Scrape, ScrapedValue, SeriesLabels } from "../scraped-metric.ts";

export class MetricBridge implements MetricProducer {
  readonly #scrape: () => Promise<readonly Scrape[]>;
  readonly #startMs = Date.now();

  constructor(scrape: () => Promise<readonly Scrape[]>) {
    this.#scrape = scrape;
  }

  async collect(): Promise<CollectionResult> {
    const times = { startTime: hrTime(this.#startMs), endTime: hrTime(Date.now()) };
    const metrics = (await this.#scrape()).map((scrape) => metricData(scrape, times));
    return {
      resourceMetrics: { resource: emptyResource(), scopeMetrics: [{ scope: { name: "feast-sidecar" }, metrics }] },
      errors: [],
    };
  }
}

interface Times {
  readonly startTime: HrTime;
  readonly endTime: HrTime;
}

/** As UCUM writes them. */
const UNITS: Readonly<Record<string, string>> = { seconds: "s", bytes: "By" };

const KINDS = {
  counter: { dataPointType: DataPointType.SUM, isMonotonic: true },
  gauge: { dataPointType: DataPointType.GAUGE },
  histogram: { dataPointType: DataPointType.HISTOGRAM },
} as const;

function metricData(scrape: Scrape, times: Times): MetricData {
  return {
    descriptor: {
      name: scrape.name,
      description: scrape.help,
      unit: UNITS[unitOf(scrape.name)] ?? "1",
      valueType: ValueType.DOUBLE,
    },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
    ...KINDS[scrape.type],
    dataPoints:
      scrape.type === "histogram" ? histogramPoints(scrape, times) : scrape.values.map((value) => point(value, times)),
  } as MetricData;
}

function point({ labels, value }: ScrapedValue, times: Times): object {
  return { attributes: attributesOf(labels), value, ...times };
}

interface Series {
  readonly attributes: Record<string, string>;
  readonly boundaries: number[];
  /** Of each bucket, those below it included. */
  readonly below: number[];
  sum: number;
  count: number;
}

function histogramPoints({ name, values }: Scrape, times: Times): object[] {
  const all = new Map<string, Series>();
  for (const { labels, value, metricName } of values) {
    const { le, ...own } = labels;
    const key = JSON.stringify(own);
    const series = all.get(key) ?? { attributes: attributesOf(own), boundaries: [], below: [], sum: 0, count: 0 };
    all.set(key, series);
    if (metricName === `${name}_sum`) series.sum = value;
    else if (metricName === `${name}_count`) series.count = value;
    else {
      if (le !== "+Inf" && le !== undefined) series.boundaries.push(Number(le));
      series.below.push(value);
    }
  }
  return [...all.values()].map(({ attributes, boundaries, below, sum, count }) => {
    const counts = below.map((value, index) => value - (below[index - 1] ?? 0));
    return { attributes, value: { buckets: { boundaries, counts }, sum, count }, ...times };
  });
}

function attributesOf(labels: SeriesLabels): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).map(([label, value]) => [label, String(value)]));
}
function hrTime(epochMs: number): HrTime {
  return [Math.floor(epochMs / 1000), Math.round((epochMs % 1000) * 1e6)];
}
