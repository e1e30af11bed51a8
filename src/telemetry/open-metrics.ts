/** The same metrics in the OpenMetrics format, the only one that has exemplars. */
import { type Metric, type OpenMetricsContentType, Registry } from "prom-client";
import type { Scrape, ScrapedMetric } from "./scraped-metric.ts";

const COUNTER_END = /_total$/;

/**
 * @param registry whose metrics are shown
 * @returns a registry of another format: prom-client takes `_total` off the names of the counters themselves there, so it gets views of them
 */
export function openMetricsOf(registry: Registry): Registry<OpenMetricsContentType> {
  const open = new Registry<OpenMetricsContentType>();
  open.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  for (const metric of registry.getMetricsAsArray() as unknown as ScrapedMetric[]) {
    open.registerMetric(viewOf(metric) as unknown as Metric);
  }
  return open;
}

function viewOf(metric: ScrapedMetric): object {
  const isCounter = metric.type === "counter";
  const name = isCounter ? metric.name.replace(COUNTER_END, "") : metric.name;
  return { name, help: metric.help, type: metric.type, get: async () => ({ ...(await scrapeOf(metric)), name }) };
}

/** A metric's lines; those of prom-client's own classes come as a promise. */
export async function scrapeOf(metric: ScrapedMetric): Promise<Scrape> {
  const { getForPromString } = metric as { getForPromString?: () => Promise<Scrape> };
  return getForPromString === undefined ? metric.get() : getForPromString.call(metric);
}
