/** Rows of answers by view, within its freshness objective or older. */
import type { AgeTally, ViewAges } from "../model/age-tally.ts";
import { type FreshnessSettings, objectiveMsOf } from "../model/freshness-settings.ts";
import type { LookupShape } from "../model/lookup.ts";
import { ByView } from "./by-view.ts";
import { METRICS } from "./metric-table.ts";
import { figureMetric, type ScrapedMetric, type ScrapedValue } from "./scraped-metric.ts";

/** By the index in {@link ViewAges.rows}. */
const OUTCOMES = ["within", "older"] as const;

export class FreshnessMetrics implements AgeTally {
  readonly metric: ScrapedMetric;
  readonly #settings: FreshnessSettings;
  readonly #views = new ByView(() => new Float64Array(OUTCOMES.length));
  /** A shape lives as long as the plans that have it. */
  readonly #ofShapes = new WeakMap<LookupShape, readonly (ViewAges | undefined)[]>();

  constructor(settings: FreshnessSettings) {
    this.#settings = settings;
    this.metric = figureMetric(METRICS.freshnessRows, () => this.#lines());
  }

  of(shape: LookupShape): readonly (ViewAges | undefined)[] {
    let ages = this.#ofShapes.get(shape);
    if (ages === undefined) {
      ages = shape.views.map(({ storageName }) => this.#agesOf(storageName));
      this.#ofShapes.set(shape, ages);
    }
    return ages;
  }

  #agesOf(view: string): ViewAges | undefined {
    const objectiveSeconds = objectiveMsOf(view, this.#settings) / 1000;
    return objectiveSeconds === 0 ? undefined : { objectiveSeconds, rows: this.#views.of(view) };
  }

  /** Both outcomes of a view from its first row on, so that a share of them is one. */
  #lines(): ScrapedValue[] {
    const lines: ScrapedValue[] = [];
    for (const [view, rows] of this.#views.entries()) {
      for (const [index, outcome] of OUTCOMES.entries()) lines.push({ labels: { view, outcome }, value: rows[index]! });
    }
    return lines;
  }
}
