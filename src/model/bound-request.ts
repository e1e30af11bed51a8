/** What `plan` hands over: a compiled answer shape plus this request's rows. */
import type { Lookup } from "./lookup.ts";
import type { ValueColumn } from "./request.ts";

/** One stored feature of the answer and where its cells are found. */
export interface OutputFeature {
  /** As printed in the answer's metadata. */
  readonly name: string;
  /** Index into `BoundRequest.lookups`. */
  readonly lookup: number;
  /** Index into that lookup's `shape.views`. */
  readonly view: number;
  readonly slot: number;
  readonly timestampSlot: number;
  /** The view's ttl in whole seconds, 0 = no limit; applied only where the surface's statuses say so. */
  readonly ttlSeconds: number;
}

/** A service whose vectors were computed ahead: the only lookup reads the view `__precomputed__{service}`, feature `vector`. */
export interface PrecomputedShape {
  readonly service: string;
  /** Per output: the name inside the blob, always `{name_to_use}__{feature}`. */
  readonly storedNames: readonly string[];
}

/**
 * The constant half of an answer: same object for all requests of a shape, so encoders may memoise its bytes in a WeakMap.
 * Columns of the answer are the echoed entity columns, then the outputs.
 */
export interface AnswerShape {
  readonly echoNames: readonly string[];
  readonly outputs: readonly OutputFeature[];
  /** Empty unless the caller asked for version metadata; version 0 is printed as absent in JSON. */
  readonly viewVersions: readonly { readonly name: string; readonly version: number }[];
  readonly precomputed: PrecomputedShape | undefined;
}

export interface BoundRequest {
  readonly shape: AnswerShape;
  readonly rows: number;
  /** Aligned with `shape.echoNames`: converted values, printed with status PRESENT and timestamp 0. */
  readonly echoes: readonly ValueColumn[];
  readonly lookups: readonly Lookup[];
  /** Per lookup: row of the request → index of its key. */
  readonly rowToKey: readonly Int32Array[];
}
