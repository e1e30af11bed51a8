/**
 * Answers of services whose vectors were computed ahead: each key's row is one serialized feast.core.PrecomputedFeatureVector,
 * spread out here into the cells an ordinary read would give
 * (feast/infra/online_stores/online_store.py:_try_precomputed_fast_path). Any problem fails the request: Feast has no fallback.
 */
import type { AnswerShape, BoundRequest, PrecomputedShape } from "../model/bound-request.ts";
import type { RowBlock } from "../model/lookup.ts";
import { unreadableVectors } from "../model/unreadable-vectors.ts";
import { TimestampReader } from "../wire/read-timestamp.ts";
import { WireError } from "../wire/wire-error.ts";
import { WireReader } from "../wire/wire-reader.ts";
import { type AnswerCells, type CellColumn, FieldStatus } from "./answer-cells.ts";
import { Kind, kindOfTag } from "./value-kinds.ts";

const BYTES_VAL_TAG = 0x0a;
const FEATURE_NAMES_TAG = 0x0a;
const VALUES_TAG = 0x12;
const FV_TIMESTAMPS_TAG = 0x1a;
const PRECOMPUTED_AT_TAG = 0x22;

/** What follows from the shape alone. */
interface VectorLayout {
  readonly columns: readonly CellColumn[];
  /** Views with a ttl, by the name that stands before the first `__` of a stored name, as Feast takes it. */
  readonly agingViews: readonly { readonly name: Buffer; readonly ttlSeconds: number }[];
  /** Per output: index into `agingViews`, −1 = never too old. */
  readonly viewOfOutput: Int32Array;
}

const layouts = new WeakMap<AnswerShape, VectorLayout>();

/** @throws ServeError FAILED_PRECONDITION when a vector is missing, unreadable or of another schema */
export function resolveVectors(
  bound: BoundRequest,
  precomputed: PrecomputedShape,
  rows: readonly RowBlock[],
  nowSeconds: number,
): AnswerCells {
  const layout = layoutOf(bound.shape, precomputed);
  const { sources, spans: stored } = rows[0] as RowBlock;
  const stride = layout.columns.length + 1;
  const storedStride = bound.lookups[0]?.shape.stride ?? 1;
  const spans = new Int32Array(sources.length * stride * 2);
  const statuses = new Uint8Array(sources.length * stride).fill(FieldStatus.PRESENT);
  const vector = new VectorReader(layout.agingViews);
  let firstNames: readonly string[] | undefined;
  let sourceOfOutput: readonly number[] = [];
  for (let key = 0; key < sources.length; key += 1) {
    const at = key * storedStride * 2;
    if (!vector.read(sources[key] as Buffer, stored[at] as number, stored[at + 1] as number))
      throw unreadableVectors(precomputed.service);
    if (firstNames === undefined) {
      firstNames = vector.names;
      sourceOfOutput = matchNames(precomputed, firstNames);
    } else if (!sameNames(vector.names, firstNames) || vector.names.length !== layout.columns.length) {
      throw unreadableVectors(precomputed.service);
    }
    const base = key * stride;
    for (let output = 0; output < layout.columns.length; output += 1) {
      const source = (sourceOfOutput[output] as number) * 2;
      if (source >= vector.valueSpans.length) throw unreadableVectors(precomputed.service);
      spans[(base + output) * 2] = vector.valueSpans[source] as number;
      spans[(base + output) * 2 + 1] = vector.valueSpans[source + 1] as number;
      const view = layout.viewOfOutput[output] as number;
      if (view >= 0 && vector.isExpired(view, nowSeconds)) statuses[base + output] = FieldStatus.OUTSIDE_MAX_AGE;
    }
    spans[(base + stride - 1) * 2] = vector.computedStart;
    spans[(base + stride - 1) * 2 + 1] = vector.computedStop;
  }
  const block = { stride, sources, sourcesPerKey: 1, spans, statuses, rowToKey: bound.rowToKey[0] as Int32Array };
  return { columns: layout.columns, blocks: [block] };
}

function layoutOf(shape: AnswerShape, { storedNames }: PrecomputedShape): VectorLayout {
  const known = layouts.get(shape);
  if (known !== undefined) return known;
  const timestampSlot = shape.outputs.length;
  const views = new Map<string, number>();
  const agingViews: { name: Buffer; ttlSeconds: number }[] = [];
  const viewOfOutput = new Int32Array(timestampSlot).fill(-1);
  shape.outputs.forEach(({ ttlSeconds }, output) => {
    if (ttlSeconds === 0) return;
    const name = storedNames[output]?.split("__", 1)[0] ?? "";
    if (!views.has(name)) {
      views.set(name, agingViews.length);
      agingViews.push({ name: Buffer.from(name), ttlSeconds });
    }
    viewOfOutput[output] = views.get(name) ?? -1;
  });
  const columns = shape.outputs.map(({ name }, slot) => ({ name, lookup: 0, view: 0, slot, timestampSlot }));
  const layout = { columns, agingViews, viewOfOutput };
  layouts.set(shape, layout);
  return layout;
}

