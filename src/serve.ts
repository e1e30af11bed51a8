/**
 * The way of a request on one page: snapshot → plan → cache → store → assemble. Rooms do not know each other; only this file
 * knows their order. A request comes in as a FeatureRequest and leaves as the bytes of its answer, or as a ServeError.
 */
import { type AssembleOptions, assemble, assembleInSlices } from "./assemble/assemble.ts";
import type { CachedReads } from "./cache/cached-reads.ts";
import type { BoundRequest } from "./model/bound-request.ts";
import type { FeatureStore } from "./model/feature-store.ts";
import { MOST_SMALL_CELLS, type RowBlock } from "./model/lookup.ts";
import type { CallContext, FeatureRequest } from "./model/request.ts";
import { ServeError } from "./model/serve-error.ts";
import type { RegistrySnapshot } from "./model/snapshot.ts";
import type { Surface, SurfaceRules } from "./model/surface.ts";
import { unreadableVectors } from "./model/unreadable-vectors.ts";
import type { Planner } from "./plan/plan-request.ts";
import { SliceTurns, TimeSlices } from "./timing/time-slices.ts";

export type ReadOutcome = "ok" | ServeError["code"];

export interface ServeParts {
  /** The registry as last loaded, undefined before the first load. */
  readonly snapshot: () => RegistrySnapshot | undefined;
  readonly planner: Planner;
  readonly store: FeatureStore;
  /** Stands before the store; undefined = no cache. It makes its own reads of the store, and tells how they ended. */
  readonly cache?: CachedReads | undefined;
  readonly rules: Readonly<Record<Surface, SurfaceRules>>;
  readonly maxResponseBytes: number;
  /** Told how each read of the store that is made here ended. */
  readonly onRead: (outcome: ReadOutcome) => void;
  /** Wall clock, epoch milliseconds: ages against a view's ttl. */
  readonly nowMs: () => number;
  /** `performance.now()`: deadlines. */
  readonly monotonicMs: () => number;
}

/** Answers above this many cells are made in slices: 10,000 cells take about 0.5 ms as protobuf and 2.5 ms as JSON. */
const LARGE_CELLS = 10_000;
/** Requests of more rows are bound in slices: 1,000 keys take about 0.5 ms. */
const LARGE_ROWS = 1_000;
/** How long a large request holds the event loop at a time. */
const SLICE_MS = 1;

/**
 * Answers one request: serialized GetOnlineFeaturesResponse for the gRPC surfaces, UTF-8 JSON for HTTP.
 * @throws ServeError, at once or as the promise's rejection
 */
export type Serve = (request: FeatureRequest, call: CallContext) => Promise<Uint8Array>;

export function createServe(parts: ServeParts): Serve {
  const { planner, store, cache, onRead, maxResponseBytes, monotonicMs } = parts;
  /** All large requests together take one slice of a turn. */
  const turns = new SliceTurns();
  const assembleOptions = (rules: SurfaceRules): AssembleOptions => ({
    rules,
    absentCells: store.absentCells,
    nowSeconds: parts.nowMs() / 1000,
    maxResponseBytes,
  });

  /** Not async, for its calls are nearly all there are: of the promises that would make, two are left (1 µs of a small call). */
  const readAndAssemble = (bound: BoundRequest, rules: SurfaceRules, call: CallContext): Promise<Uint8Array> => {
    refuseExpired(call, monotonicMs);
    const isLarge = bound.rows > LARGE_ROWS || bound.rows * bound.shape.outputs.length > LARGE_CELLS;
    // The rows of a batch would push those of predictions out, and nobody would ask for them again.
    const goesPast = isLarge || (call.priority ?? "live") !== "live" || hasWideRow(bound);
    const rowCache = goesPast ? undefined : cache;
    const hit = rowCache?.readNow(bound.lookups, monotonicMs());
    if (hit !== undefined) return Promise.resolve(assemble(bound, hit, assembleOptions(rules)));
    const read =
      rowCache === undefined
        ? store.read(bound.lookups, call.deadlineMs, false, call)
        : rowCache.read(bound.lookups, call.deadlineMs);
    return read.then(
      (blocks) => {
        if (rowCache === undefined) onRead("ok");
        refuseExpired(call, monotonicMs);
        markLag(bound, blocks, call);
        return isLarge
          ? assembleInSlices(bound, blocks, assembleOptions(rules), slicesOf(call))
          : assemble(bound, blocks, assembleOptions(rules));
      },
      (error) => {
        if (rowCache === undefined) onRead(outcomeOf(error));
        throw readFailed(error, bound);
      },
    );
  };

  const bindLarge = async (
    request: FeatureRequest,
    call: CallContext,
    snapshot: RegistrySnapshot,
  ): Promise<Uint8Array> => {
    const rules = parts.rules[request.surface];
    return readAndAssemble(await planner.bindInSlices(snapshot, request, rules, slicesOf(call)), rules, call);
  };

  const slicesOf = (call: CallContext): TimeSlices =>
    new TimeSlices(turns, SLICE_MS, monotonicMs, () => refuseExpired(call, monotonicMs));

  return (request, call) => {
    const snapshot = parts.snapshot();
    if (snapshot === undefined) {
      throw new ServeError("UNAVAILABLE", "The feature registry has not been loaded yet; the sidecar keeps trying");
    }
    if ((request.columns[0]?.rows ?? 0) > LARGE_ROWS) return bindLarge(request, call, snapshot);
    const rules = parts.rules[request.surface];
    return readAndAssemble(planner.bind(snapshot, request, rules), rules, call);
  };
}

/** Rows of a replica that is known to be behind are served where there is nothing better, and said to be stale. */
function markLag({ lookups }: BoundRequest, blocks: readonly RowBlock[], call: CallContext): void {
  for (let index = 0; index < blocks.length; index += 1) {
    const { lagMs } = blocks[index]!;
    if (!lagMs) continue;
    const { shape, keys } = lookups[index]!;
    const ageMs = Number.isFinite(lagMs) ? lagMs : undefined;
    call.degraded ??= [];
    for (const { storageName: view } of shape.views) {
      call.degraded.push({ view, policy: "stale", reason: "lag", rows: keys.length, ageMs });
    }
  }
}

/** One row alone makes a large read, whose changes would not be told. */
function hasWideRow({ lookups }: BoundRequest): boolean {
  for (let index = 0; index < lookups.length; index += 1) {
    if (lookups[index]!.shape.stride > MOST_SMALL_CELLS) return true;
  }
  return false;
}

/** How a read that was rejected ended. */
export function outcomeOf(error: unknown): ServeError["code"] {
  return error instanceof ServeError ? error.code : "INTERNAL";
}

/** The error of a call whose read failed. */
function readFailed(error: unknown, { shape }: BoundRequest): unknown {
  // A store that works but has no place for vectors; one that is away says so instead, because that passes.
  if (outcomeOf(error) === "FAILED_PRECONDITION" && shape.precomputed)
    return unreadableVectors(shape.precomputed.service, error);
  return error;
}

/** Work that nobody waits for any more stops between two steps. */
function refuseExpired(call: CallContext, monotonicMs: () => number): void {
  if (call.cancelled) throw new ServeError("CANCELLED", "The caller left before the answer was ready");
  // The clock costs 50 ns; a call without a deadline needs none.
  if (call.deadlineMs !== Number.POSITIVE_INFINITY && monotonicMs() >= call.deadlineMs)
    throw new ServeError("DEADLINE_EXCEEDED", "The deadline passed before the answer was ready");
}
