/**
 * The gate of CI: `scripts/ghz-gate.sh [--rate N] [--seconds S] [--rounds N] [--record]`. 50 features for one row, uncached, on a real
 * Redis. `--record` takes twenty pairs of CPU figures or more and, when nothing fails, writes the ratio of the sidecar's lower quartile to
 * the frozen baseline's into bench/results/recorded.json. Exit code 1 when it fails.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { LoadResult } from "./load/load-plan.ts";
import { type CpuPair, voidReasonsOf } from "./run/cpu-pairs.ts";
import { LEAST_RECORDED_PAIRS, recordedRatio, recordOf } from "./run/gate-record.ts";
import { collectRounds } from "./run/gate-rounds.ts";
import { judgeWithSecondLook } from "./run/gate-second-look.ts";
import type { GateRound, GateVerdict } from "./run/gate-verdict.ts";
import { runGhz } from "./run/ghz.ts";
import { closedCell } from "./run/grid-plan.ts";
import { describeMachine } from "./run/machine.ts";
import { machineDifferences } from "./run/machine-difference.ts";
import { measurePairs } from "./run/measure-pairs.ts";
import { runLoad } from "./run/run-load.ts";
import { describeSidecar, type RunningServer, startServer } from "./run/servers.ts";
import { createWorld, type World } from "./run/world.ts";

const RECORDED = fileURLToPath(new URL("./results/recorded.json", import.meta.url));
const FEATURES = 50;
/** Of each round. */
const CPU_PAIRS = 4;
const LOOK_SECONDS = 1;
const LOOK_ANSWERS = 100;
/** Where seeds begin; the pairs of the rounds have 1 and on. */
const SEEDS = { before: 1_000, after: 2_000, furtherPairs: 3_000 } as const;

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
const roundsToRecord = LEAST_RECORDED_PAIRS / CPU_PAIRS;
const roundsWanted = Number(flags.rounds ?? (flags.record ? roundsToRecord : 3));

interface Servers {
  readonly sidecar: RunningServer;
  readonly baseline: RunningServer;
  readonly echo: RunningServer;
}

function takePairs(world: World, servers: Servers, count: number, firstSeed: number): Promise<CpuPair[]> {
  return measurePairs(count, firstSeed, (name, slice) =>
    runLoad(world, servers[name], { ...closedCell(FEATURES, 1), ...slice }),
  );
}

async function runRound(world: World, servers: Servers, round: number): Promise<GateRound> {
  const ghz = { features: FEATURES, ratePerSecond, seconds };
  const look = (seed: number): Promise<LoadResult> =>
    runLoad(world, servers.sidecar, {
      ...closedCell(FEATURES, 1),
      seed,
      mode: { kind: "open", ratePerSecond },
      warmupSeconds: 0,
      seconds: LOOK_SECONDS,
      checkedAnswers: LOOK_ANSWERS,
    });
  const pairs = await takePairs(world, servers, CPU_PAIRS, (round - 1) * CPU_PAIRS + 1);
  const before = await look(SEEDS.before + round);
  const sidecar = await runGhz(world, servers.sidecar.port, ghz);
  const after = await look(SEEDS.after + round);
  const control = await runGhz(world, servers.echo.port, ghz);
  const { p50Ms, p99Ms, p999Ms, perSecond } = sidecar;
  const checked = [...pairs.map((pair) => pair.sidecar), before, after].reduce((sum, load) => sum + load.checked, 0);
  say(
    `round ${round}: ghz ${perSecond.toFixed(0)}/s, P50 ${p50Ms.toFixed(2)}, P99 ${p99Ms.toFixed(2)}, P99.9 ${p999Ms.toFixed(2)} ms (echo ${control.p99Ms.toFixed(2)}); ` +
      `${microsIn(pairs)}; ${checked} answers checked`,
  );
  return { sidecar, control, pairs, before, after };
}

async function runGate(recorded: number | undefined): Promise<GateVerdict> {
  const world = await createWorld();
  const started: RunningServer[] = [];
  const start = async (name: "sidecar" | "baseline" | "echo"): Promise<RunningServer> => {
    const server = await startServer(name, world);
    started.push(server);
    return server;
  };
  try {
    const servers = { sidecar: await start("sidecar"), baseline: await start("baseline"), echo: await start("echo") };
    const rounds = await collectRounds(roundsWanted, (round) => runRound(world, servers, round), say);
    const takeFurtherPairs = async (count: number): Promise<CpuPair[]> => {
      const pairs = await takePairs(world, servers, count, SEEDS.furtherPairs);
      say(`further pairs: ${microsIn(pairs)}`);
      return pairs;
    };
    return await judgeWithSecondLook(rounds, { ratePerSecond, recordedRatio: recorded }, takeFurtherPairs, say);
  } finally {
    for (const server of started) await server.stop();
    await world.stop();
  }
}

/** `CPU, sidecar of baseline: 24 of 131, 31 of 140 (void) µs` */
function microsIn(pairs: readonly CpuPair[]): string {
  const words = pairs.map((pair) => {
    const { sidecar, baseline } = pair;
    const mark = voidReasonsOf(pair).length > 0 ? " (void)" : "";
    return `${sidecar.serverMicros?.toFixed(0)} of ${baseline.serverMicros?.toFixed(0)}${mark}`;
  });
  return `CPU, sidecar of baseline: ${words.join(", ")} µs`;
}

function say(words: string): void {
  process.stdout.write(`ghz gate: ${words}\n`);
}

if (!(roundsWanted >= (flags.record ? roundsToRecord : 1))) {
  throw new Error(`--rounds: at least 1, and ${roundsToRecord} to record`);
}
say(`${FEATURES} features × 1 row, ${ratePerSecond}/s for ${seconds} s, ${roundsWanted} rounds`);
const known = existsSync(RECORDED) ? recordedRatio(readFileSync(RECORDED, "utf8")) : undefined;
// What is to be recorded is held to no other record.
const { figures, failures } = await runGate(flags.record ? Number.POSITIVE_INFINITY : known);
for (const remark of machineDifferences([{ features: FEATURES, rows: 1, micros: figures.baselineMicros }])) {
  say(`remark: ${remark}`);
}
for (const failure of failures) say(`FAILED: ${failure}`);
if (failures.length === 0) {
  if (flags.record) {
    mkdirSync(dirname(RECORDED), { recursive: true });
    const record = recordOf(figures, describeSidecar(), describeMachine());
    writeFileSync(RECORDED, `${JSON.stringify(record, null, 1)}\n`);
  }
  say(
    `passed: P99 ${figures.p99Ms.toFixed(2)} ms of ${figures.barMs.toFixed(2)}, CPU ${figures.ratio.toFixed(3)} of the baseline's ` +
      `(lower quartiles of ${figures.pairs.length} pairs; ${flags.record ? "now recorded" : `recorded ${known?.toFixed(3)}`})`,
  );
} else if (flags.record) say("not recorded");
process.exitCode = failures.length === 0 ? 0 : 1;
