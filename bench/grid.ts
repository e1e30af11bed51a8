/**
 * Servers side by side, in turn in one run: `node bench/grid.ts [--full] [--servers a,b] [--rounds N] [--seconds S] [--rates 500,2500]
 * [--out FILE]`; writes bench/results/grid.json and the page beside it. Exit code 1 when a call failed or an answer was wrong.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { LoadResult } from "./load/load-plan.ts";
import { writePage } from "./report/page.ts";
import { type Cell, cellTitle, fullGrid, shortGrid } from "./run/grid-plan.ts";
import { faults, type GridResults, middle, summarize } from "./run/grid-results.ts";
import { describeMachine } from "./run/machine.ts";
import { runLoad } from "./run/run-load.ts";
import { availableServers, type RunningServer, SERVER_NAMES, type ServerName, startServer } from "./run/servers.ts";
import { createWorld, type World } from "./run/world.ts";

const RESULTS = fileURLToPath(new URL("./results/", import.meta.url));
const WARMUP_SECONDS = 0.7;

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

const isPython = (name: ServerName): boolean => name === "feast-listen" || name === "feast-serve";
/** One process that serves some hundred calls a second at best: no rate of the grid can be asked of it, and one round tells all. */
const isAsked = (name: ServerName, cell: Cell, round: number): boolean =>
  !isPython(name) || (cell.mode.kind === "closed" && cell.rows <= 100 && round === 0);

async function measure(world: World, servers: ReadonlyMap<ServerName, RunningServer>): Promise<GridResults["cells"]> {
  const cells = flags.full ? fullGrid() : shortGrid(flags.rates?.split(",").map(Number));
  const rounds = Number(flags.rounds ?? (flags.full ? 5 : 3));
  const seconds = Number(flags.seconds);
  const runs = new Map<string, LoadResult[]>();
  for (let round = 0; round < rounds; round += 1) {
    for (const cell of cells) {
      for (const [name, server] of servers) {
        if (!isAsked(name, cell, round)) continue;
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

const say = (words: string): void => void process.stderr.write(`${words}\n`);

const world = await createWorld();
const servers = new Map<ServerName, RunningServer>();
let cells: GridResults["cells"];
try {
  for (const name of chosenServers()) servers.set(name, await startServer(name, world));
  cells = await measure(world, servers);
} finally {
  for (const server of servers.values()) await server.stop();
  await world.stop();
}
const elsewhere = process.env["BENCH_SIDECAR_MAIN"];
const transport = `${process.env["FEAST_SIDECAR__TRANSPORT"] ?? "default"}${elsewhere === undefined ? "" : `, sidecar from ${elsewhere}`}`;
mkdirSync(dirname(flags.out), { recursive: true });
const results: GridResults = { machine: describeMachine(), transport, seconds: Number(flags.seconds), cells };
writeFileSync(flags.out, `${JSON.stringify(results, null, 1)}\n`);
writePage(results, flags.out);
for (const { server, serverMicros, ...cell } of cells) {
  say(`${cellTitle(cell).padEnd(52)} ${server.padEnd(13)} ${middle(serverMicros)} µs  p99 ${middle(cell.p99Ms)} ms`);
}
const found = faults(cells);
for (const fault of found) say(`FAULT ${fault}`);
process.exitCode = found.length === 0 ? 0 : 1;
