/** The room's verb: a bound request and its rows in, the bytes of the answer out. No I/O, no clock. */
import type { BoundRequest } from "../model/bound-request.ts";
import type { FeatureStore } from "../model/feature-store.ts";
import type { RowBlock } from "../model/lookup.ts";
import type { SurfaceRules } from "../model/surface.ts";
import { type AnswerEncoder, encodeInPieces, encodeNow } from "./answer-encoder.ts";
import { JsonEncoder } from "./encode-json.ts";
import { ResponseEncoder } from "./encode-response.ts";
import { resolveVectors } from "./precomputed-vector.ts";
import { resolveCells } from "./resolve-cells.ts";

export interface AssembleOptions {
  readonly rules: SurfaceRules;
  readonly absentCells: FeatureStore["absentCells"];
  /** Wall clock, seconds since the Unix epoch with fraction: ages against a view's ttl. */
  readonly nowSeconds: number;
  /** Largest answer. */
  readonly maxResponseBytes: number;
}

/** How a large answer gives way to others. */
export interface PieceOptions {
  readonly pieceMs: number;
  /** Monotonic. */
  readonly nowMs: () => number;
  /** Called between the pieces; throws when nobody waits for the answer any more. */
  readonly checkpoint: () => void;
}

/**
 * @param blocks rows of `bound.lookups`, same length and order
 * @returns a serialized GetOnlineFeaturesResponse, or its JSON as UTF-8, as `options.rules.answer` says
 * @throws ServeError INVALID_ARGUMENT (`limit`) for an answer over `maxResponseBytes`, FAILED_PRECONDITION for unreadable
 *   precomputed vectors, INTERNAL for stored bytes that cannot be read
 */
export function assemble(bound: BoundRequest, blocks: readonly RowBlock[], options: AssembleOptions): Buffer {
  return encodeNow(encoderOf(bound, blocks, options));
}

/** The same in pieces. @throws ServeError as {@link assemble}, and what `checkpoint` throws */
export function assembleInPieces(
  bound: BoundRequest,
  blocks: readonly RowBlock[],
  options: AssembleOptions,
  { pieceMs, nowMs, checkpoint }: PieceOptions,
): Promise<Buffer> {
  return encodeInPieces(encoderOf(bound, blocks, options), pieceMs, nowMs, checkpoint);
}

function encoderOf(bound: BoundRequest, blocks: readonly RowBlock[], options: AssembleOptions): AnswerEncoder {
  const { rules, absentCells, nowSeconds, maxResponseBytes } = options;
  const { precomputed } = bound.shape;
  const cells =
    precomputed === undefined
      ? resolveCells(bound, blocks, { statuses: rules.statuses, absentCells, nowSeconds })
      : resolveVectors(bound, precomputed, blocks, nowSeconds);
  return rules.answer === "proto"
    ? new ResponseEncoder(bound, cells, maxResponseBytes)
    : new JsonEncoder(bound, cells, maxResponseBytes);
}
