/** What leaves for a receiver besides the span trees over gRPC: other protocols, metrics, and what is not to come with them. */
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { freePort } from "../../faults/free-port.ts";
import { askGrpc } from "../../helpers/ask-sidecar.ts";
import type { TestSidecar } from "../../helpers/start-sidecar.ts";
import { useSidecars } from "../../helpers/use-sidecars.ts";
import { useGoldenRedis } from "../golden-redis.ts";
import { addsUp, childrenOf, named, OtlpReceiver, serverOf } from "./trace-kit.ts";

const sidecars = useSidecars();
const redis = useGoldenRedis();
let receiver: OtlpReceiver;

beforeAll(async () => {
  receiver = await OtlpReceiver.start();
});
// What a sidecar sends in its end is no test's.
beforeEach(() => receiver.forget());
afterAll(() => receiver.stop());

function start(env: Record<string, string>, sidecar = "{cache: {mode: disabled}}"): Promise<TestSidecar> {
  return sidecars.start({ golden: "redis", redisPort: redis.port, sidecar, env });
}

test.each(["http/protobuf", "http/json"] as const)("the same spans over %s", async (protocol) => {
  const sidecar = await start(receiver.httpEnv(protocol), "{cache: {mode: disabled}, redis: {read_from: primary}}");
  const traceparent = `00-${"e".repeat(32)}-${"d".repeat(16)}-01`;
  await askGrpc(sidecar.address, undefined, undefined, { traceparent });
  const spans = await receiver.trace();
  expect(childrenOf(spans)).toEqual(expect.arrayContaining(["plan", "redis", "assemble", "write"]));
  expect(serverOf(spans)).toMatchObject({
    service: "feast-sidecar",
    traceId: "e".repeat(32),
    parentSpanId: "d".repeat(16),
    attributes: { "feast_sidecar.rows": 3, "feast_sidecar.outcome": "OK" },
  });
  expect(named(spans, "redis")[0]?.attributes).toMatchObject({ "server.port": redis.port });
  addsUp(spans);
});

test("what OpenTelemetry says of itself is in the log, and the listening line alone on stdout", async () => {
  const sidecar = await start(receiver.env({ OTEL_LOG_LEVEL: "DEBUG" }));
  await askGrpc(sidecar.address);
  await receiver.trace();
  expect(sidecar.events("otel_says").length).toBeGreaterThan(0);
  expect(sidecar.stdout().trim().split("\n")).toHaveLength(1);
});

test("metrics are sent, too, the same as are scraped", async () => {
  const sidecar = await start(receiver.env({ OTEL_METRIC_EXPORT_INTERVAL: "300" }));
  for (let call = 0; call < 7; call += 1) await askGrpc(sidecar.address);
  await vi.waitFor(() => {
    const requests = receiver.metrics.filter(({ name }) => name === "feast_sidecar_requests_total").at(-1);
    expect(requests?.points).toEqual([
      { attributes: { surface: "serving_service", outcome: "OK" }, value: 7, buckets: null },
    ]);
    const durations = receiver.metrics.filter(({ name }) => name === "feast_sidecar_request_duration_seconds").at(-1);
    expect(durations).toMatchObject({ type: "histogram", points: [{ value: 7 }] });
  }, 10_000);
});

test("a receiver that is away does not hold up the end of the process", async () => {
  const sidecar = await start(receiver.env({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${await freePort()}` }));
  await askGrpc(sidecar.address);
  sidecar.signal("SIGTERM");
  const { code, tookMs } = await sidecar.ended();
  expect(code).toBe(0);
  expect(tookMs).toBeLessThan(4000);
});
