/**
 * The way of a request on one page: snapshot → plan → cache → store → assemble, by the time that the budget gives. Rooms do not know
 * each other; only this file knows their order. A request comes in as a FeatureRequest and leaves as the bytes of its answer, or as a
 * ServeError.
 */

import type { Admission } from "./admission/admission.ts";
import { type AssembleOptions, assemble, assembleInSlices } from "./assemble/assemble.ts";
import { answerByMs } from "./budget/call-deadline.ts";
import { CallDue, lateReason, TIME_IS_UP } from "./budget/call-due.ts";
import { degrade } from "./budget/degrade.ts";
import type { LateViews } from "./budget/late-views.ts";
import { mark, markLag } from "./budget/mark-answer.ts";
import { refuseLeft } from "./budget/refuse-left.ts";
import type { CachedReads } from "./cache/cached-reads.ts";
import type { AgeTally } from "./model/age-tally.ts";
import type { BoundRequest } from "./model/bound-request.ts";
import { type BudgetSettings, slowAboveMs } from "./model/budget-settings.ts";
import type { CellTally } from "./model/cell-tally.ts";
import type { Degradation } from "./model/degradation.ts";
import type { FeatureStore } from "./model/feature-store.ts";
import { BUDGET_KEY, formatBudget, Hop } from "./model/ledger.ts";
import { forgetRows, type RowBlock } from "./model/lookup.ts";
import type { CallContext, FeatureRequest } from "./model/request.ts";
import { cellsOf, hasWideRow, isLarge, LARGE_ROWS } from "./model/request-size.ts";
import type { Serve } from "./model/serve.ts";
import { ServeError } from "./model/serve-error.ts";
import type { RegistrySnapshot } from "./model/snapshot.ts";
import type { Surface, SurfaceRules } from "./model/surface.ts";
import { unreadableVectors } from "./model/unreadable-vectors.ts";
import type { Planner } from "./plan/plan-request.ts";
import type { DueSweep } from "./timing/due-sweep.ts";
import { type SliceTurns, TimeSlices } from "./timing/time-slices.ts";
import type { TurnClock } from "./timing/turn-clock.ts";

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
  readonly budget: Pick<BudgetSettings, "sliceMs" | "sliceBinds" | "reserveMs" | "envelopeCells">;
  /** What is answered for rows that are late. */
  readonly lateViews: LateViews;
  readonly admission: Admission;
  /** When this turn of the loop began. */
  readonly turn: TurnClock;
  /** All large requests together take one slice of a turn. */
  readonly turns: SliceTurns;
  /** Tells calls that their time is up; exact. */
  readonly late: DueSweep;
  /** Told of the marks on each answer that is not as it should be. */
  readonly onDegraded: (marks: readonly Degradation[]) => void;
  /** Counts what cells are; undefined = nobody does. */
  readonly tally?: CellTally | undefined;
  /** Counts rows by their age; undefined = no view has an objective. */
  readonly ages?: AgeTally | undefined;
  /** Told of the rows of each answer, at a monotonic time. */
  readonly onRows?: ((bound: BoundRequest, blocks: readonly RowBlock[], nowMs: number) => void) | undefined;
  /** Told how each read of the store that is made here ended. */
  readonly onRead: (outcome: ReadOutcome) => void;
  /** Wall clock, epoch milliseconds: ages against a view's ttl. */
  readonly nowMs: () => number;
  /** `performance.now()`: deadlines. */
  readonly monotonicMs: () => number;
}

/**
 * Before a call is to be answered it is told that it can wait no longer: so long before that its bytes are written by then. From being
 * told to the write's return a call of one row takes 0.35 ms.
 */
const LEAVING_MS = 0.5;
/** How long a large request holds the event loop at a time. */
const SLICE_MS = 1;

