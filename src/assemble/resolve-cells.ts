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
import { type AnswerCells, type CellBlock, FieldStatus } from "./answer-cells.ts";
import { malformed } from "./malformed.ts";

export interface StatusRules {
  readonly statuses: SurfaceRules["statuses"];
  readonly absentCells: FeatureStore["absentCells"];
  /** Seconds since the Unix epoch, with fraction. */
  readonly nowSeconds: number;
}

/** @throws ServeError INTERNAL when a stored timestamp that decides a status cannot be read */
export function resolveCells(bound: BoundRequest, rows: readonly RowBlock[], rules: StatusRules): AnswerCells {
  const blocks = bound.lookups.map(({ shape, keys }, index): CellBlock => {
    const { sources, spans } = rows[index] as RowBlock;
    const statuses = new Uint8Array(keys.length * shape.stride);
    // With stores that answer something for every field asked for, Python finds everything.
    if (rules.statuses === "python" && rules.absentCells === "null") statuses.fill(FieldStatus.PRESENT);
    return { stride: shape.stride, sources, spans, statuses, rowToKey: bound.rowToKey[index] as Int32Array };
  });
  const { outputs } = bound.shape;
  if (rules.statuses === "go") fillGoStatuses(outputs, blocks, Math.floor(rules.nowSeconds));
  else if (rules.absentCells === "not_found") fillFoundStatuses(outputs, blocks);
  return { columns: outputs, blocks };
}

function fillFoundStatuses(outputs: readonly OutputFeature[], blocks: readonly CellBlock[]): void {
  for (const { lookup, slot } of outputs) {
    const { stride, spans, statuses } = blocks[lookup] as CellBlock;
    for (let cell = slot; cell < statuses.length; cell += stride) {
      statuses[cell] = (spans[cell * 2] as number) < 0 ? FieldStatus.NOT_FOUND : FieldStatus.PRESENT;
    }
  }
}

function fillGoStatuses(outputs: readonly OutputFeature[], blocks: readonly CellBlock[], nowSeconds: number): void {
  let expired: Uint8Array | undefined;
  let expiredOf: OutputFeature | undefined;
  for (const output of outputs) {
    const { stride, sources, spans, statuses } = blocks[output.lookup] as CellBlock;
    if (output.ttlSeconds === 0) {
      expired = undefined;
    } else if (
      expired === undefined ||
      expiredOf?.lookup !== output.lookup ||
      expiredOf.timestampSlot !== output.timestampSlot
    ) {
      expired = expiredKeys(output, blocks[output.lookup] as CellBlock, nowSeconds);
    }
    expiredOf = output;
    for (let key = 0, cell = output.slot; cell < statuses.length; key += 1, cell += stride) {
      const start = spans[cell * 2] as number;
      if (start < 0 || isExplicitNull(sources[key] as Buffer, start, spans[cell * 2 + 1] as number)) {
        statuses[cell] = FieldStatus.NOT_FOUND;
      } else {
        statuses[cell] = expired?.[key] === 1 ? FieldStatus.OUTSIDE_MAX_AGE : FieldStatus.PRESENT;
      }
    }
  }
}

/** Per key: 1 = the row is older than the view's ttl, in whole seconds (serving.go:checkOutsideTtl). */
function expiredKeys(output: OutputFeature, block: CellBlock, nowSeconds: number): Uint8Array {
  const expired = new Uint8Array(block.statuses.length / block.stride);
  const timestamp = new TimestampReader();
  for (let key = 0; key < expired.length; key += 1) {
    const at = (key * block.stride + output.timestampSlot) * 2;
    const start = block.spans[at] as number;
    try {
      if (start < 0) timestamp.read(block.sources[key] as Buffer, 0, 0);
      else timestamp.read(block.sources[key] as Buffer, start, block.spans[at + 1] as number);
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
