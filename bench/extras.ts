/**
 * `node bench/extras.ts [--rounds N] [--out FILE]`: what the grid does not show: how soon the sidecar is ready and how slow its first
 * hundred calls are, what large requests do to small ones beside them, and how much a call allocates on V8's heap. Writes
 * bench/results/extras.json, and the grid's page anew when there is one beside it. Without `--rounds` 5.
 */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { LatencyHistogram } from "../src/load/latency-histogram.ts";
import type { LoadMode, LoadResult } from "./load/load-plan.ts";
import { writePage } from "./report/page.ts";
import { allocatedBytes } from "./run/allocation.ts";
import type { ExtrasResults } from "./run/extras-results.ts";
import { closedCell } from "./run/grid-plan.ts";
import { describeMachine } from "./run/machine.ts";
import { median } from "./run/median.ts";
import { type Load, runLoad } from "./run/run-load.ts";
import { describeSidecar, type ServerName, startServer } from "./run/servers.ts";
import { createWorld, type World } from "./run/world.ts";

const { values: flags } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    out: { type: "string", default: fileURLToPath(new URL("./results/extras.json", import.meta.url)) },
  },
});

const FEATURES = 50;

function load(mode: LoadMode, seconds: number, warmupSeconds: number, rows = 1): Load {
  return { features: FEATURES, rows, keys: "uniform", seed: 1, mode, seconds, warmupSeconds };
}

function p99Of({ latencies, problems, wrong, void: reason }: LoadResult): number {
  const faults = [...wrong, ...Object.keys(problems), ...(reason === undefined ? [] : [reason])];
  if (faults.length > 0) throw new Error(`a run was not good: ${faults.join("; ")}`);
  return LatencyHistogram.of(latencies).percentileMs(0.99);
}

/** From the start of the process until /readyz says yes (asked every 20 ms), and P99 of the hundred calls after that, in 0.5 s. */
async function startUp(world: World): Promise<{ readyMs: number; firstCallsP99Ms: number }> {
  const startMs = performance.now();
  const server = await startServer("sidecar", world);
  const readyMs = performance.now() - startMs;
  try {
    const first = await runLoad(world, server, load({ kind: "open", ratePerSecond: 200 }, 0.5, 0));
    return { readyMs, firstCallsP99Ms: p99Of(first) };
  } finally {
    await server.stop();
  }
}

interface Mix {
  readonly aloneP99Ms: number;
  readonly besideP99Ms: number;
  readonly redisAloneP99Ms: number;
  readonly redisBesideP99Ms: number;
}

/**
 * P99 of single rows at 500/s, alone and beside a client that asks for 1,000 rows over and over. As a control the same for single
 * rows that are read from Redis without the sidecar, while the large ones still go through it: what that adds, the machine adds.
 */
async function largeBesideSmall(world: World): Promise<Mix> {
  const server = await startServer("sidecar", world);
  const redis = await startServer("redis", world);
  const small = load({ kind: "open", ratePerSecond: 500 }, 4, 1);
  // Longer on both sides, so that it is there all the time.
  const large = load({ kind: "closed", inFlight: 1 }, 5, 0.5, 1_000);
  try {
    const alone = await runLoad(world, server, small);
    const [beside] = await Promise.all([runLoad(world, server, small), runLoad(world, server, large)]);
    const redisAlone = await runLoad(world, redis, small);
    const [redisBeside] = await Promise.all([runLoad(world, redis, small), runLoad(world, server, large)]);
    return {
      aloneP99Ms: p99Of(alone),
      besideP99Ms: p99Of(beside),
      redisAloneP99Ms: p99Of(redisAlone),
      redisBesideP99Ms: p99Of(redisBeside),
    };
  } finally {
    await server.stop();
  }
}

/** Bytes on V8's heap per call, warm; buffers' own memory lies outside of it. */
async function allocation(world: World, name: ServerName): Promise<number> {
  const server = await startServer(name, world, ["--trace-gc-nvp"]);
  try {
    await runLoad(world, server, { ...closedCell(FEATURES, 1), seed: 1, warmupSeconds: 0, seconds: 1.5 });
    const before = server.child?.stdout().length ?? 0;
    const { calls } = await runLoad(world, server, {
      ...closedCell(FEATURES, 1),
      seed: 2,
      warmupSeconds: 0,
      seconds: 3,
    });
    return allocatedBytes(server.child?.stdout().slice(before) ?? "") / calls;
  } finally {
    await server.stop();
  }
}

const world = await createWorld();
try {
  const starts: Awaited<ReturnType<typeof startUp>>[] = [];
  const mixes: Mix[] = [];
  for (let round = 0; round < Number(flags.rounds); round += 1) {
    starts.push(await startUp(world));
    mixes.push(await largeBesideSmall(world));
  }
  const results: ExtrasResults = {
    machine: describeMachine(),
    transport: describeSidecar(),
    readyMs: median(starts.map(({ readyMs }) => readyMs)),
    firstCallsP99Ms: median(starts.map(({ firstCallsP99Ms }) => firstCallsP99Ms)),
    aloneP99Ms: median(mixes.map(({ aloneP99Ms }) => aloneP99Ms)),
    besideP99Ms: median(mixes.map(({ besideP99Ms }) => besideP99Ms)),
    addedP99Ms: median(mixes.map(({ aloneP99Ms, besideP99Ms }) => besideP99Ms - aloneP99Ms)),
    addedToBareRedisP99Ms: median(mixes.map((mix) => mix.redisBesideP99Ms - mix.redisAloneP99Ms)),
    sidecarBytesPerCall: await allocation(world, "sidecar"),
    baselineBytesPerCall: await allocation(world, "baseline"),
    rounds: { starts, mixes },
  };
  mkdirSync(dirname(flags.out), { recursive: true });
  writeFileSync(flags.out, `${JSON.stringify(results, null, 1)}\n`);
  const grid = join(dirname(flags.out), "grid.json");
  if (existsSync(grid)) writePage(grid);
  const { rounds, machine, ...figures } = results;
  process.stdout.write(`${JSON.stringify(figures, null, 1)}\n`);
} finally {
  await world.stop();
}
