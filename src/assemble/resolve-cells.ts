/** Gives every stored cell of many rows its status. */
import type { BoundRequest, OutputFeature } from "../model/bound-request.ts";
import type { RowBlock } from "../model/lookup.ts";
import { type AnswerCells, type CellBlock, FieldStatus, sourceOffset } from "./answer-cells.ts";
import { hasStandIns, showStandIns } from "./shown-cells.ts";
import { isExpired, isExplicitNull, type StatusRule } from "./status-rule.ts";

/** `cells` are complete once every step was made, one per output column. */
export class CellResolver {
  readonly steps: number;
  readonly cells: AnswerCells;
  readonly #rule: StatusRule;
  readonly #nowSeconds: number;
  readonly #rows: readonly RowBlock[];
  readonly #hasStandIns: boolean;
  /** Of the column before: columns of one view share their age. */
  #expired: Uint8Array | undefined;
  #expiredOf: OutputFeature | undefined;

  /** @param nowSeconds whole seconds since the Unix epoch */
  constructor(bound: BoundRequest, rows: readonly RowBlock[], rule: StatusRule, nowSeconds: number) {
    this.#rule = rule;
    this.#nowSeconds = nowSeconds;
    this.#rows = rows;
    this.#hasStandIns = hasStandIns(rows);
    const { lookups, rowToKey, shape } = bound;
    const blocks: CellBlock[] = [];
    for (let index = 0; index < lookups.length; index += 1) {
      const { sources, sourcesPerKey, spans } = rows[index]!;
      const { shape: asked, keys } = lookups[index]!;
      const { stride } = asked;
      const cells = new Uint8Array(keys.length * stride);
      if (this.#rule === "all_found") cells.fill(FieldStatus.PRESENT);
      blocks.push({
        stride,
        sources,
        sourcesPerKey: sourcesPerKey ?? 1,
        spans,
        statuses: cells,
        rowToKey: rowToKey[index]!,
      });
    }
    this.cells = { columns: shape.outputs, blocks };
    this.steps = this.#rule === "all_found" && !this.#hasStandIns ? 0 : shape.outputs.length;
  }

  /** @throws ServeError INTERNAL when a stored timestamp that decides a status cannot be read */
  step(index: number): void {
    const output = this.cells.columns[index] as OutputFeature;
    const block = this.cells.blocks[output.lookup]!;
    if (this.#rule === "go") this.#fillGo(output, block);
    else if (this.#rule === "found") fillFound(output, block);
    if (this.#hasStandIns) showStandIns(output, this.#rows[output.lookup]!, block.stride, block.statuses);
  }

  #fillGo(output: OutputFeature, block: CellBlock): void {
    if (output.ttlSeconds === 0) this.#expired = undefined;
    else if (
      this.#expired === undefined ||
      this.#expiredOf?.lookup !== output.lookup ||
      this.#expiredOf.timestampSlot !== output.timestampSlot
    ) {
      this.#expired = expiredKeys(output, block, this.#nowSeconds);
    }
    this.#expiredOf = output;
    const expired = this.#expired;
    const { stride, sources, sourcesPerKey, spans, statuses } = block;
    const offset = sourceOffset(block, output);
    for (let key = 0, cell = output.slot; cell < statuses.length; key += 1, cell += stride) {
      const start = spans[cell * 2]!;
      if (start < 0 || isExplicitNull(sources[key * sourcesPerKey + offset]!, start, spans[cell * 2 + 1]!)) {
        statuses[cell] = FieldStatus.NOT_FOUND;
      } else {
        statuses[cell] = expired?.[key] === 1 ? FieldStatus.OUTSIDE_MAX_AGE : FieldStatus.PRESENT;
      }
    }
  }
}

function fillFound({ slot }: OutputFeature, { stride, spans, statuses }: CellBlock): void {
  for (let cell = slot; cell < statuses.length; cell += stride) {
    statuses[cell] = spans[cell * 2]! < 0 ? FieldStatus.NOT_FOUND : FieldStatus.PRESENT;
  }
}

/** Per key: 1 = the row is older than the view's ttl. */
function expiredKeys(output: OutputFeature, block: CellBlock, nowSeconds: number): Uint8Array {
  const expired = new Uint8Array(block.statuses.length / block.stride);
  const offset = sourceOffset(block, output);
  for (let key = 0; key < expired.length; key += 1) {
    const at = (key * block.stride + output.timestampSlot) * 2;
    const source = block.sources[key * block.sourcesPerKey + offset]!;
    if (isExpired(output, source, block.spans[at]!, block.spans[at + 1]!, nowSeconds)) expired[key] = 1;
  }
  return expired;
}
