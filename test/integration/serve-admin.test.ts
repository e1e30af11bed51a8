/** The admin port of the live server: who may ask, what is there, and counters that are exactly what was sent. */
import { request as httpRequest } from "node:http";
import { describe, expect, it } from "vitest";
import { encodeRequest } from "../conformance/oracle/feast-client.ts";
import { askGrpc, askHttp, askUntil, metric, TRIPS, TRIPS_MESSAGE } from "../helpers/ask-sidecar.ts";
import { useSidecars } from "../helpers/use-sidecars.ts";

const { start } = useSidecars();

describe("the admin port", () => {
  it("can be disabled, and features are served all the same", async () => {
    const sidecar = await start({ admin: "disabled", waitReady: false });
    expect(JSON.parse(sidecar.stdout())).toMatchObject({ admin: null });
    const answer = await askUntil(
      () => askHttp(sidecar.url),
      ({ status }) => status === 200,
    );
    expect(answer.values).toEqual(TRIPS);
  });

  it("answers 421 to names it does not know, and has nothing but probes and metrics for the rest", async () => {
    const sidecar = await start({ sidecar: "{admin_hosts: [pod.example]}" });
    const { port } = new URL(sidecar.adminUrl);
    const ask = (host: string, path: string): Promise<number> =>
      new Promise((resolve, reject) => {
        const options = { host: "127.0.0.1", port, path, headers: { host }, agent: false };
        httpRequest(options, (response) => resolve(response.resume().statusCode ?? 0))
          .on("error", reject)
          .end();
      });
    expect(await ask("evil.example", "/metrics")).toBe(421);
    expect(await ask("evil.example:9566", "/livez")).toBe(421);
    for (const host of ["pod.example", "POD.example:1", "localhost", "10.1.2.3:9566", "[::1]"]) {
      expect(await ask(host, "/livez")).toBe(200);
    }
    expect(await ask("localhost", "/get-online-features")).toBe(404);
    expect((await askGrpc(sidecar.adminUrl.slice("http://".length))).code).toBe(12);
  });

  it("has no metrics when they are off", async () => {
    const sidecar = await start({ sidecar: "{metrics: false}" });
    expect((await askHttp(sidecar.url)).values).toEqual(TRIPS);
    expect((await sidecar.admin("/metrics")).status).toBe(404);
  });
});

describe("metrics", () => {
  it("count exactly what was sent", async () => {
    const sidecar = await start({ sidecar: "{limits: {max_rows: 3}}" });
    const unknownView = { ...TRIPS_MESSAGE, features: { val: ["nope:trips"] } };
    const onDemand = { ...TRIPS_MESSAGE, features: { val: ["odfv_pandas:twice"] } };
    const many = (count: number, ask: () => Promise<unknown>): Promise<unknown> =>
      Promise.all(Array.from({ length: count }, ask));
    await many(7, () => askHttp(sidecar.url));
    await many(2, () => askHttp(sidecar.url, '{"features":["nope:x"],"entities":{"driver_id":[1]}}'));
    await many(3, () => askHttp(sidecar.url, "{"));
    await many(1, () => askHttp(sidecar.url, '{"features":["driver_stats:trips"],"entities":{"driver_id":[1,2,3,4]}}'));
    await many(5, () => askGrpc(sidecar.address));
    await many(4, () => askGrpc(sidecar.address, "GrpcFeatureServer"));
    await many(2, () => askGrpc(sidecar.address, "GrpcFeatureServer", unknownView));
    await many(1, () => askGrpc(sidecar.address, "feast.serving.ServingService", onDemand));
    await many(3, () =>
      askGrpc(sidecar.address, "feast.serving.ServingService", encodeRequest(TRIPS_MESSAGE).subarray(1)),
    );
    // None of these is a request for features.
    await fetch(`${sidecar.url}/health`);
    await fetch(`${sidecar.url}/push`, { method: "POST" });

    const text = (await sidecar.admin("/metrics")).body;
    const lines = (name: string): string[] =>
      text
        .split("\n")
        .filter((line) => line.startsWith(name))
        .sort();
    expect(lines("feast_sidecar_requests_total")).toEqual([
      'feast_sidecar_requests_total{surface="grpc_feature_server",outcome="NOT_FOUND"} 2',
      'feast_sidecar_requests_total{surface="grpc_feature_server",outcome="OK"} 4',
      'feast_sidecar_requests_total{surface="http",outcome="INVALID_ARGUMENT"} 4',
      'feast_sidecar_requests_total{surface="http",outcome="NOT_FOUND"} 2',
      'feast_sidecar_requests_total{surface="http",outcome="OK"} 7',
      'feast_sidecar_requests_total{surface="serving_service",outcome="INVALID_ARGUMENT"} 3',
      'feast_sidecar_requests_total{surface="serving_service",outcome="OK"} 5',
      'feast_sidecar_requests_total{surface="serving_service",outcome="UNIMPLEMENTED"} 1',
    ]);
    expect(lines("feast_sidecar_request_duration_seconds_count")).toEqual([
      'feast_sidecar_request_duration_seconds_count{surface="grpc_feature_server"} 6',
      'feast_sidecar_request_duration_seconds_count{surface="http"} 13',
      'feast_sidecar_request_duration_seconds_count{surface="serving_service"} 9',
    ]);
    expect(lines("feast_sidecar_store_reads_total")).toEqual(['feast_sidecar_store_reads_total{outcome="ok"} 16']);
    expect(lines("feast_sidecar_registry_refresh_total")).toEqual([
      'feast_sidecar_registry_refresh_total{outcome="swapped"} 1',
    ]);
    expect(lines("feast_sidecar_store_up")).toEqual(["feast_sidecar_store_up 1"]);
    expect(await metric(sidecar, "feast_sidecar_connections_refused_total")).toBe(0);
    // Names of views are the one thing of a repository that is told.
    expect(text.replaceAll('view="driver_stats"', "")).not.toMatch(/driver|trips|nope|sqlite/);
    expect(lines("feast_sidecar_view_cells_total").length).toBeGreaterThan(0);
  });

  it("count connections, and those that were turned away", async () => {
    const sidecar = await start({ sidecar: "{limits: {max_connections: 1}}" });
    expect((await askGrpc(sidecar.address)).values).toEqual(TRIPS);
    await askUntil(
      () => metric(sidecar, "feast_sidecar_connections"),
      (open) => open === 0,
    );
    // fetch keeps its connection, so that there is no room for a second one.
    expect((await askHttp(sidecar.url)).values).toEqual(TRIPS);
    expect(await metric(sidecar, "feast_sidecar_connections")).toBe(1);
    const refused = fetch(sidecar.url.replace("127.0.0.1", "localhost"));
    await expect(refused).rejects.toThrow();
    expect(await metric(sidecar, "feast_sidecar_connections_refused_total")).toBeGreaterThanOrEqual(1);
    expect((await askHttp(sidecar.url)).values).toEqual(TRIPS);
  });
});
