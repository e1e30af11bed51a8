/** `bench` against the real sidecar on each surface, a dead server, a silent one, and one that is not Feast's. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createServer as createTcpServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { BenchReport } from "../../src/cli/bench-report.ts";
import { metric } from "../helpers/ask-sidecar.ts";
import { copyRepository, type RepositoryCopy } from "../helpers/feature-repository.ts";
import { runCli } from "../helpers/run-cli.ts";
import { startSidecar, type TestSidecar } from "../helpers/start-sidecar.ts";

let repo: RepositoryCopy;
let sidecar: TestSidecar;
beforeAll(async () => {
  repo = copyRepository("sqlite");
  sidecar = await startSidecar({ repo: repo.dir, listen: ["127.0.0.1:0", `unix:${join(repo.dir, "s")}`] });
});
afterAll(async () => {
  await sidecar?.stop();
  repo?.remove();
});

const QUESTION = ["--features", "driver_stats:trips", "driver_id=1,2,3"];
const RATE = ["--rate", "100", "--seconds", "1"];

describe("bench", () => {
  it.each([
    ["ServingService", "serving_service", []],
    ["GrpcFeatureServer", "grpc_feature_server", ["--feature-server"]],
    ["HTTP", "http", ["--http"]],
  ] as const)("calls %s as often as told", async (_name, surface, flags) => {
    const count = `feast_sidecar_requests_total{surface="${surface}",outcome="OK"}`;
    const before = (await metric(sidecar, count)) ?? 0;
    const at = ["--address", sidecar.address, "--connections", "2", "--rows", "1", "--json"];
    const run = await runCli(["bench", ...at, ...flags, ...QUESTION, ...RATE]);
    expect(run).toMatchObject({ code: 0, stderr: "" });
    const report = JSON.parse(run.stdout) as BenchReport;
    expect(report).toMatchObject({
      calls: 100,
      askedPerSecond: 100,
      isRateKept: true,
      outcomes: { OK: 100 },
      degraded: 0,
    });
    expect(Object.keys(report.latencyMs)).toEqual(["P50", "P90", "P99", "P99.9", "max"]);
    expect(report.latencyMs["P50"]).toBeGreaterThan(0);
    // A first call on each connection is in no figure.
    expect(await metric(sidecar, count)).toBe(before + 102);
  });

  it("prints a table, over a Unix socket too", async () => {
    const run = await runCli(["bench", "--address", sidecar.data[1] as string, ...QUESTION, ...RATE]);
    expect(run).toMatchObject({ code: 0, stderr: "" });
    expect(run.stdout).toMatch(/^100 calls, [\d.]+\/s of 100\/s$/m);
    expect(run.stdout).toMatch(/^ {2}P50 {3}[\d.]+ ms/m);
    expect(run.stdout).toMatch(/^ {2}OK +100$/m);
  });

  it("counts refusals as infinite, by code, and ends with 1 when nothing was answered", async () => {
    const nope = ["--features", "nope:x", "driver_id=1", ...RATE, "--json", "--address", sidecar.address];
    const [grpc, http] = await Promise.all([runCli(["bench", ...nope]), runCli(["bench", "--http", ...nope])]);
    expect([grpc.code, http.code]).toEqual([1, 1]);
    expect(JSON.parse(grpc.stdout)).toMatchObject({
      outcomes: { NOT_FOUND: 100 },
      latencyMs: { P50: null, max: null },
    });
    expect(JSON.parse(http.stdout)).toMatchObject({ outcomes: { "HTTP 404": 100 } });
  });

  it("counts marked answers", async () => {
    const marked = createServer((_, response) => {
      response.writeHead(200, { "feast-sidecar-degraded": "v=stale;reason=outage;rows=1" }).end("{}");
    }).listen(0, "127.0.0.1");
    await new Promise((resolve) => marked.once("listening", resolve));
    const address = `127.0.0.1:${(marked.address() as AddressInfo).port}`;
    const run = await runCli(["bench", "--http", "--address", address, ...QUESTION, ...RATE, "--json"]);
    marked.close();
    expect([run.code, JSON.parse(run.stdout)]).toMatchObject([0, { outcomes: { OK: 100 }, degraded: 100 }]);
  });

  it("ends with 1 at a dead server, and in time at a silent one", async () => {
    const silent = createTcpServer(() => {}).listen(0, "127.0.0.1");
    await new Promise((resolve) => silent.once("listening", resolve));
    const address = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const line = [...QUESTION, "--rate", "50", "--seconds", "0.5", "--timeout-ms", "200", "--json"];
    const [dead, http] = await Promise.all([
      runCli(["bench", "--address", "127.0.0.1:1", ...line]),
      runCli(["bench", "--http", "--address", address, ...line]),
    ]);
    silent.close();
    expect(dead).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining("no connection in 5000 ms") });
    expect([http.code, JSON.parse(http.stdout)]).toMatchObject([1, { outcomes: { DEADLINE_EXCEEDED: 25 } }]);
  });

  it("ends with 64 when the command line makes no sense", async () => {
    const at = ["--address", sidecar.address];
    const lines = [
      [...QUESTION, ...RATE],
      [...at, ...QUESTION, "--seconds", "1"],
      [...at, ...QUESTION, "--rate", "0", "--seconds", "1"],
      [...at, ...QUESTION, "--rate", "1e9", "--seconds", "1"],
      [...at, ...QUESTION, ...RATE, "--http", "--feature-server"],
      [...at, ...QUESTION, ...RATE, "--connections", "1.5"],
      [...at, ...QUESTION, ...RATE, "--key-type", "driver_id=float"],
      [...at, ...QUESTION, ...RATE, "--key-type", "driver_id=int32", "x=1,2"],
    ];
    const runs = await Promise.all(lines.map((line) => runCli(["bench", ...line])));
    for (const [index, run] of runs.entries()) {
      expect([lines[index], run.code, run.stdout]).toEqual([lines[index], 64, ""]);
      expect(run.stderr).toMatch(/^feast-sidecar: .+\n$/);
    }
  });
});
