/**
 * `node bench/cache.ts [--rounds N] [--latency-rounds N] [--seconds S] [--out FILE]`: what a hit costs beside the call that goes to Redis and beside the echo
 * of the same bytes, and latencies by hit rate beside those without a cache. Servers take turns within a round. Writes
 * bench/results/cache.json and cache.md. Exit code 1 when a call failed or an answer was wrong. Without anything five
 * rounds for costs, three for latencies, 7 seconds a run: a hundred calls lie above P99.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { LatencyHistogram } from "../src/load/latency-histogram.ts";
import { FEATURE_COUNTS } from "./data/shape.ts";
import type { KeyDistribution } from "./load/key-picker.ts";
import type { LoadResult } from "./load/load-plan.ts";
import { cachePage } from "./report/cache-page.ts";
import { type CacheCounters, ratiosBetween, readCounters, shareToHold } from "./run/cache-cells.ts";
import type { CacheResults, HitCost, RateCell } from "./run/cache-results.ts";
import { closedCell } from "./run/grid-plan.ts";
import { describeMachine } from "./run/machine.ts";
import { median } from "./run/median.ts";
import { type Load, runLoad } from "./run/run-load.ts";
import { type RunningServer, startServer } from "./run/servers.ts";
import { createWorld, type World } from "./run/world.ts";

const { values: flags } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    "latency-rounds": { type: "string", default: "3" },
    seconds: { type: "string", default: "7" },
    out: { type: "string", default: fileURLToPath(new URL("./results/cache.json", import.meta.url)) },
  },
});
const rounds = Number(flags.rounds);
const latencyRounds = Number(flags["latency-rounds"]);
const seconds = Number(flags.seconds);

/** Entities that every cell's cache holds with room to spare. */
const FEW_ENTITIES = 500;
/** All that the cells of a rate ask for: few enough for the requests made beforehand to name them all. */
const RATE_ENTITIES = 4_000;
const COST_SECONDS = 1.5;
/** Asks for all entities many times over. */
const FILL_SECONDS = 4;
const HIT_RATES = [0, 0.5, 0.9, 0.99];
const RATES = [
  { rows: 1, ratePerSecond: 1_500 },
  { rows: 10, ratePerSecond: 1_500 },
];
/** One key fits into so little, so that nothing is ever a hit. */
const SMALLEST_CACHE_BYTES = 16_384;

async function startCached(world: World, maxBytes: number): Promise<RunningServer> {
  // A longer ttl than a run, so that the hit rate is that of the size alone.
  const env = { FEAST_SIDECAR__CACHE__MAX_BYTES: String(maxBytes), FEAST_SIDECAR__CACHE__TTL: "1h" };
  return startServer("sidecar", world, [], env);
}

async function countersOf({ admin }: RunningServer): Promise<CacheCounters> {
  return readCounters(await (await fetch(`http://${admin}/metrics`)).text());
}

async function run(world: World, server: RunningServer, load: Load): Promise<LoadResult> {
  const result = await runLoad(world, server, load);
  const faults = [...result.wrong, ...Object.keys(result.problems)];
  if (faults.length > 0) throw new Error(`a run was not good: ${faults.join("; ")}`);
  return result;
}

/** Pairs within a round, each server as near in time to the others as can be. */
async function costs(world: World): Promise<HitCost[]> {
  const cached = await startCached(world, 256 * 1024 * 1024);
  const uncached = await startServer("sidecar", world);
  const echo = await startServer("echo", world);
  try {
    const found: HitCost[] = [];
    for (const features of FEATURE_COUNTS) {
      const load = (seed: number): Load => ({
        ...closedCell(features, 1),
        entities: FEW_ENTITIES,
        seed,
        warmupSeconds: 0.7,
        seconds: COST_SECONDS,
      });
      await run(world, cached, { ...load(1), seconds: FILL_SECONDS });
      const before = await countersOf(cached);
      const micros = { hit: [] as number[], uncached: [] as number[], echo: [] as number[] };
      for (let round = 0; round < rounds; round += 1) {
        micros.hit.push(serverMicros(await run(world, cached, load(round))));
        micros.uncached.push(serverMicros(await run(world, uncached, load(round))));
        micros.echo.push(serverMicros(await run(world, echo, load(round))));
      }
      const ratio = (to: readonly number[]): number => median(micros.hit.map((hit, at) => hit / (to[at] as number)));
      const cost = {
        features,
        hitMicros: median(micros.hit),
        uncachedMicros: median(micros.uncached),
        echoMicros: median(micros.echo),
        toUncached: ratio(micros.uncached),
        toEcho: ratio(micros.echo),
        hitRatio: ratiosBetween(before, await countersOf(cached)).perRequest,
      };
      say(JSON.stringify(cost));
      found.push(cost);
    }
    return found;
  } finally {
    for (const server of [cached, uncached, echo]) await server.stop();
  }
}

