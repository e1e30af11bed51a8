/**
 * What metrics and traces cost: `node bench/telemetry.ts [--pairs N] [--out FILE]`. Sidecars alike but for what they tell: each that tells
 * something is started beside the one that tells nothing and asked in turn with it, in short slices; those that were asked before stand idle.
 * Judged by the difference of each pair. Writes bench/results/telemetry.json and telemetry.md. Without `--pairs` 20.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type TelemetryResults, telemetryPage } from "./report/telemetry-page.ts";
import { pinned } from "./run/child.ts";
import { describeMachine } from "./run/machine.ts";
import { differencesOf } from "./run/paired-differences.ts";
import { type Load, runLoad } from "./run/run-load.ts";
import { describeSidecar, type RunningServer, startServer, UNCACHED } from "./run/servers.ts";
import { createWorld } from "./run/world.ts";

const { values: flags } = parseArgs({
  options: {
    pairs: { type: "string", default: "20" },
    out: { type: "string", default: fileURLToPath(new URL("./results/telemetry.json", import.meta.url)) },
  },
});

const OFF = { ...UNCACHED, FEAST_SIDECAR__METRICS: "false", FEAST_SIDECAR__TRACE__TAIL: "off" };
const RECEIVER = fileURLToPath(new URL("./baseline/otlp-sink.ts", import.meta.url));
const SECONDS = 1;
/** At a fixed rate: in a closed loop whatever slows the client, such as the receiver beside it, changes how many calls a turn of the server has. */
const PER_SECOND = 4000;
const WARMUP_SECONDS = 0.5;
/** Code is compiled in the first seconds: of a server that has just begun they are no sample. */
const FIRST_SECONDS = 6;

const world = await createWorld();
const ends: (() => unknown)[] = [() => world.stop()];

/** A receiver of traces on the client's core. @returns its port */
async function startReceiver(): Promise<number> {
  const [program = "", ...args] = pinned([process.execPath, RECEIVER], world.cores.client);
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
  ends.push(() => child.kill("SIGKILL"));
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  return Number(line.toString("utf8"));
}

/** By name, the environment of each that tells something. */
function variants(receiverPort: number): Readonly<Record<string, Record<string, string>>> {
  const tracing = {
    ...UNCACHED,
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `http://127.0.0.1:${receiverPort}`,
    OTEL_EXPORTER_OTLP_PROTOCOL: "grpc",
  };
  return {
    metrics: UNCACHED,
    "metrics, 1 % traced": tracing,
    "metrics, 100 % traced": { ...tracing, OTEL_TRACES_SAMPLER: "always_on" },
  };
}

async function start(env: Record<string, string>): Promise<RunningServer> {
  const server = await startServer("sidecar", world, [], env);
  ends.push(() => server.stop());
  return server;
}

async function micros(server: RunningServer, seed: number, warmupSeconds = WARMUP_SECONDS): Promise<number> {
  const mode = { kind: "open", ratePerSecond: PER_SECOND } as const;
  const load: Load = {
    features: 50,
    rows: 1,
    keys: "uniform",
    seed,
    mode,
    seconds: SECONDS,
    warmupSeconds,
  };
  const result = await runLoad(world, server, load);
  if (result.void !== undefined || result.wrong.length > 0 || Object.keys(result.problems).length > 0)
    return Number.NaN;
  return result.serverMicros ?? Number.NaN;
}

try {
  const told = variants(await startReceiver());
  const off = await start(OFF);
  const results: TelemetryResults = { machine: describeMachine(), sidecar: describeSidecar(), variants: [] };
  for (const [name, env] of Object.entries(told)) {
    const server = await start(env);
    await micros(off, 0, FIRST_SECONDS);
    await micros(server, 0, FIRST_SECONDS);
    const pairs: { off: number; on: number }[] = [];
    for (let pair = 0; pair < Number(flags.pairs); pair += 1) {
      // Who is first takes turns.
      const first = pair % 2 === 0 ? await micros(off, pair) : Number.NaN;
      const on = await micros(server, pair);
      pairs.push({ off: pair % 2 === 0 ? first : await micros(off, pair), on });
    }
    const valid = pairs.filter(({ off: without, on }) => Number.isFinite(without) && Number.isFinite(on));
    const variant = { name, pairs: valid, ...differencesOf(valid) };
    results.variants.push(variant);
    process.stdout.write(
      `${name}: ${(variant.medianRatio * 100).toFixed(1)} % (95 %: ${(variant.lowRatio * 100).toFixed(1)} to ${(variant.highRatio * 100).toFixed(1)}) of ${valid.length} pairs\n`,
    );
  }
  mkdirSync(dirname(flags.out), { recursive: true });
  writeFileSync(flags.out, `${JSON.stringify(results, undefined, 1)}\n`);
  writeFileSync(flags.out.replace(/\.json$/, ".md"), telemetryPage(results));
} finally {
  for (const end of ends.reverse()) await end();
}
