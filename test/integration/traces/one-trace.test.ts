/** One trace, from the HTTP request through BentoML to the Redis read: three processes that others and we wrote, one receiver. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { freePort } from "../../faults/free-port.ts";
import { plainEnvironment } from "../../helpers/run-cli.ts";
import { startSidecar } from "../../helpers/start-sidecar.ts";
import { named, OtlpReceiver, type ReceivedSpan } from "./trace-kit.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const CALLER = { traceId: "4bf92f3577b34da6a3ce929d0e0e4736", spanId: "00f067aa0ba902b7" };
const START_TIMEOUT_MS = 90_000;
const STOP_TIMEOUT_MS = 15_000;

let receiver: OtlpReceiver;
let folder: string;
beforeAll(async () => {
  receiver = await OtlpReceiver.start();
  folder = mkdtempSync(join(tmpdir(), "feast-sidecar-trace-"));
});
afterAll(async () => {
  await receiver.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** @returns how to end it, its workers included */
async function startBento(port: number, env: Record<string, string>): Promise<() => Promise<void>> {
  const python = join(ROOT, ".venv-bentoml/bin/python");
  const args = ["-m", "bentoml", "serve", "service:Churn", "--host", "127.0.0.1", "--port", String(port)];
  const child = spawn(python, args, {
    cwd: join(ROOT, "deploy/bentoml"),
    env: plainEnvironment({
      ...{ BENTOML_DO_NOT_TRACK: "True", BENTOML_HOME: join(folder, "bentoml"), PYTHONDONTWRITEBYTECODE: "1" },
      ...{ PYTHONPATH: join(ROOT, "clients/python/src"), CHURN_FEATURES_TIMEOUT_MS: "5000", ...env },
    }),
    stdio: "ignore",
    detached: true,
  });
  const ended = once(child, "exit");
  // Its workers are no part of its process group: only itself ends them.
  const stop = async (): Promise<void> => {
    child.kill("SIGTERM");
    const late = setTimeout(() => process.kill(-child.pid!, "SIGKILL"), STOP_TIMEOUT_MS);
    await ended;
    clearTimeout(late);
  };
  try {
    await vi.waitFor(
      async () => expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200),
      START_TIMEOUT_MS,
    );
  } catch (error) {
    await stop();
    throw error;
  }
  return stop;
}

test(
  "a prediction is one trace down to the store's read",
  async () => {
    const otlp = receiver.env({ CHURN_TRACE_RATIO: "1", OTEL_TRACES_SAMPLER: "", OTEL_EXPORTER_OTLP_INSECURE: "true" });
    const sidecar = await startSidecar({ repo: join(ROOT, "examples/churn"), env: otlp });
    const port = await freePort();
    const stopBento = await startBento(port, { ...otlp, CHURN_FEATURES_TARGET: sidecar.address });
    try {
      const answer = await fetch(`http://127.0.0.1:${port}/predict`, {
        method: "POST",
        headers: { "content-type": "application/json", traceparent: `00-${CALLER.traceId}-${CALLER.spanId}-01` },
        body: JSON.stringify({ customer_ids: ["7590-VHVEG"] }),
      });
      expect(answer.status).toBe(200);
      const ours = (): ReceivedSpan[] => receiver.spans.filter(({ traceId }) => traceId === CALLER.traceId);
      await vi.waitFor(() => {
        const services = new Set(ours().map(({ service }) => service));
        expect(services.has("feast-sidecar") && services.size > 1).toBe(true);
      }, 20_000);
      const byId = new Map(ours().map((span) => [span.spanId, span]));
      const [read] = [...named(ours(), "redis"), ...named(ours(), "plan")];
      // From the sidecar's own span upwards: its server span, then BentoML's, up to the caller.
      const way: string[] = [];
      let parentSpanId = read!.parentSpanId;
      for (; byId.has(parentSpanId); parentSpanId = byId.get(parentSpanId)!.parentSpanId) {
        way.push(byId.get(parentSpanId)!.service);
      }
      expect(way[0]).toBe("feast-sidecar");
      expect(way.slice(1).length).toBeGreaterThan(0);
      expect(way.slice(1)).not.toContain("feast-sidecar");
      expect(parentSpanId).toBe(CALLER.spanId);
    } finally {
      await stopBento();
      await sidecar.stop();
    }
  },
  START_TIMEOUT_MS + 60_000,
);
