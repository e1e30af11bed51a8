/**
 * `node bench/profile-server.ts [--features 10] [--rows 1] [--server sidecar] [--seconds 4] [--top 40]`: the server under the load of
 * a grid's cell and V8's profiler: which functions its own time went to, most first.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type CpuProfile, selfTimes } from "./micro/self-times.ts";
import { closedCell } from "./run/grid-plan.ts";
import { runLoad } from "./run/run-load.ts";
import { type ServerName, startServer } from "./run/servers.ts";
import { createWorld } from "./run/world.ts";

const { values: flags } = parseArgs({
  options: {
    features: { type: "string", default: "10" },
    rows: { type: "string", default: "1" },
    server: { type: "string", default: "sidecar" },
    seconds: { type: "string", default: "4" },
    top: { type: "string", default: "40" },
  },
});

const directory = mkdtempSync(join(tmpdir(), "feast-sidecar-profile-"));
const world = await createWorld();
try {
  const server = await startServer(flags.server as ServerName, world, [
    "--cpu-prof",
    `--cpu-prof-dir=${directory}`,
    "--cpu-prof-interval=200",
  ]);
  const cell = closedCell(Number(flags.features), Number(flags.rows));
  const result = await runLoad(world, server, { ...cell, seed: 1, warmupSeconds: 1, seconds: Number(flags.seconds) });
  await server.stop();
  process.stdout.write(
    `${result.serverMicros?.toFixed(1)} µs of CPU per call, profiler included; ${Math.round(result.perSecond)}/s\n`,
  );
  for (const name of readdirSync(directory)) {
    const profile = JSON.parse(readFileSync(join(directory, name), "utf8")) as CpuProfile;
    for (const { where, share } of selfTimes(profile).slice(0, Number(flags.top))) {
      process.stdout.write(`${(100 * share).toFixed(1).padStart(5)} %  ${where}\n`);
    }
  }
} finally {
  await world.stop();
  rmSync(directory, { recursive: true });
}
