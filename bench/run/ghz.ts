/** ghz at a fixed rate, and its report read without its own averages: failed calls are infinitely slow. */
import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { ENTITIES, JOIN_KEY, serviceName } from "../data/shape.ts";
import { createKeyPicker } from "../load/key-picker.ts";
import { pinned, plainEnvironment } from "./child.ts";
import type { World } from "./world.ts";

const GHZ = fileURLToPath(new URL("../../.tools/bin/ghz", import.meta.url));
const PROTO = fileURLToPath(new URL("../../proto", import.meta.url));
const REQUESTS = 500;
const CONCURRENCY = 50;
const SPARE_MS = 60_000;

export interface GhzCalls {
  readonly calls: number;
  readonly notOk: number;
  /** Calls that were not OK, by status and message. */
  readonly problems: Readonly<Record<string, number>>;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
}

interface GhzReport {
  readonly rps: number;
  readonly details?: readonly { readonly latency: number; readonly status: string; readonly error?: string }[] | null;
}

/** @throws Error when the report holds no call at all */
export function readGhzReport({ rps, details }: GhzReport): GhzCalls {
  if (!details || details.length === 0) throw new Error("ghz recorded no call");
  const latencies = Float64Array.from(details, ({ status, latency }) =>
    status === "OK" ? latency / 1e6 : Number.POSITIVE_INFINITY,
  ).sort();
  const percentile = (share: number): number => latencies[Math.ceil(latencies.length * share) - 1] as number;
  const bad = details.filter(({ status }) => status !== "OK");
  const problems: Record<string, number> = {};
  for (const { status, error = "" } of bad) {
    const words = error === "" ? status : `${status}: ${error}`;
    problems[words] = (problems[words] ?? 0) + 1;
  }
  return {
    calls: latencies.length,
    notOk: bad.length,
    problems,
    perSecond: rps,
    p50Ms: percentile(0.5),
    p99Ms: percentile(0.99),
    p999Ms: percentile(0.999),
  };
}

export interface GhzLoad {
  readonly features: number;
  readonly ratePerSecond: number;
  readonly seconds: number;
}

/** @throws Error with ghz's own words when it did not run */
export async function runGhz(
  world: World,
  port: number,
  { features, ratePerSecond, seconds }: GhzLoad,
): Promise<GhzCalls> {
  const dataFile = join(world.repo, "ghz-requests.json");
  const reportFile = join(world.repo, "ghz-report.json");
  const pick = createKeyPicker("uniform", ENTITIES, 1);
  // ghz takes them in turn.
  const requests = Array.from({ length: REQUESTS }, () => ({
    feature_service: serviceName(features),
    entities: { [JOIN_KEY]: { val: [{ int64_val: String(pick()) }] } },
  }));
  writeFileSync(dataFile, JSON.stringify(requests));
  const flags: readonly (readonly [string, string])[] = [
    ["--proto", join(PROTO, "feast/serving/ServingService.proto")],
    ["--import-paths", PROTO],
    ["--call", "feast.serving.ServingService.GetOnlineFeatures"],
    ["--data-file", dataFile],
    ["--rps", String(ratePerSecond)],
    ["--total", String(ratePerSecond * seconds)],
    ["--concurrency", String(CONCURRENCY)],
    ["--format", "json"],
    ["--output", reportFile],
  ];
  const args = ["--insecure", "--async", "--count-errors", ...flags.flat(), `127.0.0.1:${port}`];
  const [program = "", ...rest] = pinned([GHZ, ...args], world.cores.client);
  await promisify(execFile)(program, rest, { env: plainEnvironment(), timeout: seconds * 1000 + SPARE_MS });
  return readGhzReport(JSON.parse(readFileSync(reportFile, "utf8")) as GhzReport);
}
