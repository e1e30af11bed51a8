/**
 * `node bench/predict.ts [--rate N] [--rounds N] [--seconds S] [--customers N] [--on-late POLICY] [--out FILE]`: `predict` of deploy/bentoml over HTTP at
 * a fixed rate, its features from the sidecar (cache on, cache disabled) and from Feast's SDK in process, in turn; then once more with Redis
 * gone. Writes bench/results/predict.json and predict.md. `--on-late` is `sidecar.budget.on_late` of the sidecars. Exit code 1 when an
 * unmarked answer was wrong, or a call failed while Redis was there.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { dirname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { pinSelf } from "./fleet/cores.ts";
import { addRounds } from "./predict/add-rounds.ts";
import { type ChurnServers, startChurnServers } from "./predict/churn-servers.ts";
import { measurePredict } from "./predict/measure-predict.ts";
import { predictPage } from "./predict/predict-page.ts";
import type { PredictResults, PredictRun, Way } from "./predict/results.ts";
import { describeMachine } from "./run/machine.ts";

const { values: flags } = parseArgs({
  options: {
    rate: { type: "string", default: "60" },
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "40" },
    customers: { type: "string", default: "5" },
    "on-late": { type: "string", default: "error" },
    out: { type: "string", default: fileURLToPath(new URL("./results/predict.json", import.meta.url)) },
  },
});

const WAYS: readonly Way[] = ["sidecar", "uncached", "sdk"];
const WARMUP_SECONDS = 2;
/** Connections to Redis are known to be dead by then: what is measured is the outage, not its first moment. */
const OUTAGE_SETTLE_MS = 2_000;

function expectedScores(): ReadonlyMap<string, number> {
  const [python, script] = ["../.venv-bentoml/bin/python", "../deploy/bentoml/bench/expected.py"].map((path) =>
    fileURLToPath(new URL(path, import.meta.url)),
  ) as [string, string];
  const scores = JSON.parse(execFileSync(python, [script], { encoding: "utf8" })) as Record<string, number>;
  return new Map(Object.entries(scores));
}

async function measureAll(
  servers: ChurnServers,
  expected: ReadonlyMap<string, number>,
  rounds: number,
  outage: boolean,
): Promise<PredictRun[]> {
  const runs: PredictRun[] = [];
  for (let round = 0; round < rounds; round += 1) {
    for (const way of WAYS) {
      const run = await measurePredict({
        way,
        outage,
        port: servers.ports.get(way) as number,
        ratePerSecond: Number(flags.rate),
        seconds: Number(flags.seconds),
        // What a service without Redis leaves unanswered would be counted in the run that follows.
        warmupSeconds: outage ? 0 : WARMUP_SECONDS,
        customers: Number(flags.customers),
        seed: round,
        expected,
      });
      runs.push(run);
      process.stderr.write(`${outage ? "outage" : `round ${round + 1}`}, ${way}: ${run.calls} calls\n`);
    }
  }
  return WAYS.map((way) => addRounds(runs.filter((run) => run.way === way)));
}

// Before this process is held to one core, which it would take for all there are.
const machine = describeMachine();
const [loadBefore = Number.NaN] = loadavg();
const expected = expectedScores();
const servers = await startChurnServers(flags["on-late"]);
try {
  pinSelf(servers.cores.client);
  const healthy = await measureAll(servers, expected, Number(flags.rounds), false);
  await servers.stopRedis();
  await delay(OUTAGE_SETTLE_MS);
  const outage = await measureAll(servers, expected, 1, true);
  const results: PredictResults = {
    machine,
    ratePerSecond: Number(flags.rate),
    customers: Number(flags.customers),
    seconds: Number(flags.seconds),
    rounds: Number(flags.rounds),
    onLate: flags["on-late"],
    loadAverage: [loadBefore, loadavg()[0] ?? Number.NaN],
    runs: [...healthy, ...outage],
  };
  mkdirSync(dirname(flags.out), { recursive: true });
  writeFileSync(flags.out, `${JSON.stringify(results)}\n`);
  const page = predictPage(results);
  writeFileSync(flags.out.replace(/\.json$/, ".md"), page);
  process.stdout.write(page);
  const failed = healthy.some(({ problems }) => Object.keys(problems).length > 0);
  if (failed || results.runs.some(({ wrong }) => wrong > 0)) process.exitCode = 1;
} finally {
  await servers.stop();
}
