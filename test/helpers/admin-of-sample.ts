/** An admin port in this process that shows made-up figures. */
import { createAdminServer } from "../../src/admin/admin-server.ts";
import { HealthParts } from "../../src/admin/health-parts.ts";
import { formatAddress } from "../../src/model/listen-address.ts";
import { silentLog } from "../../src/telemetry/log.ts";
import type { StatusSnapshot } from "../../src/telemetry/status/status-snapshot.ts";

export interface SampleAdmin {
  /** `host:port` */
  readonly target: string;
  openConnections(): number;
  close(): Promise<void>;
}

export async function adminOfSample(status: () => StatusSnapshot): Promise<SampleAdmin> {
  const admin = await createAdminServer({
    address: { kind: "tcp", host: "127.0.0.1", port: 0 },
    transport: "lean",
    health: new HealthParts({ readiness: "any", storeGraceMs: 0, nowMs: () => performance.now() }),
    renderMetrics: undefined,
    status,
    hosts: [],
    log: silentLog,
  });
  return { target: formatAddress(admin.address), openConnections: admin.openConnections, close: admin.close };
}
