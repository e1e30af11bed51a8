/** The admin port: probes over HTTP and gRPC, metrics, and what it refuses. */
import { request as httpRequest } from "node:http";
import { status } from "@grpc/grpc-js";
import { describe, expect, it } from "vitest";
import { type AdminServer, createAdminServer } from "../../src/admin/admin-server.ts";
import { HealthParts } from "../../src/admin/health-parts.ts";
import { formatAddress } from "../../src/model/listen-address.ts";
import { silentLog } from "../../src/telemetry/log.ts";
import { createMetrics } from "../../src/telemetry/metrics.ts";
import { STATUS_SAMPLE } from "../fakes/status-sample.ts";
import { ask, atEnd, grpcClient, TRANSPORT, until } from "./transport-kit.ts";

async function startAdmin(withMetrics = true): Promise<{ admin: AdminServer; health: HealthParts; target: string }> {
  const health = new HealthParts({ readiness: "store", storeGraceMs: 0, nowMs: () => performance.now() });
  const metrics = createMetrics({ registryAgeSeconds: () => 3, processMetrics: false });
  const admin = await createAdminServer({
    address: { kind: "tcp", host: "127.0.0.1", port: 0 },
    transport: TRANSPORT,
    health,
    renderMetrics: withMetrics ? metrics.render : undefined,
    status: () => STATUS_SAMPLE,
    hosts: ["sidecar.example"],
    log: silentLog,
  });
  atEnd(async () => {
    await admin.close();
    expect(admin.openConnections()).toBe(0);
  });
  return { admin, health, target: formatAddress(admin.address) };
}

interface Answer {
  readonly status: number;
  readonly headers: Record<string, unknown>;
  readonly body: string;
}

function get(target: string, path: string, options: { method?: string; host?: string } = {}): Promise<Answer> {
  const [hostname, port] = target.split(":");
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      {
        hostname,
        port,
        path,
        agent: false,
        method: options.method ?? "GET",
        headers: { host: options.host ?? target },
      },
      (response) => {
        let body = "";
        response.setEncoding("utf8");
        response.on("data", (chunk) => {
          body += chunk;
        });
        response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
      },
    );
    request.on("error", reject);
    request.end();
  });
}

describe("admin port", () => {
  it("answers the probes as the parts come up and the shutdown begins", async () => {
    const { health, target } = await startAdmin();
    const probes = async () => {
      const statuses: number[] = [];
      for (const path of ["/startupz", "/readyz", "/livez"]) statuses.push((await get(target, path)).status);
      return statuses;
    };
    expect(await probes()).toEqual([503, 503, 200]);
    health.listenersBound();
    health.registryLoaded();
    expect(await probes()).toEqual([200, 503, 200]);
    expect(JSON.parse((await get(target, "/readyz?verbose")).body)).toMatchObject({
      probe: "readiness",
      parts: expect.arrayContaining([{ part: "store", ok: false, detail: "not reachable now" }]),
    });
    health.storeState("up");
    expect(await probes()).toEqual([200, 200, 200]);
    expect((await get(target, "/readyz")).body).toBe("ok\n");
    health.shutdown();
    expect(await probes()).toEqual([200, 503, 200]);
  });

  it("gives the same verdicts over grpc.health.v1", async () => {
    const { health, target } = await startAdmin();
    const client = grpcClient(target);
    const check = async (name: string) => {
      const answer = await ask(
        client,
        "/grpc.health.v1.Health/Check",
        Buffer.concat([Buffer.of(0x0a, name.length), Buffer.from(name)]),
      );
      return answer.body?.[1] ?? answer.code;
    };
    const all = async () => [
      await check(""),
      await check("liveness"),
      await check("readiness"),
      await check("startup"),
    ];
    expect(await all()).toEqual([2, 1, 2, 2]);
    health.listenersBound();
    health.registryLoaded();
    expect(await all()).toEqual([2, 1, 2, 1]);
    health.storeState("up");
    expect(await all()).toEqual([1, 1, 1, 1]);
    expect(await check("features")).toBe(status.NOT_FOUND);
    expect((await ask(client, "/feast.serving.ServingService/GetOnlineFeatures")).code).toBe(status.UNIMPLEMENTED);
  });

  it("shows metrics, or says that they are off", async () => {
    const { target } = await startAdmin();
    const metrics = await get(target, "/metrics");
    expect(metrics.headers["content-type"]).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(metrics.body).toContain("feast_sidecar_registry_age_seconds 3\n");
    const off = await get((await startAdmin(false)).target, "/metrics");
    expect([off.status, off.body]).toEqual([404, "metrics are off: sidecar.metrics is false\n"]);
  });

  it("answers to IP addresses, localhost and given names only", async () => {
    const { target } = await startAdmin();
    for (const host of [target, "localhost:1", "[::1]", "10.0.0.1", "sidecar.example:9566"]) {
      expect((await get(target, "/livez", { host })).status).toBe(200);
    }
    for (const host of ["evil.example", "localhost.evil.example", "127.0.0.1.nip.example"]) {
      expect((await get(target, "/livez", { host })).status).toBe(421);
    }
  });

  it("takes GET and HEAD only, and sends strict headers with everything", async () => {
    const { target } = await startAdmin();
    const head = await get(target, "/livez", { method: "HEAD" });
    expect([head.status, head.body, head.headers["content-length"]]).toEqual([200, "", "3"]);
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS"]) {
      const refused = await get(target, "/livez", { method });
      expect([refused.status, refused.headers["allow"]]).toEqual([405, "GET, HEAD"]);
    }
    const missing = await get(target, "/get-online-features");
    expect(missing.status).toBe(404);
    for (const answer of [
      head,
      missing,
      await get(target, "/metrics"),
      await get(target, "/livez", { host: "evil" }),
    ]) {
      expect(answer.headers["content-security-policy"]).toMatch(/^default-src 'none'/);
      expect(answer.headers["x-content-type-options"]).toBe("nosniff");
    }
  });

  it("closes with a Watch open", async () => {
    const { admin, target } = await startAdmin();
    const client = grpcClient(target);
    const seen: Buffer[] = [];
    const identity = (bytes: Buffer): Buffer => bytes;
    const stream = client.makeServerStreamRequest("/grpc.health.v1.Health/Watch", identity, identity, Buffer.alloc(0));
    stream.on("data", (answer: Buffer) => seen.push(answer)).on("error", () => {});
    await until(() => seen.length === 1, "the first status");
    await admin.close();
    expect(admin.openConnections()).toBe(0);
  });
});
