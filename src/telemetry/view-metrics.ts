/** What is told of each feature view: cells that are not just values, and how old its values are. */
import type { BoundRequest } from "../model/bound-request.ts";
import type { CellTally } from "../model/cell-tally.ts";
import type { DegradationPolicy } from "../model/degradation.ts";
import { type RowBlock, sourceOf } from "../model/lookup.ts";
import { TimestampReader } from "../wire/read-timestamp.ts";
import { ByView } from "./by-view.ts";
import { METRICS } from "./metric-table.ts";
import { figureMetric, type ScrapedMetric, type ScrapedValue } from "./scraped-metric.ts";

/** Ages are looked at this often, of one row of each view. */
const LOOK_EVERY_MS = 100;
/** The figures are those of the latest one to two of these. */
const WINDOW_MS = 60_000;
const OUTCOMES = ["missing", "null", "expired", "stale", "default", "partial"] as const;

interface AgeWindow {
  newestSeconds: number;
  oldestSeconds: number;
}

interface ViewFigures {
  /** By the index in {@link OUTCOMES}. */
  readonly cells: Float64Array;
  now: AgeWindow | undefined;
  before: AgeWindow | undefined;
}

export class ViewMetrics implements CellTally {
  readonly metrics: readonly ScrapedMetric[];
  readonly #views = new ByView<ViewFigures>(() => ({
    cells: new Float64Array(OUTCOMES.length),
    now: undefined,
    before: undefined,
  }));
  readonly #epochMs: () => number;
  readonly #timestamp = new TimestampReader();
  #lookMs = 0;
  #windowEndMs = 0;

  /** @param epochMs wall clock, which ages are by */
  constructor(epochMs: () => number) {
    this.#epochMs = epochMs;
    this.metrics = [
      figureMetric(METRICS.viewCells, () => this.#cellLines()),
      figureMetric(METRICS.viewAge, () => this.#ageLines()),
    ];
  }

  add(view: string, missing: number, nulls: number, expired: number): void {
    const { cells } = this.#views.of(view);
    cells[0]! += missing;
    cells[1]! += nulls;
    cells[2]! += expired;
  }

  /** Cells of rows that stand in for others. */
  degraded(view: string, policy: DegradationPolicy, cells: number): void {
    this.#views.of(view).cells[OUTCOMES.indexOf(policy)]! += cells;
  }

  /** Rows of an answer, of which now and then the ages are looked at. @param nowMs monotonic: whether it is time, without asking the clock */
  rows({ lookups }: BoundRequest, blocks: readonly RowBlock[], nowMs: number): void {
    if (nowMs < this.#lookMs) return;
    this.#lookMs = nowMs + LOOK_EVERY_MS;
    if (nowMs >= this.#windowEndMs) this.#turn(nowMs);
    const epochMs = this.#epochMs();
    for (let index = 0; index < lookups.length; index += 1) {
      const { shape, keys } = lookups[index]!;
      if (keys.length === 0) continue;
      const block = blocks[index]!;
      for (let view = 0; view < shape.views.length; view += 1) {
        const { storageName, timestampSlot } = shape.views[view]!;
        const start = block.spans[2 * timestampSlot]!;
        // A row that stands in for another is none of the store's.
        if (start < 0 || block.shown?.[view]) continue;
        this.#age(storageName, sourceOf(block, 0, view), start, block.spans[2 * timestampSlot + 1]!, epochMs);
      }
    }
  }

  #age(view: string, source: Buffer, start: number, end: number, epochMs: number): void {
    if (!this.#timestamp.tryRead(source, start, end)) return;
    const ageSeconds = epochMs / 1000 - this.#timestamp.seconds;
    const figures = this.#views.of(view);
    figures.now ??= { newestSeconds: ageSeconds, oldestSeconds: ageSeconds };
    figures.now.newestSeconds = Math.min(figures.now.newestSeconds, ageSeconds);
    figures.now.oldestSeconds = Math.max(figures.now.oldestSeconds, ageSeconds);
  }

  #turn(nowMs: number): void {
    const isNext = nowMs < this.#windowEndMs + WINDOW_MS;
    for (const [, figures] of this.#views.entries()) {
      figures.before = isNext ? figures.now : undefined;
      figures.now = undefined;
    }
    this.#windowEndMs = nowMs + WINDOW_MS;
  }

  #cellLines(): ScrapedValue[] {
    const lines: ScrapedValue[] = [];
    for (const [view, { cells }] of this.#views.entries()) {
      for (const [index, outcome] of OUTCOMES.entries()) {
        if (cells[index]! > 0) lines.push({ labels: { view, outcome }, value: cells[index]! });
      }
    }
    return lines;
  }

  #ageLines(): ScrapedValue[] {
    const lines: ScrapedValue[] = [];
    for (const [view, { now, before }] of this.#views.entries()) {
      const windows = [now, before].filter((window) => window !== undefined);
      if (windows.length === 0) continue;
      const newest = Math.min(...windows.map(({ newestSeconds }) => newestSeconds));
      const oldest = Math.max(...windows.map(({ oldestSeconds }) => oldestSeconds));
      lines.push(
        { labels: { view, which: "newest" }, value: newest },
        { labels: { view, which: "oldest" }, value: oldest },
      );
    }
    return lines;
  }
}