/** Memory that a key with 50 features takes. */
async function bytesPerKey(world: World): Promise<number> {
  const server = await startCached(world, 256 * 1024 * 1024);
  try {
    await run(world, server, { ...closedCell(50, 1), seed: 1, warmupSeconds: 0, seconds: 2 });
    const { bytes, keys } = await countersOf(server);
    return bytes / keys;
  } finally {
    await server.stop();
  }
}

type Kind = Pick<RateCell, "keys" | "rows" | "ratePerSecond" | "aim">;

async function rateRound(world: World, kind: Kind, keyBytes: number, seed: number): Promise<RateCell> {
  const { keys, rows, ratePerSecond, aim } = kind;
  const share = aim === undefined ? 0 : shareToHold(keys, RATE_ENTITIES, aim);
  const maxBytes = Math.max(SMALLEST_CACHE_BYTES, Math.round(share * RATE_ENTITIES * keyBytes));
  const server = aim === undefined ? await startServer("sidecar", world) : await startCached(world, maxBytes);
  try {
    const base = { features: 50, rows, keys, entities: RATE_ENTITIES, seed };
    await run(world, server, { ...closedCell(50, rows, keys), ...base, warmupSeconds: 0, seconds: FILL_SECONDS });
    const before = aim === undefined ? undefined : await countersOf(server);
    const mode = { kind: "open", ratePerSecond } as const;
    const result = await run(world, server, { ...base, mode, warmupSeconds: 0.5, seconds });
    const ratios = before === undefined ? undefined : ratiosBetween(before, await countersOf(server));
    const histogram = LatencyHistogram.of(result.latencies);
    return {
      ...kind,
      perRequest: ratios?.perRequest,
      perRow: ratios?.perRow,
      p50Ms: histogram.percentileMs(0.5),
      p99Ms: histogram.percentileMs(0.99),
      serverMicros: serverMicros(result),
      redisMicros: result.redisMicros ?? Number.NaN,
    };
  } finally {
    await server.stop();
  }
}

async function rates(world: World, keyBytes: number): Promise<RateCell[]> {
  const kinds = RATES.flatMap((load) =>
    (["uniform", "zipf"] satisfies KeyDistribution[]).flatMap((keys) =>
      [undefined, ...HIT_RATES].map((aim) => ({ ...load, keys, aim })),
    ),
  );
  const found = kinds.map((): RateCell[] => []);
  for (let round = 0; round < latencyRounds; round += 1) {
    for (const [index, kind] of kinds.entries()) {
      const cell = await rateRound(world, kind, keyBytes, round + 1);
      found[index]?.push(cell);
      say(JSON.stringify(cell));
    }
  }
  return found.map((cells, index) => middleOf(kinds[index] as Kind, cells));
}

function middleOf(kind: Kind, cells: readonly RateCell[]): RateCell {
  const of = (figure: (cell: RateCell) => number): number => median(cells.map(figure));
  const known = kind.aim !== undefined;
  return {
    ...kind,
    perRequest: known ? of((cell) => cell.perRequest as number) : undefined,
    perRow: known ? of((cell) => cell.perRow as number) : undefined,
    p50Ms: of((cell) => cell.p50Ms),
    p99Ms: of((cell) => cell.p99Ms),
    serverMicros: of((cell) => cell.serverMicros),
    redisMicros: of((cell) => cell.redisMicros),
  };
}

function serverMicros(result: LoadResult): number {
  return result.serverMicros ?? Number.NaN;
}

function say(words: string): void {
  process.stdout.write(`cache: ${words}\n`);
}

const world = await createWorld();
try {
  const keyBytes = await bytesPerKey(world);
  const results: CacheResults = {
    machine: describeMachine(),
    rounds,
    latencyRounds,
    bytesPerKey: keyBytes,
    costs: await costs(world),
    rates: await rates(world, keyBytes),
  };
  mkdirSync(dirname(flags.out), { recursive: true });
  writeFileSync(flags.out, `${JSON.stringify(results, null, 1)}\n`);
  writeFileSync(flags.out.replace(/\.json$/, ".md"), cachePage(results));
} finally {
  await world.stop();
}
