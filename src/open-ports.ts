/** The ports around the rooms: data, admin, debug. All that are asked for, or none. */
import { type AdminServer, createAdminServer } from "./admin/admin-server.ts";
import type { HealthParts } from "./admin/health-parts.ts";
import type { Settings } from "./config/settings.ts";
import type { Core } from "./core.ts";
import { type DebugServer, openDebugServer } from "./debug/debug-server.ts";
import type { SlowCallRing } from "./debug/slow-call-ring.ts";
import { formatAddress } from "./model/listen-address.ts";
import type { Log } from "./telemetry/log.ts";
import type { Metrics } from "./telemetry/metrics.ts";
import type { Recorder } from "./telemetry/recorder.ts";
import type { StatusSnapshot } from "./telemetry/status/status-snapshot.ts";
import { createDataServer, type DataServer } from "./transport/data-server.ts";

export interface PortParts {
  readonly settings: Settings;
  readonly version: string;
  readonly core: Core;
  readonly health: HealthParts;
  readonly recorder: Recorder;
  /** undefined: `metrics: false`. */
  readonly renderMetrics: Metrics["render"] | undefined;
  readonly status: () => StatusSnapshot;
  readonly slowCalls: SlowCallRing;
  readonly log: Log;
}

export interface Ports {
  readonly data: DataServer;
  /** undefined: `admin: disabled`. */
  readonly admin: AdminServer | undefined;
  /** undefined: no `debug_listen`. */
  readonly debug: DebugServer | undefined;
}

/** @throws ListenError, or Error for TLS files that cannot be used; no port is left open then */
export async function openPorts(parts: PortParts): Promise<Ports> {
  const data = await openData(parts);
  let admin: AdminServer | undefined;
  try {
    admin = await openAdmin(parts);
    return { data, admin, debug: await openDebug(parts) };
  } catch (error) {
    await admin?.close();
    await data.close();
    throw error;
  }
}

function openData({ settings, version, core, health, recorder, log }: PortParts): Promise<DataServer> {
  return createDataServer({
    addresses: settings.listen,
    ...(settings.tls && { tls: settings.tls }),
    transport: settings.transport,
    limits: settings.limits,
    requestLimits: settings.limits,
    serve: core.serve,
    turn: core.turn,
    readiness: health,
    isRegistryLoaded: () => health.isRegistryLoaded(),
    errorStatus: settings.compat.errorStatus,
    version,
    log,
    recorder,
  });
}

async function openAdmin(parts: PortParts): Promise<AdminServer | undefined> {
  const { settings, health, renderMetrics, status, log } = parts;
  if (settings.admin === undefined) return undefined;
  const { admin: address, transport, adminHosts: hosts } = settings;
  return createAdminServer({ address, transport, health, renderMetrics, status, hosts, log });
}

async function openDebug({ settings, core, slowCalls, log }: PortParts): Promise<DebugServer | undefined> {
  if (settings.debug === undefined) return undefined;
  const { listen: address, tokenFile } = settings.debug;
  const { project, limits } = settings;
  const { maxRequestBytes } = limits;
  const debug = await openDebugServer({ ...core, address, tokenFile, project, slowCalls, maxRequestBytes, log });
  log.info("debug_listening", { address: formatAddress(debug.address) });
  return debug;
}
