/**
 * Gives every stored cell its status. Python's servers know found and not found only (feast/utils.py:
 * _populate_response_from_feature_data); the Go server also applies the view's ttl and takes an explicit null for absent
 * (go/internal/feast/onlineserving/serving.go:TransposeFeatureRowsIntoColumns).
 */
import type { BoundRequest, OutputFeature } from "../model/bound-request.ts";
import type { FeatureStore } from "../model/feature-store.ts";
import type { RowBlock } from "../model/lookup.ts";
import type { SurfaceRules } from "../model/surface.ts";
import { TimestampReader } from "../wire/read-timestamp.ts";
import { type AnswerCells, type CellBlock, FieldStatus, sourceOffset } from "./answer-cells.ts";
import { malformed } from "./malformed.ts";

export interface StatusRules {
  readonly statuses: SurfaceRules["statuses"];
  readonly absentCells: FeatureStore["absentCells"];
  /** Seconds since the Unix epoch, with fraction. */
  readonly nowSeconds: number;
}

/** `cells` are complete once every step was made, one per output column. */
export class CellResolver {
  readonly steps: number;
  readonly cells: AnswerCells;
  readonly #rule: "go" | "found" | "all_found";
  readonly #nowSeconds: number;
  /** Of the column before: columns of one view share their age. */
  #expired: Uint8Array | undefined;
  #expiredOf: OutputFeature | undefined;

  constructor(bound: BoundRequest, rows: readonly RowBlock[], { statuses, absentCells, nowSeconds }: StatusRules) {
    // With stores that answer something for every field asked for, Python finds everything.
    this.#rule = statuses === "go" ? "go" : absentCells === "null" ? "all_found" : "found";
    this.#nowSeconds = Math.floor(nowSeconds);
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
    this.steps = this.#rule === "all_found" ? 0 : shape.outputs.length;
  }

  /** @throws ServeError INTERNAL when a stored timestamp that decides a status cannot be read */
  step(index: number): void {
    const output = this.cells.columns[index] as OutputFeature;
    const block = this.cells.blocks[output.lookup]!;
    if (this.#rule === "go") this.#fillGo(output, block);
    else fillFound(output, block);
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

/** Per key: 1 = the row is older than the view's ttl, in whole seconds (serving.go:checkOutsideTtl). */
function expiredKeys(output: OutputFeature, block: CellBlock, nowSeconds: number): Uint8Array {
  const expired = new Uint8Array(block.statuses.length / block.stride);
  const timestamp = new TimestampReader();
  const offset = sourceOffset(block, output);
  for (let key = 0; key < expired.length; key += 1) {
    const at = (key * block.stride + output.timestampSlot) * 2;
    const start = block.spans[at]!;
    const source = block.sources[key * block.sourcesPerKey + offset]!;
    try {
      if (start < 0) timestamp.read(source, 0, 0);
      else timestamp.read(source, start, block.spans[at + 1]!);
    } catch (error) {
      throw malformed(`The stored event timestamp of feature '${output.name}'`, error);
    }
    if (nowSeconds - timestamp.seconds > output.ttlSeconds) expired[key] = 1;
  }
  return expired;
}

/** `Value{null_val: NULL}`, as protobuf writes it. */
function isExplicitNull(source: Buffer, start: number, end: number): boolean {
  return end - start === 3 && source[start] === 0x98 && source[start + 1] === 0x01 && source[start + 2] === 0;
}
