/**
 * The way of a request on one page: snapshot → plan → read → assemble. Rooms do not know each other; only this file knows their
 * order. A request comes in as a FeatureRequest and leaves as the bytes of its answer, or as a ServeError.
 */
import { assemble, assembleInPieces } from "./assemble/assemble.ts";
import type { BoundRequest } from "./model/bound-request.ts";
import type { FeatureStore } from "./model/feature-store.ts";
import type { RowBlock } from "./model/lookup.ts";
import type { CallContext, FeatureRequest } from "./model/request.ts";
import { ServeError } from "./model/serve-error.ts";
import type { RegistrySnapshot } from "./model/snapshot.ts";
import type { Surface, SurfaceRules } from "./model/surface.ts";
import { unreadableVectors } from "./model/unreadable-vectors.ts";
import type { Planner } from "./plan/plan-request.ts";

export interface ServeParts {
  /** The registry as last loaded, undefined before the first load. */
  readonly snapshot: () => RegistrySnapshot | undefined;
  readonly planner: Planner;
  readonly store: FeatureStore;
  readonly rules: Readonly<Record<Surface, SurfaceRules>>;
  readonly maxResponseBytes: number;
  /** Told how each store read ended. */
  readonly onRead: (outcome: "ok" | ServeError["code"]) => void;
  /** Wall clock, epoch milliseconds: ages against a view's ttl. */
  readonly nowMs: () => number;
  /** `performance.now()`: deadlines. */
  readonly monotonicMs: () => number;
}

/** Answers above this many cells are made in pieces: 10,000 cells take about 0.5 ms as protobuf and 2.5 ms as JSON. */
const LARGE_CELLS = 10_000;
/** How long an answer in pieces holds the event loop at a time. */
const PIECE_MS = 1;

/** Answers one request: serialized GetOnlineFeaturesResponse for the gRPC surfaces, UTF-8 JSON for HTTP. @throws ServeError */
export type Serve = (request: FeatureRequest, call: CallContext) => Promise<Uint8Array>;

export function createServe(parts: ServeParts): Serve {
  const { planner, store, monotonicMs } = parts;
  return async (request, call) => {
    const snapshot = parts.snapshot();
    if (snapshot === undefined) {
      throw new ServeError("UNAVAILABLE", "The feature registry has not been loaded yet; the sidecar keeps trying");
    }
    const rules = parts.rules[request.surface];
    const bound = planner.bind(snapshot, request, rules);
    refuseExpired(call, monotonicMs());
    const blocks = await read(parts, bound, call.deadlineMs);
    refuseExpired(call, monotonicMs());
    const options = {
      rules,
      absentCells: store.absentCells,
      nowSeconds: parts.nowMs() / 1000,
      maxResponseBytes: parts.maxResponseBytes,
    };
    if (bound.rows * bound.shape.outputs.length <= LARGE_CELLS) return assemble(bound, blocks, options);
    const checkpoint = (): void => refuseExpired(call, monotonicMs());
    return assembleInPieces(bound, blocks, options, { pieceMs: PIECE_MS, nowMs: monotonicMs, checkpoint });
  };
}

async function read(
  { store, onRead }: ServeParts,
  { lookups, shape }: BoundRequest,
  deadlineMs: number,
): Promise<readonly RowBlock[]> {
  try {
    const blocks = await store.read(lookups, deadlineMs);
    onRead("ok");
    return blocks;
  } catch (error) {
    const code = error instanceof ServeError ? error.code : "INTERNAL";
    onRead(code);
    // A store that works but has no place for vectors; one that is away says so instead, because that passes.
    if (code === "FAILED_PRECONDITION" && shape.precomputed) throw unreadableVectors(shape.precomputed.service, error);
    throw error;
  }
}

/** Work that nobody waits for any more stops between two steps. */
function refuseExpired(call: CallContext, nowMs: number): void {
  if (call.cancelled) throw new ServeError("CANCELLED", "The caller left before the answer was ready");
  if (nowMs >= call.deadlineMs)
    throw new ServeError("DEADLINE_EXCEEDED", "The deadline passed before the answer was ready");
}
