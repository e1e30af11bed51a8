/** What is scraped, read by Prometheus' own parsers; counters are exactly what was sent, exemplars lead to traces that were received. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { askGrpc, askHttp } from "../../helpers/ask-sidecar.ts";
import { useSidecars } from "../../helpers/use-sidecars.ts";
import { OtlpReceiver } from "./trace-kit.ts";

const { repository, start } = useSidecars();
const PYTHON = fileURLToPath(new URL("../../../.venv/bin/python", import.meta.url));
const PARSER = fileURLToPath(new URL("parse_metrics.py", import.meta.url));

let receiver: OtlpReceiver;
beforeAll(async () => {
  receiver = await OtlpReceiver.start();
});
afterEach(() => receiver.forget());
afterAll(() => receiver.stop());

interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  readonly exemplar: { readonly labels: { readonly trace_id: string }; readonly value: number } | null;
}

/** @throws Error in the parser's words */
function parse(text: string, format: "text" | "openmetrics"): Sample[] {
  const run = spawnSync(PYTHON, [PARSER, format], { input: text, encoding: "utf8", maxBuffer: 1 << 26 });
  if (run.status !== 0) throw new Error(run.stderr);
  return JSON.parse(run.stdout) as Sample[];
}

function figureOf(
  samples: readonly Sample[],
  name: string,
  labels: Readonly<Record<string, string>>,
): number | undefined {
  return samples.find(
    (sample) =>
      sample.name === name && Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
  )?.value;
}

test("both formats parse, with the same figures, and those are what was sent", async () => {
  const repo = repository("sqlite");
  const sidecar = await start({ repo, env: receiver.env() });
  for (let call = 0; call < 11; call += 1) expect((await askGrpc(sidecar.address)).code).toBe(0);
  for (let call = 0; call < 4; call += 1) expect((await askHttp(sidecar.url)).status).toBe(200);
  expect((await askHttp(sidecar.url, '{"features":["nobody:x"],"entities":{"driver_id":[1]}}')).status).toBe(404);
  await receiver.trace(({ name }) => name.startsWith("POST"));
  const url = `${sidecar.adminUrl}/metrics`;
  const text = parse(await (await fetch(url)).text(), "text");
  const answer = await fetch(url, { headers: { accept: "application/openmetrics-text; version=1.0.0" } });
  expect(answer.headers.get("content-type")).toContain("application/openmetrics-text");
  const open = parse(await answer.text(), "openmetrics");
  for (const samples of [text, open]) {
    const requests = "feast_sidecar_requests_total";
    expect(figureOf(samples, requests, { surface: "serving_service", outcome: "OK" })).toBe(11);
    expect(figureOf(samples, requests, { surface: "http", outcome: "OK" })).toBe(4);
    expect(figureOf(samples, requests, { surface: "http", outcome: "NOT_FOUND" })).toBe(1);
    expect(figureOf(samples, "feast_sidecar_request_duration_seconds_count", { surface: "http" })).toBe(5);
    expect(figureOf(samples, "feast_sidecar_hop_duration_seconds_count", { hop: "assemble" })).toBe(15);
    expect(figureOf(samples, "feast_sidecar_budget_left_seconds_count", {})).toBe(15);
    // Driver 3 does not exist: a cell of each of the fifteen answers.
    expect(figureOf(samples, "feast_sidecar_view_cells_total", { view: "driver_stats", outcome: "missing" })).toBe(15);
    expect(
      figureOf(samples, "feast_sidecar_view_age_seconds", { view: "driver_stats", which: "newest" }),
    ).toBeGreaterThan(0);
  }
  const exemplars = open.filter(({ exemplar }) => exemplar !== null);
  expect(exemplars.length).toBeGreaterThan(0);
  expect(exemplars.every(({ name }) => name.endsWith("_bucket"))).toBe(true);
  const received = new Set(receiver.spans.map(({ traceId }) => traceId));
  for (const { exemplar, labels } of exemplars) {
    expect(received).toContain(exemplar!.labels.trace_id);
    expect(exemplar!.value).toBeLessThanOrEqual(
      labels["le"] === "+Inf" ? Number.POSITIVE_INFINITY : Number(labels["le"]),
    );
  }
  expect(text.every(({ exemplar }) => exemplar === null)).toBe(true);
});