export function createServe(parts: ServeParts): Serve {
  const { planner, store, cache, onRead, maxResponseBytes, monotonicMs, admission, turn, turns, budget } = parts;
  const { lateViews } = parts;
  const slowMs = slowAboveMs(budget);
  const mayDoWithoutStore = cache !== undefined || lateViews.mayAnswer;
  const assembleOptions = (rules: SurfaceRules): AssembleOptions => ({
    rules,
    absentCells: store.absentCells,
    nowSeconds: parts.nowMs() / 1000,
    maxResponseBytes,
    tally: parts.tally,
    ages: parts.ages,
  });

  const slicesOf = (call: CallContext): TimeSlices =>
    new TimeSlices(turns, SLICE_MS, monotonicMs, () => refuseLeft(call, monotonicMs));

  /** The bytes are there: the ledger is closed but for the write, and goes with answers that are slow or whose caller asked. */
  const seal = (bytes: Uint8Array, call: CallContext, byMs: number): Uint8Array => {
    const { ledger } = call;
    if (ledger === undefined) return bytes;
    const nowMs = monotonicMs();
    ledger.end(Hop.ASSEMBLE, nowMs);
    if (call.isDebug || nowMs - call.startMs > slowMs) {
      call.trailers ??= [];
      // Where nothing binds, what is left of the slice.
      const dueMs = byMs === Number.POSITIVE_INFINITY ? call.startMs + budget.sliceMs : byMs;
      call.trailers.push([BUDGET_KEY, formatBudget(ledger, (dueMs - nowMs) * 1000)]);
    }
    return bytes;
  };

  const answer = (
    bound: BoundRequest,
    blocks: readonly RowBlock[],
    rules: SurfaceRules,
    call: CallContext,
    byMs: number,
  ): Uint8Array | Promise<Uint8Array> =>
    isLarge(bound)
      ? assembleInSlices(bound, blocks, assembleOptions(rules), slicesOf(call)).then((bytes) => seal(bytes, call, byMs))
      : seal(assemble(bound, blocks, assembleOptions(rules)), call, byMs);

  /** What there is without the store. @throws `error` when a row can be had in no way, or the policy of its view is to fail */
  const answerLate = (
    bound: BoundRequest,
    rules: SurfaceRules,
    call: CallContext,
    byMs: number,
    error: unknown,
  ): Uint8Array | Promise<Uint8Array> => {
    // A refusal has nothing left to do but to be written.
    if (call.ledger !== undefined) call.ledger.underWay = Hop.WRITE;
    const reason = lateReason(error);
    if (call.cancelled) refuseLeft(call, monotonicMs);
    if (reason === undefined) throw readFailed(error, bound);
    const late = degrade(bound, reason, cache?.held(bound.lookups, monotonicMs()), lateViews);
    if (late === undefined) throw readFailed(error, bound);
    if (late.staleRows > 0) cache?.shownStale(late.staleRows);
    mark(call, late.marks);
    parts.onDegraded(late.marks);
    return answer(bound, late.blocks, rules, call, byMs);
  };

  /** Who waits for the store: one promise, settled by the rows, by their failure, or by the time that is up. */
  const readInTime = (
    bound: BoundRequest,
    rules: SurfaceRules,
    call: CallContext,
    byMs: number,
    rowCache: CachedReads | undefined,
    nowMs: number,
  ): Promise<Uint8Array> =>
    new Promise((resolve, reject) => {
      const { priority = "live", ledger } = call;
      // Nobody sees what is thrown in a callback: it must end the call.
      const settle = (make: () => Uint8Array | Promise<Uint8Array>): void => {
        try {
          resolve(make());
        } catch (error) {
          reject(error);
        }
      };
      const lateNow = (error: unknown): void => {
        const lateMs = monotonicMs();
        admission.ended(priority, undefined, lateMs);
        ledger?.end(hop, lateMs);
        settle(() => answerLate(bound, rules, call, byMs, error));
      };
      const due = new CallDue(byMs - LEAVING_MS, parts.late, () => lateNow(TIME_IS_UP));
      parts.late.add(due, nowMs);
      admission.began(priority);
      let read: Promise<readonly RowBlock[]>;
      try {
        read =
          rowCache === undefined
            ? store.read(bound.lookups, byMs, false, call)
            : rowCache.read(bound.lookups, byMs, call);
      } catch (error) {
        read = Promise.reject(error);
      }
      const hop = rowCache?.lastReadJoined === true ? Hop.WAIT : Hop.REDIS;
      if (ledger !== undefined) ledger.underWay = hop;
      read.then(
        (blocks) => {
          if (rowCache === undefined) onRead("ok");
          if (!due.isInTime()) return;
          const readMs = monotonicMs();
          ledger?.end(hop, turn.startMs(readMs));
          ledger?.endLoopBack(readMs);
          // Those beyond the envelope, and batches, take longer without being crowded.
          const isUsual = priority === "live" && cellsOf(bound) <= budget.envelopeCells;
          admission.ended(priority, isUsual ? readMs - call.startMs : undefined, readMs);
          settle(() => {
            refuseLeft(call, monotonicMs);
            const lagging = markLag(bound, blocks, call);
            if (lagging.length > 0) parts.onDegraded(lagging);
            parts.onRows?.(bound, blocks, readMs);
            const bytes = answer(bound, blocks, rules, call, byMs);
            if (priority === "live") return bytes;
            // It may have waited long.
            if (bytes instanceof Uint8Array) forgetRows(blocks);
            else
              bytes.then(
                () => forgetRows(blocks),
                () => {},
              );
            return bytes;
          });
        },
        (error) => {
          if (rowCache === undefined) onRead(outcomeOf(error));
          if (due.isInTime()) lateNow(error);
        },
      );
    });

  const readAndAssemble = (
    bound: BoundRequest,
    rules: SurfaceRules,
    call: CallContext,
    refusal: ServeError | undefined,
  ): Promise<Uint8Array> => {
    refuseLeft(call, monotonicMs);
    // The rows of a batch would push those of predictions out, and nobody would ask for them again.
    const goesPast = isLarge(bound) || (call.priority ?? "live") !== "live" || hasWideRow(bound);
    const rowCache = goesPast ? undefined : cache;
    const nowMs = monotonicMs();
    call.ledger?.end(Hop.PLAN, nowMs);
    const byMs = answerByMs(call, cellsOf(bound), budget);
    const { ledger } = call;
    if (ledger !== undefined) {
      ledger.rows = bound.rows;
      ledger.features = bound.shape.outputs.length;
      ledger.byMs = byMs;
    }
    const hit = rowCache?.readNow(bound.lookups, nowMs);
    if (rowCache !== undefined) call.ledger?.end(Hop.CACHE, monotonicMs());
    if (hit !== undefined) {
      parts.onRows?.(bound, hit, nowMs);
      return Promise.resolve(seal(assemble(bound, hit, assembleOptions(rules)), call, byMs));
    }
    const late = refusal ?? (nowMs >= byMs - LEAVING_MS ? TIME_IS_UP : undefined);
    if (late !== undefined) return Promise.resolve(answerLate(bound, rules, call, byMs, late));
    return readInTime(bound, rules, call, byMs, rowCache, nowMs);
  };

  const bindLarge = async (
    request: FeatureRequest,
    call: CallContext,
    snapshot: RegistrySnapshot,
    refusal: ServeError | undefined,
  ): Promise<Uint8Array> => {
    const rules = parts.rules[request.surface];
    const { priority = "live" } = call;
    admission.began(priority);
    let bound: BoundRequest;
    try {
      bound = await planner.bindInSlices(snapshot, request, rules, slicesOf(call));
    } finally {
      admission.ended(priority, undefined, monotonicMs());
    }
    return readAndAssemble(bound, rules, call, refusal);
  };

  const serve = (request: FeatureRequest, call: CallContext): Promise<Uint8Array> => {
    const snapshot = parts.snapshot();
    if (snapshot === undefined) {
      throw new ServeError("UNAVAILABLE", "The feature registry has not been loaded yet; the sidecar keeps trying");
    }
    // What `admit` let pass in spite of it is answered without the store, if that can be.
    const refusal = admission.isFull ? admission.refusal(call.priority ?? "live", monotonicMs()) : undefined;
    if ((request.columns[0]?.rows ?? 0) > LARGE_ROWS) return bindLarge(request, call, snapshot, refusal);
    const rules = parts.rules[request.surface];
    return readAndAssemble(planner.bind(snapshot, request, rules), rules, call, refusal);
  };

  const admit = (call: CallContext): ServeError | undefined => {
    const { priority = "live" } = call;
    const nowMs = monotonicMs();
    const refusal = admission.refusal(priority, nowMs);
    if (refusal !== undefined && !(priority === "live" && mayDoWithoutStore)) return refusal;
    call.ledger?.end(Hop.ADMISSION, nowMs);
    return undefined;
  };
  return Object.assign(serve, { admit });
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
