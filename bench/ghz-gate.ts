/**
 * The gate of CI: `scripts/ghz-gate.sh [--rate N] [--seconds S] [--rounds N] [--record]`. 50 features for one row, uncached, on a real
 * Redis. `--record` writes the ratio of CPU time to the frozen baseline into bench/results/recorded.json. Exit code 1 when it fails.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type GateRound, gateFailures, gateFigures } from "./run/gate-verdict.ts";
import { runGhz } from "./run/ghz.ts";
import { closedCell } from "./run/grid-plan.ts";
import { describeMachine, type Machine } from "./run/machine.ts";
import { runLoad } from "./run/run-load.ts";
import { type RunningServer, startServer } from "./run/servers.ts";
import { createWorld, type World } from "./run/world.ts";

const RECORDED = fileURLToPath(new URL("./results/recorded.json", import.meta.url));
const FEATURES = 50;
const CPU_SECONDS = 2;
const WARMUP_SECONDS = 2;

interface Recorded {
  readonly ratio: number;
  readonly sidecarMicros: number;
  readonly baselineMicros: number;
  readonly machine: Machine;
}

const { values: flags } = parseArgs({
  options: {
    rate: { type: "string", default: "500" },
    // At least 100 calls lie above P99.
    seconds: { type: "string", default: "20" },
    rounds: { type: "string", default: "3" },
    record: { type: "boolean", default: false },
  },
});
const ratePerSecond = Number(flags.rate);
const seconds = Number(flags.seconds);

interface Servers {
  readonly sidecar: RunningServer;
  readonly baseline: RunningServer;
  readonly echo: RunningServer;
}

async function runRound(world: World, { sidecar, baseline, echo }: Servers, round: number): Promise<GateRound> {
  const load = { ...closedCell(FEATURES, 1), seed: round, warmupSeconds: WARMUP_SECONDS, seconds: CPU_SECONDS };
  const ghz = { features: FEATURES, ratePerSecond, seconds };
  const sidecarLoad = await runLoad(world, sidecar, load);
  const baselineLoad = await runLoad(world, baseline, load);
  const result: GateRound = {
    sidecarLoad,
    baselineLoad,
    sidecar: await runGhz(world, sidecar.port, ghz),
    control: await runGhz(world, echo.port, ghz),
  };
  const { p50Ms, p99Ms, p999Ms, perSecond } = result.sidecar;
  say(
    `round ${round}: ghz ${perSecond.toFixed(0)}/s, P50 ${p50Ms.toFixed(2)}, P99 ${p99Ms.toFixed(2)}, P99.9 ${p999Ms.toFixed(2)} ms (echo ${result.control.p99Ms.toFixed(2)}); CPU ${sidecarLoad.serverMicros?.toFixed(0)} µs, baseline ${baselineLoad.serverMicros?.toFixed(0)} µs`,
  );
  return result;
}

async function runGate(): Promise<GateRound[]> {
  const world = await createWorld();
  const started: RunningServer[] = [];
  const start = async (name: "sidecar" | "baseline" | "echo"): Promise<RunningServer> => {
    const server = await startServer(name, world);
    started.push(server);
    return server;
  };
  try {
    const servers = { sidecar: await start("sidecar"), baseline: await start("baseline"), echo: await start("echo") };
    const rounds: GateRound[] = [];
    for (let round = 1; round <= Number(flags.rounds); round += 1) rounds.push(await runRound(world, servers, round));
    return rounds;
  } finally {
    for (const server of started) await server.stop();
    await world.stop();
  }
}

function readRecorded(): Recorded | undefined {
  return existsSync(RECORDED) ? (JSON.parse(readFileSync(RECORDED, "utf8")) as Recorded) : undefined;
}

function say(words: string): void {
  process.stdout.write(`ghz gate: ${words}\n`);
}

say(`50 features × 1 row, ${ratePerSecond}/s for ${seconds} s, ${flags.rounds} rounds`);
const rounds = await runGate();
const figures = gateFigures(rounds);
const { ratio, sidecarMicros, baselineMicros } = figures;
if (flags.record) {
  const recorded: Recorded = { ratio, sidecarMicros, baselineMicros, machine: describeMachine() };
  mkdirSync(dirname(RECORDED), { recursive: true });
  writeFileSync(RECORDED, `${JSON.stringify(recorded, null, 1)}\n`);
}
const recordedRatio = readRecorded()?.ratio;
const failures = gateFailures(rounds, ratePerSecond, recordedRatio);
for (const failure of failures) say(`FAILED: ${failure}`);
if (failures.length === 0) {
  say(
    `passed: P99 ${figures.p99Ms.toFixed(2)} ms of ${figures.barMs.toFixed(2)}, CPU ${ratio.toFixed(2)} of the baseline's (recorded ${recordedRatio?.toFixed(2)})`,
  );
}
process.exitCode = failures.length === 0 ? 0 : 1;
