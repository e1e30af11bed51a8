/**
 * The composition root of `serve`: builds the rooms in order, connects their events, and closes them in reverse.
 * Nothing here answers requests; that is serve.ts.
 */
import { HealthParts } from "./admin/health-parts.ts";
import type { Settings } from "./config/settings.ts";
import { createCore } from "./core.ts";
import { SlowCallRing } from "./debug/slow-call-ring.ts";
import { slowAboveMs } from "./model/budget-settings.ts";
import type { CertificateExpiry } from "./model/certificate-expiry.ts";
import type { NodeChange, StoreFigures } from "./model/feature-store.ts";
import { formatAddress } from "./model/listen-address.ts";
import { cacheOffReason } from "./open-cache.ts";
import { openPorts, type PortParts } from "./open-ports.ts";
import { onRegistryEvent, onStoreState } from "./room-events.ts";
import { tellingAnswered } from "./telemetry/answered-calls.ts";
import type { Log } from "./telemetry/log.ts";
import { createMetrics, type Metrics } from "./telemetry/metrics.ts";
import { noopRecorder, type StoreReadOutcome } from "./telemetry/recorder.ts";
import type { Scrape } from "./telemetry/scraped-metric.ts";
import { SlowCalls } from "./telemetry/slow-calls.ts";
import { CallWatch } from "./telemetry/status/call-watch.ts";
import { createStatus } from "./telemetry/status/status-snapshot.ts";
import type { Tracing } from "./telemetry/tracing/open-tracing.ts";
import type { DataServer } from "./transport/data-server.ts";
import { UnknownViews } from "./unknown-views.ts";

export interface Sidecar {
  /** Addresses as bound, in the form of `sidecar.listen`. */
  readonly data: readonly string[];
  /** undefined: `admin: disabled`. */
  readonly admin: string | undefined;
  /** SIGHUP: reads the registry and the TLS files again, and gets what the store logs in with anew. */
  reload(): void;
  /** Not ready, wait `drain.wait`, finish what runs for at most `drain.timeout`, close. */
  stop(): Promise<void>;
}

/** A receiver that is away must not keep a pod from ending. */
const TRACE_FLUSH_MS = 1000;

const READ_OUTCOMES: Partial<Record<string, StoreReadOutcome>> = {
  ok: "ok",
  UNAVAILABLE: "unavailable",
  DEADLINE_EXCEEDED: "deadline",
};

/**
 * Binds every listener and starts loading the registry and connecting to the store; neither has to succeed for the start.
 * @throws ListenError, or Error for TLS files that cannot be used; nothing is left open then
 */
