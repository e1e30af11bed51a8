/**
 * Honest clients as fast as they can, and in masses of cancels: every answer is right and nobody is asked to go away, which would
 * show in a second connection. FULL_RATE_SECONDS=60 for a minute each.
 */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createFileRegistry, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node";
import { status } from "@grpc/grpc-js";
import { expect, it } from "vitest";
import { FILE_DESCRIPTOR_SET_BASE64 } from "../../src/transport/grpc/file-descriptors.ts";
import { ask, atEnd, type Data, featuresRequest, grpcClient, SERVING, startData } from "./transport-kit.ts";

const SECONDS = Number(process.env["FULL_RATE_SECONDS"] ?? 1);
const TIMEOUT_MS = SECONDS * 1000 + 30_000;
const PYTHON = fileURLToPath(new URL("../../.venv/bin/python", import.meta.url));
const SCRIPT = fileURLToPath(new URL("./full_rate_grpcio.py", import.meta.url));
const GHZ = fileURLToPath(new URL("../../.tools/bin/ghz", import.meta.url));
const PROTO = fileURLToPath(new URL("../../proto", import.meta.url));
const IN_FLIGHT = 100;

function startEcho(waitMs = 0): Promise<Data> {
  return startData({
    transport: "lean",
    serve: async (request) => {
      if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
      return Buffer.from(request.features[0] ?? "");
    },
  });
}

it(
  "grpcio (C-core), 16 threads on one channel",
  async () => {
    const data = await startEcho();
    const { stdout } = await promisify(execFile)(PYTHON, [SCRIPT, data.target, String(SECONDS)]);
    const seen = JSON.parse(stdout) as { calls: number; wrong: number; errors: object };
    expect([seen.wrong, seen.errors, data.connections.opened]).toEqual([0, {}, 1]);
    expect(seen.calls).toBeGreaterThan(100 * SECONDS);
  },
  TIMEOUT_MS,
);

it(
  "ghz (grpc-go), 100 calls in flight on one connection",
  async () => {
    const data = await startData({ transport: "lean", serve: async () => Buffer.alloc(0) });
    const report = join(mkdtempSync(join(tmpdir(), "feast-sidecar-ghz-")), "report.json");
    atEnd(() => rmSync(dirname(report), { recursive: true }));
    const flags = ["--insecure", "--concurrency", String(IN_FLIGHT), "--connections", "1", "--duration", `${SECONDS}s`];
    const call = ["--proto", join(PROTO, "feast/serving/ServingService.proto"), "--import-paths", PROTO];
    const request = JSON.stringify({ features: { val: ["a:b"] } });
    // A call that ends the run is cut off by ghz itself unless it may end.
    const output = ["--duration-stop", "wait", "--format", "json", "--output", report];
    const method = ["--call", "feast.serving.ServingService.GetOnlineFeatures", "--data", request];
    await promisify(execFile)(GHZ, [...flags, ...call, ...method, ...output, data.target]);
    const seen = JSON.parse(readFileSync(report, "utf8")) as { count: number; statusCodeDistribution: object };
    expect(seen.statusCodeDistribution).toEqual({ OK: seen.count });
    expect(seen.count).toBeGreaterThan(100 * SECONDS);
    expect(data.connections.opened).toBe(1);
  },
  TIMEOUT_MS,
);

it(
  "connect-node, 100 calls in flight on one connection",
  async () => {
    const data = await startData({ transport: "lean", serve: async () => Buffer.alloc(0) });
    const registry = createFileRegistry(
      fromBinary(FileDescriptorSetSchema, Buffer.from(FILE_DESCRIPTOR_SET_BASE64, "base64")),
    );
    const service = registry.getService("feast.serving.ServingService");
    if (service === undefined) throw new Error("the descriptors have no ServingService");
    const url = `http://${data.target}`;
    const sessionManager = new Http2SessionManager(url);
    atEnd(() => sessionManager.abort());
    const client = createClient(service, createGrpcTransport({ baseUrl: url, sessionManager }));
    const untilMs = performance.now() + SECONDS * 1000;
    let calls = 0;
    const loop = async (): Promise<void> => {
      for (; performance.now() < untilMs; calls += 1) {
        await (client["getOnlineFeatures"] as unknown as (request: object) => Promise<unknown>)({});
      }
    };
    await Promise.all(Array.from({ length: IN_FLIGHT }, loop));
    expect(calls).toBeGreaterThan(100 * SECONDS);
    expect(data.connections.opened).toBe(1);
  },
  TIMEOUT_MS,
);

it(
  "2,000 calls a second that all end by their deadline of 10 ms, as in an outage",
  async () => {
    const data = await startEcho(40);
    const client = grpcClient(data.target);
    const codes = new Map<number | undefined, number>();
    const pending: Promise<void>[] = [];
    const startMs = performance.now();
    for (let sent = 0; performance.now() - startMs < Math.min(SECONDS, 10) * 1000; ) {
      for (const dueMs = performance.now() - startMs; sent < dueMs * 2; sent += 1) {
        const call = ask(client, SERVING, featuresRequest("a:b"), {}, 10);
        pending.push(call.then(({ code }) => void codes.set(code, (codes.get(code) ?? 0) + 1)));
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await Promise.all(pending);
    expect([...codes.keys()]).toEqual([status.DEADLINE_EXCEEDED]);
    expect(pending.length).toBeGreaterThan(1_500 * Math.min(SECONDS, 10));
    expect(data.connections.opened).toBe(1);
  },
  TIMEOUT_MS,
);
