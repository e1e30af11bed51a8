/**
 * The gate of CI: `scripts/ghz-gate.sh [--rate N] [--seconds S] [--rounds N] [--record]`. 50 features for one row, uncached, on a real
 * Redis. `--record` runs five rounds or more and, when nothing fails, writes the median ratio of CPU time to the frozen baseline into
 * bench/results/recorded.json. Exit code 1 when it fails.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { LoadResult } from "./load/load-plan.ts";
import { LEAST_RECORDED_ROUNDS, recordedRatio, recordOf } from "./run/gate-record.ts";
import { collectRounds } from "./run/gate-rounds.ts";
import { type GateRound, gateFailures, gateFigures } from "./run/gate-verdict.ts";
import { runGhz } from "./run/ghz.ts";
import { closedCell } from "./run/grid-plan.ts";
import { describeMachine } from "./run/machine.ts";
import { machineDifferences } from "./run/machine-difference.ts";
import { runLoad } from "./run/run-load.ts";
import { describeSidecar, type RunningServer, startServer } from "./run/servers.ts";
import { createWorld, type World } from "./run/world.ts";

const RECORDED = fileURLToPath(new URL("./results/recorded.json", import.meta.url));
const FEATURES = 50;
const CPU_SECONDS = 2;
const WARMUP_SECONDS = 2;
const LOOK_SECONDS = 1;
const LOOK_ANSWERS = 100;

const { values: flags } = parseArgs({
  options: {
    rate: { type: "string", default: "500" },
    // At least 100 calls lie above P99.
    seconds: { type: "string", default: "20" },
    rounds: { type: "string" },
    record: { type: "boolean", default: false },
  },
});
const ratePerSecond = Number(flags.rate);
const seconds = Number(flags.seconds);
const roundsWanted = Number(flags.rounds ?? (flags.record ? LEAST_RECORDED_ROUNDS : 3));

interface Servers {
  readonly sidecar: RunningServer;
  readonly baseline: RunningServer;
  readonly echo: RunningServer;
}

async function runRound(world: World, { sidecar, baseline, echo }: Servers, seed: number): Promise<GateRound> {
  const load = { ...closedCell(FEATURES, 1), seed, warmupSeconds: WARMUP_SECONDS, seconds: CPU_SECONDS };
  const ghz = { features: FEATURES, ratePerSecond, seconds };
  const look = (lookSeed: number): Promise<LoadResult> =>
    runLoad(world, sidecar, {
      ...load,
      seed: lookSeed,
      mode: { kind: "open", ratePerSecond },
      warmupSeconds: 0,
      seconds: LOOK_SECONDS,
      checkedAnswers: LOOK_ANSWERS,
    });
  const sidecarLoad = await runLoad(world, sidecar, load);
  const baselineLoad = await runLoad(world, baseline, load);
  const before = await look(1_000 + seed);
  const sidecarCalls = await runGhz(world, sidecar.port, ghz);
  const after = await look(2_000 + seed);
  const control = await runGhz(world, echo.port, ghz);
  const { p50Ms, p99Ms, p999Ms, perSecond } = sidecarCalls;
  say(
    `round ${seed}: ghz ${perSecond.toFixed(0)}/s, P50 ${p50Ms.toFixed(2)}, P99 ${p99Ms.toFixed(2)}, P99.9 ${p999Ms.toFixed(2)} ms (echo ${control.p99Ms.toFixed(2)}); ` +
      `CPU ${sidecarLoad.serverMicros?.toFixed(0)} µs, baseline ${baselineLoad.serverMicros?.toFixed(0)} µs; ` +
      `${sidecarLoad.checked + before.checked + after.checked} answers checked`,
  );
  return { sidecarLoad, baselineLoad, before, sidecar: sidecarCalls, after, control };
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
    return await collectRounds(roundsWanted, (seed) => runRound(world, servers, seed), say);
  } finally {
    for (const server of started) await server.stop();
    await world.stop();
  }
}

function say(words: string): void {
  process.stdout.write(`ghz gate: ${words}\n`);
}

if (!(roundsWanted >= (flags.record ? LEAST_RECORDED_ROUNDS : 1))) {
  throw new Error(`--rounds: at least 1, and ${LEAST_RECORDED_ROUNDS} to record`);
}
say(`${FEATURES} features × 1 row, ${ratePerSecond}/s for ${seconds} s, ${roundsWanted} rounds`);
const rounds = await runGate();
const figures = gateFigures(rounds);
for (const remark of machineDifferences([{ features: FEATURES, rows: 1, micros: figures.baselineMicros }])) {
  say(`remark: ${remark}`);
}
const recorded = existsSync(RECORDED) ? recordedRatio(readFileSync(RECORDED, "utf8")) : undefined;
const heldTo = flags.record ? figures.middleRatio : recorded;
const failures = gateFailures(rounds, ratePerSecond, heldTo);
for (const failure of failures) say(`FAILED: ${failure}`);
if (failures.length === 0) {
  if (flags.record) {
    mkdirSync(dirname(RECORDED), { recursive: true });
    const record = recordOf(figures, describeSidecar(), describeMachine());
    writeFileSync(RECORDED, `${JSON.stringify(record, null, 1)}\n`);
  }
  say(
    `passed: P99 ${figures.p99Ms.toFixed(2)} ms of ${figures.barMs.toFixed(2)}, CPU ${figures.middleRatio.toFixed(3)} of the baseline's in the median of ${figures.ratios.length} rounds (${flags.record ? "now recorded" : `recorded ${heldTo?.toFixed(3)}`})`,
  );
} else if (flags.record) say("not recorded");
process.exitCode = failures.length === 0 ? 0 : 1;