/** Per output the index of its value. Names are compared as sets, so their order is free. */
function matchNames(precomputed: PrecomputedShape, names: readonly string[]): number[] {
  const indexOf = new Map(names.map((name, index) => [name, index]));
  if (indexOf.size !== new Set(precomputed.storedNames).size) throw unreadableVectors(precomputed.service);
  return precomputed.storedNames.map((name) => {
    const index = indexOf.get(name);
    if (index === undefined) throw unreadableVectors(precomputed.service);
    return index;
  });
}

function sameNames(names: readonly string[], expected: readonly string[]): boolean {
  return names.length === expected.length && names.every((name, index) => name === expected[index]);
}

/** Reads one row's vector into spans of the row's own buffer. */
class VectorReader {
  names: string[] = [];
  /** Value i is `[valueSpans[2i], valueSpans[2i+1])`. */
  readonly valueSpans: number[] = [];
  computedStart = 0;
  computedStop = 0;
  readonly #views: VectorLayout["agingViews"];
  /** Per aging view: its event time, NaN = the vector names none. */
  readonly #eventSeconds: Float64Array;
  readonly #reader = new WireReader();
  readonly #timestamp = new TimestampReader();

  constructor(views: VectorLayout["agingViews"]) {
    this.#views = views;
    this.#eventSeconds = new Float64Array(views.length);
  }

  /** @param start of the stored Value, −1 = absent @returns false when there is no readable vector */
  read(source: Buffer, start: number, end: number): boolean {
    this.names = [];
    this.valueSpans.length = 0;
    this.computedStart = 0;
    this.computedStop = 0;
    this.#eventSeconds.fill(Number.NaN);
    if (start < 0) return false;
    try {
      if (!this.#findBytes(source, start, end)) return false;
      this.#readVector(source, this.#reader.start, this.#reader.stop);
      return true;
    } catch (error) {
      if (error instanceof WireError) return false;
      throw error;
    }
  }

  /** Older than the view's ttl, in fractions of seconds; a view without a recorded time never is. */
  isExpired(view: number, nowSeconds: number): boolean {
    return nowSeconds - (this.#eventSeconds[view] as number) > (this.#views[view]?.ttlSeconds ?? 0);
  }

  /** Leaves the payload of `bytes_val` in the reader's span; false when the Value holds something else. */
  #findBytes(source: Buffer, start: number, end: number): boolean {
    const reader = this.#reader.reset(source, start, end);
    let from = -1;
    let to = -1;
    while (reader.position < reader.end) {
      const tag = reader.readTag();
      reader.skip(tag);
      if (tag === BYTES_VAL_TAG) {
        from = reader.start;
        to = reader.stop;
      } else if (kindOfTag(tag) !== Kind.NONE) {
        from = -1;
      }
    }
    reader.start = from;
    reader.stop = to;
    return from >= 0;
  }

  #readVector(source: Buffer, start: number, end: number): void {
    const reader = this.#reader.reset(source, start, end);
    while (reader.position < reader.end) {
      const tag = reader.readTag();
      if (tag === FV_TIMESTAMPS_TAG) {
        this.#readViewTimestamp(source);
        continue;
      }
      reader.skip(tag);
      if (tag === FEATURE_NAMES_TAG) {
        this.names.push(source.toString("utf8", reader.start, reader.stop));
      } else if (tag === VALUES_TAG) {
        this.valueSpans.push(reader.start, reader.stop);
      } else if (tag === PRECOMPUTED_AT_TAG) {
        this.computedStart = reader.start;
        this.computedStop = reader.stop;
      }
    }
  }

  #readViewTimestamp(source: Buffer): void {
    const reader = this.#reader;
    const timestamp = this.#timestamp;
    const outerEnd = reader.enter();
    let nameStart = 0;
    let nameStop = 0;
    timestamp.read(source, 0, 0);
    while (reader.position < reader.end) {
      const tag = reader.readTag();
      reader.skip(tag);
      if (tag === 0x0a) {
        nameStart = reader.start;
        nameStop = reader.stop;
      } else if (tag === 0x12) {
        timestamp.read(source, reader.start, reader.stop);
      }
    }
    reader.leave(outerEnd);
    for (let view = 0; view < this.#views.length; view += 1) {
      const name = this.#views[view]?.name as Buffer;
      if (name.compare(source, nameStart, nameStop) === 0) {
        this.#eventSeconds[view] = timestamp.seconds + timestamp.nanos / 1e9;
      }
    }
  }
}
