/** Counts the rows of an answer by whether their values are older than their view's objective. */
import type { AgeTally, ViewAges } from "../model/age-tally.ts";
import type { BoundRequest } from "../model/bound-request.ts";
import { type RowBlock, sourceOf } from "../model/lookup.ts";
import { TimestampReader } from "../wire/read-timestamp.ts";
import type { Steps } from "./steps.ts";

const timestamp = new TimestampReader();

/**
 * All rows now. One that does not exist, or has declared values or none, has no event time and is not counted; one that cannot be read
 * neither.
 * @param nowSeconds wall clock, seconds since the Unix epoch
 */
export function countAges(bound: BoundRequest, blocks: readonly RowBlock[], tally: AgeTally, nowSeconds: number): void {
  const { lookups } = bound;
  for (let lookup = 0; lookup < lookups.length; lookup += 1) {
    const ages = tally.of(lookups[lookup]!.shape);
    for (let view = 0; view < ages.length; view += 1) {
      const own = ages[view];
      if (own !== undefined) countView(bound, blocks[lookup]!, lookup, view, own, nowSeconds);
    }
  }
}

/** The same, view by view. */
export class AgeSteps implements Steps {
  readonly #bound: BoundRequest;
  readonly #blocks: readonly RowBlock[];
  readonly #nowSeconds: number;
  readonly #counted: { readonly lookup: number; readonly view: number; readonly ages: ViewAges }[] = [];

  constructor(bound: BoundRequest, blocks: readonly RowBlock[], tally: AgeTally, nowSeconds: number) {
    this.#bound = bound;
    this.#blocks = blocks;
    this.#nowSeconds = nowSeconds;
    for (const [lookup, { shape }] of bound.lookups.entries()) {
      for (const [view, ages] of tally.of(shape).entries()) {
        if (ages !== undefined) this.#counted.push({ lookup, view, ages });
      }
    }
  }

  get steps(): number {
    return this.#counted.length;
  }

  step(index: number): void {
    const { lookup, view, ages } = this.#counted[index]!;
    countView(this.#bound, this.#blocks[lookup]!, lookup, view, ages, this.#nowSeconds);
  }
}

function countView(
  { lookups, rowToKey, rows }: BoundRequest,
  block: RowBlock,
  lookup: number,
  view: number,
  { objectiveSeconds, rows: counts }: ViewAges,
  nowSeconds: number,
): void {
  const { stride, views } = lookups[lookup]!.shape;
  const { timestampSlot } = views[view]!;
  const keys = rowToKey[lookup]!;
  const { spans } = block;
  for (let row = 0; row < rows; row += 1) {
    const key = keys[row]!;
    const at = 2 * (key * stride + timestampSlot);
    if (key < 0 || spans[at]! < 0) continue;
    if (!timestamp.tryRead(sourceOf(block, key, view), spans[at]!, spans[at + 1]!)) continue;
    const seconds = timestamp.seconds + timestamp.nanos / 1e9;
    counts[nowSeconds - seconds > objectiveSeconds ? 1 : 0]! += 1;
  }
}
