/** The rooms behind the ports, built from the settings. `get --chdir`, `explain` and `doctor` need no more. */
import { Admission } from "./admission/admission.ts";
import { LateViews, type UnfitDefault } from "./budget/late-views.ts";
import type { CachedReads } from "./cache/cached-reads.ts";
import type { Settings } from "./config/settings.ts";
import type { AgeTally } from "./model/age-tally.ts";
import type { CellTally } from "./model/cell-tally.ts";
import type { Degradation } from "./model/degradation.ts";
import type { FeatureStore } from "./model/feature-store.ts";
import type { Serve } from "./model/serve.ts";
import type { RegistrySnapshot } from "./model/snapshot.ts";
import { isStorageName } from "./model/stored-view.ts";
import { type Surface, type SurfaceRules, surfaceRules } from "./model/surface.ts";
import { openCache, warmUpCaches } from "./open-cache.ts";
import { Planner, type PlannerOptions } from "./plan/plan-request.ts";
import { LocalFileSource } from "./registry/local-file-source.ts";
import { type RegistryEvent, RegistryKeeper } from "./registry/refresh.ts";
import { createServe, type ReadOutcome, type ServeParts } from "./serve.ts";
import { openStore } from "./store/open-store.ts";
import { DueSweep } from "./timing/due-sweep.ts";
import { SliceTurns } from "./timing/time-slices.ts";
import { TurnClock } from "./timing/turn-clock.ts";
import { warmUp } from "./warm-up.ts";

export interface Core {
  readonly registry: RegistryKeeper;
  readonly store: FeatureStore;
  /** undefined = every request is read from the store. */
  readonly cache: CachedReads | undefined;
  readonly planner: Planner;
  readonly rules: Readonly<Record<Surface, SurfaceRules>>;
  readonly snapshot: () => RegistrySnapshot | undefined;
  /** The registry in use has something that is stored under this name. */
  readonly knowsView: (name: string) => boolean;
  readonly serve: Serve;
  readonly admission: Admission;
  /** For whoever is woken by the loop to enter. */
  readonly turn: TurnClock;
  /** Makes everything behind the ports quick before the first caller comes; needs a snapshot and a store that is up. */
  readonly warm: () => Promise<void>;
  /** Stops what works in the background, the store last. */
  readonly close: () => Promise<void>;
}

export interface CoreEvents {
  readonly onRegistryEvent: (event: RegistryEvent) => void;
  readonly onRead: (outcome: ReadOutcome) => void;
  /** Marks on an answer that rows could not be had for in time. */
  readonly onDegraded: (marks: readonly Degradation[]) => void;
  /** Counts what the cells of answers are. */
  readonly tally?: CellTally | undefined;
  /** Counts rows of answers by their age; undefined = no view has an objective. */
  readonly ages?: AgeTally | undefined;
  /** Told of the rows of each answer. */
  readonly onRows?: ServeParts["onRows"];
  /** Another registry is in use: declared values that do not fit it. */
  readonly onDefaultsChecked: (unfit: readonly UnfitDefault[]) => void;
  readonly onPartialKey: PlannerOptions["onPartialKey"];
}

export const NOBODY_LISTENS: CoreEvents = {
  onRegistryEvent: () => {},
  onRead: () => {},
  onDegraded: () => {},
  onDefaultsChecked: () => {},
  onPartialKey: () => {},
};

const UNCOUNTED = { onRead: () => {}, onDegraded: () => {}, tally: undefined, ages: undefined, onRows: undefined };

/** Builds everything and starts nothing. @throws RangeError for settings that can never work */
export function createCore(settings: Settings, events: CoreEvents): Core {
  const { registry: registrySettings, compat, limits, budget } = settings;
  const { onRead } = events;
  const registry = new RegistryKeeper({
    source: new LocalFileSource(registrySettings.path),
    project: settings.project,
    refreshMs: registrySettings.refreshMs,
    onEvent: (event) => {
      if (event.event === "registry_loaded") {
        cache?.registryChanged();
        events.onDefaultsChecked(lateViews.registryChanged(registry.current()!));
      }
      events.onRegistryEvent(event);
    },
    now: monotonicMs,
    random: Math.random,
    startTimer,
  });
  const turn = new TurnClock(monotonicMs);
  const turns = new SliceTurns(monotonicMs);
  const store = openStore(settings.onlineStore, settings.project, { now: monotonicMs, random: Math.random, turn });
  const admission = new Admission({
    minInFlight: settings.admission.minInFlight,
    sliceMs: budget.sliceMs,
    loopLateMs: (nowMs) => turn.lateMs(nowMs),
    queueAgeMs: (nowMs) => Math.max(store.queueAgeMs?.(nowMs) ?? 0, turns.ageMs(nowMs)),
  });
  const planner = new Planner({
    versioning: registrySettings.versioning,
    serveWhileMaterializing: registrySettings.serveWhileMaterializing,
    serviceVersionBug: compat.serviceVersionBug,
    precomputeNames: compat.precomputeNames,
    entityKeyVersion: settings.entityKeyVersion,
    nullKey: compat.nullKey,
    maxRows: limits.maxRows,
    maxReferences: limits.maxReferences,
    maxCells: limits.maxCells,
    onPartialKey: events.onPartialKey,
  });
  const rules = surfaceRules({
    statuses: settings.statuses,
    coerceGrpcKeys: compat.coerceGrpcKeys,
    stateGate: compat.stateGate,
  });
  const snapshot = (): RegistrySnapshot | undefined => registry.current();
  const knowsView = (name: string): boolean => {
    const current = snapshot();
    return current !== undefined && isStorageName(current, name);
  };
  const cacheParts = {
    settings: settings.cache,
    store,
    snapshot,
    knowsView,
    project: settings.project,
    entityKeyVersion: settings.entityKeyVersion,
    maxLagMs: settings.onlineStore.type === "redis" ? settings.onlineStore.redis.maxLagMs : 0,
    onRead,
    now: monotonicMs,
    random: Math.random,
  };
  const cache = openCache(cacheParts);
  const lateViews = new LateViews(budget);
  const late = new DueSweep(monotonicMs, true);
  const parts = {
    snapshot,
    planner,
    store,
    cache,
    rules,
    maxResponseBytes: limits.maxResponseBytes,
    budget,
    lateViews,
    admission,
    turn,
    turns,
    late,
    onDegraded: events.onDegraded,
    tally: events.tally,
    ages: events.ages,
    onRows: events.onRows,
    onRead,
    nowMs: Date.now,
    monotonicMs,
  };
  const serve = createServe(parts);
  const warm = async (): Promise<void> => {
    const current = snapshot();
    if (current === undefined) return;
    const own = cache === undefined ? [undefined] : warmUpCaches(cacheParts);
    // Its calls are nobody's, so they are not counted.
    const serves = own.map((each) => createServe({ ...parts, ...UNCOUNTED, cache: each }));
    await warmUp(serves, current, monotonicMs);
    for (const each of own) each?.close();
  };
  const close = async (): Promise<void> => {
    registry.close();
    late.close();
    cache?.close();
    await store.close();
  };
  return { registry, store, cache, planner, rules, snapshot, knowsView, serve, admission, turn, warm, close };
}

const monotonicMs = (): number => performance.now();

/** Background work never keeps a process alive that has nothing else to do. */
function startTimer(callback: () => void, delayMs: number): () => void {
  const timer = setTimeout(callback, delayMs);
  timer.unref();
  return () => clearTimeout(timer);
}