export async function startSidecar(settings: Settings, version: string, log: Log): Promise<Sidecar> {
  const startedMs = performance.now();
  const health = new HealthParts({
    readiness: settings.probes.readiness,
    storeGraceMs: settings.probes.storeGraceMs,
    onStoreAway: () => {
      log.warn("store_reconnect", { afterMs: settings.probes.storeGraceMs / 2 });
      core.store.reconnect?.();
    },
    nowMs: () => performance.now(),
  });
  const namedViews = [
    { option: "sidecar.cache.views", unknown: new UnknownViews(settings.cache.views.keys()) },
    { option: "sidecar.budget.views", unknown: new UnknownViews(settings.budget.views.keys()) },
    { option: "sidecar.freshness.views", unknown: new UnknownViews(settings.freshness.views.keys()) },
  ];
  const { sliceMs } = settings.budget;
  const slowMs = slowAboveMs(settings.budget);
  const figures = {
    registryAgeSeconds: () => registryAgeSeconds(core.registry.ageMs()),
    storeFigures: () => core.store.figures?.(),
    cacheFigures: () => core.cache?.figures(),
    cacheOffReason: (store: StoreFigures | undefined) =>
      cacheOffReason(settings.cache, core.store, store, core.knowsView),
    admission: () => core.admission.figures,
  };
  // Known once the ports are open.
  let certificates = (): readonly CertificateExpiry[] => [];
  const metrics = settings.metrics
    ? createMetrics({
        ...figures,
        spans: () => tracing?.counts(),
        freshness: settings.freshness,
        certificates: () => certificates(),
        processMetrics: true,
      })
    : undefined;
  const slowCalls = new SlowCallRing(slowMs, Date.now);
  const calls = new CallWatch(sliceMs, () => performance.now());
  const listeners = [
    new SlowCalls(log, slowMs),
    ...(settings.debug === undefined ? [] : [slowCalls]),
    ...(settings.admin === undefined ? [] : [calls]),
  ];
  const partialKeys = new Set<string>();
  const core = createCore(settings, {
    onRegistryEvent: (event) => {
      onRegistryEvent(event, log, recorder);
      if (event.event !== "registry_loaded") return;
      for (const { option, unknown } of namedViews) {
        for (const view of unknown.look(core.knowsView)) log.warn("unknown_view", { view, option });
      }
      whenWarm(() => health.registryLoaded());
    },
    onRead: (outcome) => recorder.storeRead(READ_OUTCOMES[outcome] ?? "error"),
    onDegraded: (marks) => {
      for (const { view, policy, reason, rows, cells } of marks) {
        recorder.degraded(view, policy, reason, rows, cells);
        calls.degraded(policy, reason, rows);
      }
    },
    tally: metrics?.views,
    ages: metrics?.ages,
    onRows: metrics && ((bound, blocks, nowMs) => metrics.views.rows(bound, blocks, nowMs)),
    onDefaultsChecked: (unfit) => {
      recorder.defaultsChecked(unfit.length);
      for (const each of unfit) log.warn("unfit_default", { ...each, option: "sidecar.budget.views" });
    },
    onPartialKey: (view, missing) => {
      // Once for each view: callers decide how often it happens.
      if (partialKeys.has(view)) return;
      partialKeys.add(view);
      log.warn("partial_entity_key", { view, missing, found: "nothing, as with Feast" });
    },
  });
  const tracing = await openTracing(settings, version, slowMs, metrics, log);
  const recorder = tellingAnswered(metrics?.recorder ?? noopRecorder, tracing?.tracer, listeners);
  // Ready only once the way of a request has been gone some hundred times: what completes the pair of registry and store waits for that.
  let warmed: Promise<void> | undefined;
  const whenWarm = (tell: () => void): void => {
    if (core.snapshot() === undefined || core.store.state() !== "up") {
      tell();
      return;
    }
    warmed ??= core.warm();
    void warmed.then(tell);
  };
  const status = createStatus({
    ...figures,
    version,
    sliceMs,
    cacheMaxBytes: settings.cache.maxBytes,
    calls: () => calls.figures(),
    notReady: () => notReady(health),
    storeState: () => core.store.state(),
    now: () => performance.now(),
  });
  for (const warning of settings.warnings) log.warn("configuration", { warning });
  if (cacheOffReason(settings.cache, core.store, undefined, () => true) === "store") {
    log.info("cache_off", {
      reason: `${core.store.type} does not tell what changes, and no sidecar.cache.ttl is written`,
    });
  }

  const portParts: PortParts = {
    settings,
    version,
    core,
    health,
    recorder,
    renderMetrics: metrics?.render,
    status,
    slowCalls,
    log,
  };
  const { data, admin, debug } = await openPorts(portParts).catch(async (error: unknown) => {
    await core.close();
    await tracing?.close(TRACE_FLUSH_MS);
    throw error;
  });
  certificates = () => [...data.certificates(), ...(core.store.certificates?.() ?? [])];
  health.listenersBound();
  core.store.start(
    (state, reason) => {
      onStoreState({ state, reason, type: core.store.type }, log, recorder);
      // With a reason: a part of it failed, and it goes on.
      if (state === "up" && reason !== undefined) return;
      if (state === "up") whenWarm(() => health.storeState(core.store.state()));
      else health.storeState(state);
    },
    (change: NodeChange) => log.info("redis_node", change),
  );
  void core.registry.start();
  return {
    data: data.addresses.map(formatAddress),
    admin: admin && formatAddress(admin.address),
    reload: () => {
      void core.registry.refreshNow();
      data.reloadTls();
      core.store.reload?.();
    },
    stop: async () => {
      health.shutdown();
      log.info("draining", { waitMs: settings.drain.waitMs, timeoutMs: settings.drain.timeoutMs });
      await delay(settings.drain.waitMs);
      await drain(data, settings.drain.timeoutMs, log);
      await debug?.close();
      await core.close();
      await admin?.close();
      await tracing?.close(TRACE_FLUSH_MS);
      log.info("stopped", { requests: metrics?.requestsDone(), upMs: Math.round(performance.now() - startedMs) });
    },
  };
}

/** Its packages are loaded only when traces or metrics are to be sent. */
async function openTracing(
  { otel: asked, traceTail }: Settings,
  version: string,
  slowMs: number,
  metrics: Metrics | undefined,
  log: Log,
): Promise<Tracing | undefined> {
  // Nothing is counted: a push would be empty.
  const otel = metrics === undefined ? { ...asked, metrics: undefined } : asked;
  if (otel.traces === undefined && otel.metrics === undefined) return undefined;
  const tracing = await import("./telemetry/tracing/open-tracing.ts");
  const scrape = async (): Promise<readonly Scrape[]> => (await metrics?.scrape()) ?? [];
  const keepsTail = traceTail === "link";
  return tracing.openTracing({ otel, keepsTail, slowMs, version, random: Math.random, scrape, log });
}

/** The parts that stand in the way, in words; "" = none. */
function notReady(health: HealthParts): string {
  const parts = health.report("readiness").parts.filter(({ ok }) => !ok);
  return parts.map(({ part, detail }) => `${part} ${detail}`).join(", ");
}

async function drain(data: DataServer, timeoutMs: number, log: Log): Promise<void> {
  const cut = await data.drain(timeoutMs);
  if (cut > 0) log.warn("drain_cut", { connections: cut, timeoutMs });
  log.info("drained", { connections: cut });
}

function registryAgeSeconds(ageMs: number | undefined): number | undefined {
  return ageMs === undefined ? undefined : ageMs / 1000;
}

function delay(durationMs: number): Promise<void> {
  return durationMs === 0 ? Promise.resolve() : new Promise((resolve) => setTimeout(resolve, durationMs));
}
