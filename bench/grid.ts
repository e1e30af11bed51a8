/**
 * Servers side by side, in turn in one run: `node bench/grid.ts [--full] [--servers a,b] [--rounds N] [--seconds S] [--rates 500,2500]
 * [--out FILE]`; writes bench/results/grid.json and the page beside it. Without `--rounds` 3, with `--full` 5; without `--seconds` 1.5 a
 * run. Exit code 1 when a call failed, an answer was wrong or none was looked at.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { LoadResult } from "./load/load-plan.ts";
import { writePage } from "./report/page.ts";
import { BAR_CELLS, cellTitle, fullGrid, isAsked, shortGrid } from "./run/grid-plan.ts";
import {
  type FreshMemory,
  faults,
  figureOf,
  type GridResults,
  middle,
  summarize,
  summarizeMemory,
} from "./run/grid-results.ts";
import { describeMachine } from "./run/machine.ts";
import { runLoad } from "./run/run-load.ts";
import {
  availableServers,
  describeSidecar,
  type RunningServer,
  SERVER_NAMES,
  type ServerName,
  startServer,
} from "./run/servers.ts";
import { createWorld, type World } from "./run/world.ts";

const RESULTS = fileURLToPath(new URL("./results/", import.meta.url));
const WARMUP_SECONDS = 0.7;
const MEMORY_SECONDS = 3;

const { values: flags } = parseArgs({
  options: {
    full: { type: "boolean", default: false },
    servers: { type: "string" },
    rounds: { type: "string" },
    seconds: { type: "string", default: "1.5" },
    rates: { type: "string" },
    out: { type: "string", default: `${RESULTS}grid.json` },
  },
});

function chosenServers(): ServerName[] {
  const names = flags.servers?.split(",") ?? availableServers();
  for (const name of names) {
    if (!SERVER_NAMES.some((known) => known === name)) {
      throw new Error(`--servers: there is no '${name}', only ${SERVER_NAMES.join(", ")}`);
    }
  }
  return names as ServerName[];
}

const rounds = Number(flags.rounds ?? (flags.full ? 5 : 3));

async function measure(world: World, servers: ReadonlyMap<ServerName, RunningServer>): Promise<GridResults["cells"]> {
  const cells = flags.full ? fullGrid() : shortGrid(flags.rates?.split(",").map(Number));
  const seconds = Number(flags.seconds);
  const runs = new Map<string, LoadResult[]>();
  for (let round = 0; round < rounds; round += 1) {
    for (const cell of cells) {
      for (const [name, server] of servers) {
        if (!isAsked(name, cell, round, flags.full)) continue;
        const result = await runLoad(world, server, {
          ...cell,
          seed: round + 1,
          warmupSeconds: WARMUP_SECONDS,
          seconds,
        });
        const id = `${name} ${cellTitle(cell)}`;
        runs.set(id, [...(runs.get(id) ?? []), result]);
        say(
          `round ${round + 1}: ${name}, ${cellTitle(cell)}: ${Math.round(result.serverMicros ?? 0)} µs, ${Math.round(result.perSecond)}/s`,
        );
      }
    }
  }
  return cells.flatMap((cell) =>
    [...servers.keys()].flatMap((name) => {
      const found = runs.get(`${name} ${cellTitle(cell)}`);
      return found === undefined ? [] : [summarize(name, cell, found)];
    }),
  );
}

/** A sidecar of its own for each cell and round, so that none carries what another cell left in it. */
async function measureMemory(world: World): Promise<FreshMemory[]> {
  const memory: FreshMemory[] = [];
  for (const cell of BAR_CELLS) {
    const runs: LoadResult[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const server = await startServer("sidecar", world);
      try {
        runs.push(
          await runLoad(world, server, { ...cell, seed: round + 1, warmupSeconds: 0, seconds: MEMORY_SECONDS }),
        );
      } finally {
        await server.stop();
      }
    }
    memory.push(summarizeMemory(cell, runs));
    say(`a fresh sidecar, ${cellTitle(cell)}: ${Math.round((middle(memory.at(-1)?.rssBytes ?? []) ?? 0) / 1e6)} MB`);
  }
  return memory;
}

const say = (words: string): void => void process.stderr.write(`${words}\n`);

const world = await createWorld();
const servers = new Map<ServerName, RunningServer>();
let cells: GridResults["cells"];
let memory: readonly FreshMemory[] | undefined;
const stopServers = async (): Promise<void> => {
  for (const server of servers.values()) await server.stop();
  servers.clear();
};
try {
  for (const name of chosenServers()) servers.set(name, await startServer(name, world));
  cells = await measure(world, servers);
  const withSidecar = servers.has("sidecar");
  await stopServers();
  if (withSidecar) memory = await measureMemory(world);
} finally {
  await stopServers();
  await world.stop();
}
mkdirSync(dirname(flags.out), { recursive: true });
const results: GridResults = {
  machine: describeMachine(),
  transport: describeSidecar(),
  seconds: Number(flags.seconds),
  cells,
  ...(memory === undefined ? {} : { memory }),
};
writeFileSync(flags.out, `${JSON.stringify(results, null, 1)}\n`);
writePage(flags.out);
for (const cell of cells) {
  const figures = `${figureOf(cell, "serverMicros")} µs  p99 ${figureOf(cell, "p99Ms")} ms`;
  say(`${cellTitle(cell).padEnd(52)} ${cell.server.padEnd(13)} ${figures}`);
}
const found = faults(cells, memory ?? []);
for (const fault of found) say(`FAULT ${fault}`);
process.exitCode = found.length === 0 ? 0 : 1;
