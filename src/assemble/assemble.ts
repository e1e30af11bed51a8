/** The room's verb: a bound request and its rows in, the bytes of the answer out. No I/O, no clock. */
import type { AgeTally } from "../model/age-tally.ts";
import type { BoundRequest, PrecomputedShape } from "../model/bound-request.ts";
import type { CellTally } from "../model/cell-tally.ts";
import type { FeatureStore } from "../model/feature-store.ts";
import type { RowBlock } from "../model/lookup.ts";
import type { SurfaceRules } from "../model/surface.ts";
import type { TimeSlices } from "../timing/time-slices.ts";
import type { AnswerCells } from "./answer-cells.ts";
import { ColumnTally } from "./column-tally.ts";
import { AgeSteps, countAges } from "./count-ages.ts";
import { JsonEncoder } from "./encode-json.ts";
import { encodeOneRow } from "./encode-one-row.ts";
import { ResponseEncoder } from "./encode-response.ts";
import { resolveVectors } from "./precomputed-vector.ts";
import { CellResolver } from "./resolve-cells.ts";
import { hasStandIns } from "./shown-cells.ts";
import { statusRuleOf } from "./status-rule.ts";
import { type AnswerEncoder, stepInSlices, stepNow } from "./steps.ts";

export interface AssembleOptions {
  readonly rules: SurfaceRules;
  readonly absentCells: FeatureStore["absentCells"];
  /** Wall clock, seconds since the Unix epoch with fraction: ages against a view's ttl. */
  readonly nowSeconds: number;
  /** Largest answer. */
  readonly maxResponseBytes: number;
  readonly tally?: CellTally | undefined;
  /** Counts rows by their age; undefined = no view has an objective. */
  readonly ages?: AgeTally | undefined;
}

/**
 * @param blocks rows of `bound.lookups`, same length and order
 * @returns a serialized GetOnlineFeaturesResponse, or its JSON as UTF-8, as `options.rules.answer` says
 * @throws ServeError INVALID_ARGUMENT (`limit`) for an answer over `maxResponseBytes`, FAILED_PRECONDITION for unreadable
 *   precomputed vectors, INTERNAL for stored bytes that cannot be read
 */
export function assemble(bound: BoundRequest, blocks: readonly RowBlock[], options: AssembleOptions): Buffer {
  const bytes = encode(bound, blocks, options);
  if (options.ages !== undefined) countAges(bound, blocks, options.ages, options.nowSeconds);
  return bytes;
}

function encode(bound: BoundRequest, blocks: readonly RowBlock[], options: AssembleOptions): Buffer {
  if (
    bound.rows === 1 &&
    options.rules.answer === "proto" &&
    bound.shape.precomputed === undefined &&
    !hasStandIns(blocks)
  ) {
    const { rules, absentCells, nowSeconds, maxResponseBytes, tally } = options;
    const rule = statusRuleOf(rules.statuses, absentCells);
    return encodeOneRow(bound, blocks, rule, Math.floor(nowSeconds), maxResponseBytes, tally);
  }
  const resolver = resolverOf(bound, blocks, options);
  if (resolver !== undefined) stepNow(resolver);
  const encoder = encoderOf(bound, resolver?.cells ?? vectorsOf(bound, blocks, options), options);
  stepNow(encoder);
  return encoder.finish();
}

/** The same in slices. @throws ServeError as {@link assemble}, and what the slices' checkpoint throws */
export async function assembleInSlices(
  bound: BoundRequest,
  blocks: readonly RowBlock[],
  options: AssembleOptions,
  slices: TimeSlices,
): Promise<Buffer> {
  const resolver = resolverOf(bound, blocks, options);
  if (resolver !== undefined) await stepInSlices(resolver, slices);
  const encoder = encoderOf(bound, resolver?.cells ?? vectorsOf(bound, blocks, options), options);
  await stepInSlices(encoder, slices);
  const { ages, nowSeconds } = options;
  if (ages !== undefined) await stepInSlices(new AgeSteps(bound, blocks, ages, nowSeconds), slices);
  return encoder.finish();
}

/** undefined: the answer is made of precomputed vectors. */
function resolverOf(
  bound: BoundRequest,
  blocks: readonly RowBlock[],
  { rules, absentCells, nowSeconds }: AssembleOptions,
): CellResolver | undefined {
  if (bound.shape.precomputed !== undefined) return undefined;
  return new CellResolver(bound, blocks, statusRuleOf(rules.statuses, absentCells), Math.floor(nowSeconds));
}

function vectorsOf(bound: BoundRequest, blocks: readonly RowBlock[], { nowSeconds }: AssembleOptions): AnswerCells {
  return resolveVectors(bound, bound.shape.precomputed as PrecomputedShape, blocks, nowSeconds);
}

function encoderOf(
  bound: BoundRequest,
  cells: AnswerCells,
  { rules, maxResponseBytes, tally }: AssembleOptions,
): AnswerEncoder {
  const counted = tally && new ColumnTally(bound, tally);
  return rules.answer === "proto"
    ? new ResponseEncoder(bound, cells, maxResponseBytes, counted)
    : new JsonEncoder(bound, cells, maxResponseBytes, counted);
}
