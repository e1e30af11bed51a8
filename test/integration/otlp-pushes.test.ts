/** What goes to a receiver of metrics besides traces: nothing without metrics, and nothing is left open when the ports cannot be had. */
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { loadSettings } from "../../src/config/load-settings.ts";
import type { Settings } from "../../src/config/settings.ts";
import { startSidecar } from "../../src/sidecar.ts";
import { createLog } from "../../src/telemetry/log.ts";
import { ListenError } from "../../src/transport/listener.ts";
import { useSidecars } from "../helpers/use-sidecars.ts";

const { repository } = useSidecars();
const LOG = createLog({ level: "warn", write: () => {}, epochMs: Date.now });

let receiver: Server;
/** Paths of the POSTs that came. */
const pushes: string[] = [];

beforeAll(async () => {
  receiver = createServer((request, response) => {
    pushes.push(request.url ?? "");
    request.resume().on("end", () => response.end("{}"));
  });
  await once(receiver.listen(0, "127.0.0.1"), "listening");
});
beforeEach(() => {
  pushes.length = 0;
  // The exporters read it themselves.
  vi.stubEnv("OTEL_EXPORTER_OTLP_ENDPOINT", `http://127.0.0.1:${portOf(receiver)}`);
});
afterEach(() => vi.unstubAllEnvs());
afterAll(() => receiver.close());

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

/** @param sidecar YAML of `sidecar:` */
function settingsOf(sidecar: string): Settings {
  const { dir } = repository("sqlite", { sidecar });
  const env = {
    OTEL_EXPORTER_OTLP_ENDPOINT: "set",
    OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
    OTEL_METRIC_EXPORT_INTERVAL: "100",
  };
  const loaded = loadSettings({ flags: { chdir: dir }, env, cwd: dir });
  if ("problems" in loaded) throw new Error(JSON.stringify(loaded.problems));
  return loaded.settings;
}

const metricPushes = (): number => pushes.filter((path) => path === "/v1/metrics").length;
const delay = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe("metrics", () => {
  it("are pushed while they are collected, and once more at the end", async () => {
    const sidecar = await startSidecar(settingsOf('{listen: ["127.0.0.1:0"], admin: disabled}'), "1", LOG);
    await vi.waitFor(() => expect(metricPushes()).toBeGreaterThan(1), 5000);
    await sidecar.stop();
  });

  it("that a receiver does not take are told of in the log", async () => {
    vi.stubEnv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1");
    vi.stubEnv("OTEL_EXPORTER_OTLP_TIMEOUT", "300");
    const lines: string[] = [];
    const log = createLog({ level: "warn", write: (line) => lines.push(line), epochMs: Date.now });
    const sidecar = await startSidecar(settingsOf('{listen: ["127.0.0.1:0"], admin: disabled}'), "1", log);
    await vi.waitFor(() => expect(lines.join("")).toContain("otel_says"), 5000);
    await sidecar.stop();
  });

  it("are not pushed when they are off", async () => {
    const off = '{listen: ["127.0.0.1:0"], admin: disabled, metrics: false}';
    const sidecar = await startSidecar(settingsOf(off), "1", LOG);
    await delay(400);
    await sidecar.stop();
    expect(pushes).toEqual([]);
  });
});

describe("a start that fails closes what it has opened", () => {
  const taken = (): string => `"127.0.0.1:${portOf(receiver)}"`;

  it.each([
    ["the data port", () => `{listen: [${taken()}], admin: disabled}`],
    ["the admin port", () => `{listen: ["127.0.0.1:0"], admin: ${taken()}}`],
  ])("at %s", async (_, sidecar) => {
    await expect(startSidecar(settingsOf(sidecar()), "1", LOG)).rejects.toThrow(ListenError);
    // What it had is sent at its end, and no more is from then on.
    const sent = metricPushes();
    expect(sent).toBeGreaterThan(0);
    await delay(400);
    expect(metricPushes()).toBe(sent);
  });
});

describe("traces", () => {
  const lines: string[] = [];
  let log = LOG;
  const told = (event: string): unknown[] =>
    lines.map((line) => JSON.parse(line) as Record<string, unknown>).filter((line) => line["event"] === event);
  beforeEach(() => {
    lines.length = 0;
    // Of its own: faults are told of once in a while.
    log = createLog({ level: "warn", write: (line) => lines.push(line), epochMs: Date.now });
  });
  const settings = (traces: object): Settings => ({
    ...settingsOf('{listen: ["127.0.0.1:0"], admin: disabled}'),
    otel: { logLevel: "error", traces, metrics: undefined } as Settings["otel"],
  });
  const TRACES = {
    sampler: { name: "always_on", ratio: 1 },
    maxQueueSpans: 2048,
    maxBatchSpans: 256,
    scheduleDelayMs: 10,
  };

  it.each([
    ["OTEL_EXPORTER_OTLP_ENDPOINT", "::::"],
    ["OTEL_EXPORTER_OTLP_HEADERS", "a key=secret"],
    ["OTEL_EXPORTER_OTLP_HEADERS", "key=sec%01ret"],
  ])("whose exporter cannot use %s=%s are not sent, and the start goes on", async (name, value) => {
    vi.stubEnv(name, value);
    const sidecar = await startSidecar(settings({ ...TRACES, protocol: "grpc" }), "1", log);
    await sidecar.stop();
    expect(told("otlp_not_usable")).toMatchObject([{ signal: "traces" }]);
    expect(lines.join("")).not.toContain("ret");
  });

  const ask = async (address: string): Promise<void> => {
    const body = JSON.stringify({ features: ["driver_stats:trips"], entities: { driver_id: [1] } });
    const headers = { "content-type": "application/json" };
    await fetch(`http://${address}/get-online-features`, { method: "POST", headers, body });
  };

  it("that a receiver rejects of a batch that it takes are told of, with its words", async () => {
    receiver.once("request", (request, response) => {
      if (request.url !== "/v1/traces") return;
      response.setHeader("content-type", "application/json");
      response.end('{"partialSuccess":{"rejectedSpans":"2","errorMessage":"too old"}}');
    });
    const sidecar = await startSidecar(settings({ ...TRACES, protocol: "http/json" }), "1", log);
    await ask(sidecar.data[0]!);
    await vi.waitFor(() => expect(told("spans_not_sent")).toMatchObject([{ spans: 2, reason: "too old" }]), 5000);
    await sidecar.stop();
  });

  it("that a receiver does not take are told of, once in a while", async () => {
    vi.stubEnv("OTEL_EXPORTER_OTLP_TIMEOUT", "300");
    receiver.once("request", (_, response) => response.writeHead(400));
    const sidecar = await startSidecar(settings({ ...TRACES, protocol: "http/protobuf" }), "1", log);
    await ask(sidecar.data[0]!);
    await vi.waitFor(() => expect(told("spans_not_sent")).toHaveLength(1), 5000);
    await sidecar.stop();
  });
});
