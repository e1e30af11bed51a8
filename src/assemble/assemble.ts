/** The room's verb: a bound request and its rows in, the bytes of the answer out. No I/O, no clock. */
import type { BoundRequest } from "../model/bound-request.ts";
import type { FeatureStore } from "../model/feature-store.ts";
import type { RowBlock } from "../model/lookup.ts";
import type { SurfaceRules } from "../model/surface.ts";
import { encodeJson } from "./encode-json.ts";
import { encodeResponse } from "./encode-response.ts";
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

/**
 * @param blocks rows of `bound.lookups`, same length and order
 * @returns a serialized GetOnlineFeaturesResponse, or its JSON as UTF-8, as `options.rules.answer` says
 * @throws ServeError INVALID_ARGUMENT (`limit`) for an answer over `maxResponseBytes`, FAILED_PRECONDITION for unreadable
 *   precomputed vectors, INTERNAL for stored bytes that cannot be read
 */
export function assemble(bound: BoundRequest, blocks: readonly RowBlock[], options: AssembleOptions): Buffer {
  const { rules, absentCells, nowSeconds, maxResponseBytes } = options;
  const { precomputed } = bound.shape;
  const cells =
    precomputed === undefined
      ? resolveCells(bound, blocks, { statuses: rules.statuses, absentCells, nowSeconds })
      : resolveVectors(bound, precomputed, blocks, nowSeconds);
  const encode = rules.answer === "proto" ? encodeResponse : encodeJson;
  return encode(bound, cells, maxResponseBytes);
}
